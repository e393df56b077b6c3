/** The whole page: a search, the groups of operations, and the errors. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Brand } from "../components/brand.tsx";
import { Failed, Loading, useResource } from "../components/resource.tsx";
import { common } from "../shared/common.ts";
import { chooseLanguage, chooseTheme, themeNow } from "../shared/preferences.ts";
import { locale } from "../shared/texts.ts";
import { finds, readContract, type Audience, type Contract } from "./contract.ts";
import { Entry } from "./operation.tsx";
import { say } from "./texts.ts";

const AUDIENCES: ("" | Audience)[] = ["", "anyone", "session", "permission"];

export function Reference({ errors }: { errors: HTMLElement }) {
  const { state, reload } = useResource(readContract);
  const [search, setSearch] = useState("");
  const [audience, setAudience] = useState<"" | Audience>("");
  const asked = useHash();
  const contract = state.value.is === "there" ? narrow(state.value.value, search, audience) : undefined;
  const count = contract?.groups.reduce((sum, { operations }) => sum + operations.length, 0) ?? 0;
  return (
    <div class="frame reference">
      <header class="side">
        <div class="spread head">
          <Brand href="/" />
        </div>
        <search class="stack">
          <label class="for-readers" for="search">
            {say.search}
          </label>
          <input
            id="search"
            type="search"
            placeholder={say.searchHint}
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
          <label class="for-readers" for="audience">
            {say.whoCalls}
          </label>
          <select id="audience" onChange={(event) => setAudience(event.currentTarget.value as Audience)}>
            {AUDIENCES.map((each) => (
              <option key={each} value={each}>
                {each ? say.audiences[each] : say.everyOperation}
              </option>
            ))}
          </select>
        </search>
        <nav aria-label={say.contents}>
          <ul>
            {contract?.groups.map(({ name, operations }) => (
              <li key={name}>
                <a href={`#${name}`}>
                  {say.groups[name] ?? name} <span class="soft small">{operations.length}</span>
                </a>
              </li>
            ))}
            <li>
              <a href="#errors">{say.errors}</a>
            </li>
          </ul>
        </nav>
        <Switches />
      </header>
      <main id="content">
        <div class="page">
          <header>
            <h1>{say.title}</h1>
            <p class="soft">
              {say.lead} <a href="/openapi.json">openapi.json</a>
            </p>
          </header>
          <p class="for-readers" role="status">
            {contract && say.found(count)}
          </p>
          {state.value.is === "loading" && <Loading lines={12} />}
          {state.value.is === "failed" && <Failed why={state.value.why} retry={reload} />}
          {contract && count === 0 && <p>{say.nothing}</p>}
          {contract?.groups.map(({ name, description, operations }) => (
            <section key={name} id={name} class="group">
              <h2>{say.groups[name] ?? name}</h2>
              <p class="soft small" lang="en">
                {description}
              </p>
              <div class="card">
                {operations.map((operation) => (
                  <Entry
                    key={operation.operationId}
                    operation={operation}
                    schemas={contract.schemas}
                    isAsked={asked === operation.operationId}
                  />
                ))}
              </div>
            </section>
          ))}
          <Errors list={errors} asked={asked} />
        </div>
      </main>
    </div>
  );
}

function narrow(contract: Contract, search: string, audience: "" | Audience): Contract {
  const groups = contract.groups.map((group) => ({
    ...group,
    operations: group.operations.filter((each) => finds(each, search) && (!audience || each.audience === audience)),
  }));
  return { ...contract, groups: groups.filter(({ operations }) => operations.length > 0) };
}

/** What the document brought: they are there without this script, too. */
function Errors({ list, asked }: { list: HTMLElement; asked: string }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current!.append(list), []);
  useEffect(() => {
    if (list.querySelector(`[id="${CSS.escape(asked)}"]`)) document.getElementById(asked)!.scrollIntoView();
  }, [asked]);
  return (
    <section id="errors" class="group">
      <h2>{say.errors}</h2>
      <p class="soft small">{say.errorsLead}</p>
      <div class="card" ref={place} />
    </section>
  );
}

function useHash(): string {
  const read = () => decodeURIComponent(location.hash.slice(1));
  const [hash, setHash] = useState(read);
  useEffect(() => {
    const look = () => setHash(read());
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  return hash;
}

function Switches() {
  const [theme, setTheme] = useState(themeNow);
  const other = theme === "dark" ? "light" : "dark";
  const language = locale === "fr" ? "en" : "fr";
  return (
    <div class="switches">
      <button class="plain" lang={language} onClick={() => chooseLanguage(language)}>
        {common.language}
      </button>
      <button
        class="plain"
        onClick={() => {
          chooseTheme(other);
          setTheme(other);
        }}
      >
        {theme === "dark" ? common.light : common.dark}
      </button>
    </div>
  );
}
