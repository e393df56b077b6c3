/** Applications that get tokens of their own: registered, changed, given another secret, turned off, deleted. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { can } from "../components/application.tsx";
import { Confirm } from "../components/dialog.tsx";
import { Select } from "../components/field.tsx";
import { Issued } from "../components/issued.tsx";
import { Item, Items } from "../components/items.tsx";
import { Badge, Card, Facts, Page } from "../components/page.tsx";
import { Paged, usePaging } from "../components/paging.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { Empty, useResource } from "../components/resource.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { ApplicationForm, kindOf } from "./application-form.tsx";
import { say } from "./applications-texts.ts";
import { mayChangeApplication } from "./rights.ts";
import { say as shared } from "./texts.ts";

type Application = Schemas["Application"];
type Answer = { message: string; secret?: string | undefined };

interface Act {
  text: string;
  /** As its dialog and its button are called. */
  title: (name: string) => string;
  why: string;
  suits: (application: Application) => boolean;
  danger?: boolean;
  run: (id: string, values: Record<string, string>) => Promise<Answer>;
}

const turn = (id: string, isActive: boolean) =>
  client.admin.patch("/applications/{id}", { path: { id }, body: { isActive } });

const ROTATION: Act = {
  text: say.rotate,
  title: say.rotateOne,
  why: say.rotateWhy,
  suits: ({ isPublic }) => !isPublic,
  run: (id, { overlapSeconds }) =>
    client.admin.post("/applications/{id}/secret", { path: { id }, body: { overlapSeconds: Number(overlapSeconds) } }),
};

const ACTS: Act[] = [
  ROTATION,
  {
    text: say.disable,
    title: say.disableOne,
    why: say.disableWhy,
    suits: ({ isActive }) => isActive,
    danger: true,
    run: (id) => turn(id, false),
  },
  {
    text: say.enable,
    title: say.enableOne,
    why: say.enableWhy,
    suits: ({ isActive }) => !isActive,
    run: (id) => turn(id, true),
  },
  {
    text: say.delete,
    title: say.deleteOne,
    why: say.deleteWhy,
    suits: () => true,
    danger: true,
    run: (id) => client.admin.delete("/applications/{id}", { path: { id } }),
  },
];

const OVERLAPS: [seconds: string, text: string][] = [
  ["86400", say.aDay],
  ["3600", say.anHour],
  ["604800", say.aWeek],
  ["0", say.noOverlap],
];

export default function Applications() {
  const [editing, edit] = useState<Application | "new" | undefined>();
  const [asked, ask] = useState<{ act: Act; application: Application } | undefined>();
  const [issued, issue] = useState<string | undefined>();
  const paging = usePaging();
  const list = useResource(
    () => client.admin.get("/applications", { query: { limit: 20, cursor: paging.cursor } }),
    [paging.cursor],
  );
  const done = async (secret?: string) => {
    issue(secret);
    await list.reload();
  };
  return (
    <Page
      title={shared.applications}
      lead={shared.applicationsLead}
      actions={
        can("applications:write") && (
          <button class="primary" onClick={() => edit("new")}>
            {say.register}
          </button>
        )
      }
    >
      <Card title={say.list}>
        <Paged of={list} paging={paging} lines={8} empty={<Empty title={say.nothing}>{say.nothingWhy}</Empty>}>
          {({ data }) => (
            <Items label={say.list}>
              {data.map((application) => (
                <Entry
                  key={application.id}
                  application={application}
                  edit={edit}
                  ask={(act) => ask({ act, application })}
                />
              ))}
            </Items>
          )}
        </Paged>
      </Card>
      {editing && (
        <ApplicationForm
          application={editing === "new" ? undefined : editing}
          onClose={() => edit(undefined)}
          onDone={done}
        />
      )}
      {asked && (
        <Confirm
          title={asked.act.title(asked.application.name)}
          act={asked.act.text}
          danger={asked.act.danger ?? false}
          onClose={() => ask(undefined)}
          confirm={async (values) => {
            const { message, secret } = await freshly(() => asked.act.run(asked.application.id, values));
            if (!secret) toast(message);
            await done(secret);
          }}
        >
          <p class="soft">{asked.act.why}</p>
          {asked.act === ROTATION && <Select name="overlapSeconds" label={say.overlap} options={OVERLAPS} />}
        </Confirm>
      )}
      {issued && !editing && !asked && (
        <Issued title={say.secretTitle} secret={issued} onClose={() => issue(undefined)} />
      )}
    </Page>
  );
}

interface EntryProps {
  application: Application;
  edit: (application: Application) => void;
  ask: (act: Act) => void;
}

function Entry({ application, edit, ask }: EntryProps) {
  const { id, name, isActive, isFirstParty, isPublic, source, redirectUris, permissions, audiences, previousUntil } =
    application;
  const { backchannelLogoutUri } = application;
  const grants = [...(redirectUris.length > 0 ? [say.code] : []), ...(isPublic ? [] : [say.credentials])];
  const some = (title: string, entries: string[]): [string, ComponentChildren][] =>
    entries.length > 0 ? [[title, entries.map((entry) => <div key={entry}>{entry}</div>)]] : [];
  return (
    <Item
      title={name}
      badge={
        <>
          {!isActive && <Badge tone="warn">{say.disabled}</Badge>}
          {source !== "administrator" && <Badge tone="warn">{say[source]}</Badge>}
          {isFirstParty && <Badge>{say.firstPartyBadge}</Badge>}
        </>
      }
      lead={
        <>
          <p>{say[kindOf(application)]}</p>
          {previousUntil && <p>{say.previous(previousUntil)}</p>}
        </>
      }
      actions={
        mayChangeApplication(application) && (
          <>
            <button class="compact" aria-label={say.editOne(name)} onClick={() => edit(application)}>
              {say.edit}
            </button>
            {ACTS.filter(({ suits }) => suits(application)).map((act) => (
              <button key={act.text} class="compact" aria-label={act.title(name)} onClick={() => ask(act)}>
                {act.text}
              </button>
            ))}
          </>
        )
      }
    >
      <Facts
        facts={[
          [say.clientId, <code class="issued">{id}</code>],
          ...some(say.grants, grants),
          ...some(say.redirectUris, redirectUris),
          ...some(say.backchannel, backchannelLogoutUri ? [backchannelLogoutUri] : []),
          ...some(say.permissions, permissions),
          ...some(say.audiences, audiences),
        ]}
      />
    </Item>
  );
}
