/** One operation: a line, and when it is opened all that it takes and answers. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Badge } from "../components/page.tsx";
import { Code } from "./code.tsx";
import { nameOf, type Body, type Operation, type Schema } from "./contract.ts";
import { Fields, Type } from "./schema.tsx";
import { say } from "./texts.ts";
import { Try } from "./try.tsx";

interface EntryProps {
  operation: Operation;
  schemas: Record<string, Schema>;
  /** Its name stands in the address. */
  isAsked: boolean;
}

export function Entry({ operation, schemas, isAsked }: EntryProps) {
  const { method, path, operationId, summary, deprecated } = operation;
  const [open, setOpen] = useState(isAsked);
  useEffect(() => {
    if (!isAsked) return;
    setOpen(true);
    document.getElementById(operationId)?.scrollIntoView();
  }, [isAsked]);
  return (
    <details id={operationId} class="operation" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span class={`method ${method.toLowerCase()}`}>{method}</span>
        <code class="path">{path}</code>
        <span class="soft small" lang="en">
          {summary}
        </span>
        {deprecated && <Badge tone="warn">{say.deprecated}</Badge>}
      </summary>
      {open && <Details operation={operation} schemas={schemas} />}
    </details>
  );
}

function Details({ operation, schemas }: Omit<EntryProps, "isAsked">) {
  const { operationId, audience, permission, parameters = [], body, answers, failures } = operation;
  return (
    <div class="details">
      <p class="small">
        {say.audiences[audience]} {permission && <code>{permission}</code>} <a href={`#${operationId}`}>{say.link}</a>
      </p>
      {parameters.length > 0 && (
        <Part title={say.parameters}>
          <ul class="fields">
            {parameters.map(({ name, in: place, description, required, schema }) => (
              <li key={name}>
                <p>
                  <code class="name">{name}</code>
                  {!required && <span class="soft">?</span>} <Type schema={schema} />{" "}
                  <span class="small soft" lang="en">
                    {place}
                    {description && ` · ${description}`}
                  </span>
                </p>
              </li>
            ))}
          </ul>
        </Part>
      )}
      {body && <Shown title={say.body} body={body} schemas={schemas} />}
      {answers.map((answer) => (
        <Shown key={answer.status + answer.type} title={say.answer(answer.status)} body={answer} schemas={schemas} />
      ))}
      {failures.length > 0 && (
        <Part title={say.refusals}>
          <ul class="refusals">
            {failures.map(({ status, codes }) => (
              <li key={status}>
                <span class="soft">{status}</span>{" "}
                {codes.map((code) => (
                  <a key={code} href={`#${code}`}>
                    {code}
                  </a>
                ))}
              </li>
            ))}
          </ul>
        </Part>
      )}
      <Part title={say.example}>
        <Code label={say.example} text={commandOf(operation, schemas)} />
      </Part>
      <Try operation={operation} example={body?.schema && exampleOf(body.schema, schemas)} />
    </div>
  );
}

function Shown({ title, body, schemas }: { title: string; body: Body; schemas: Record<string, Schema> }) {
  const { schema, type } = body;
  const example = schema && exampleOf(schema, schemas);
  return (
    <Part title={title} beside={type}>
      {schema && type.endsWith("json") && <Fields schema={schema} schemas={schemas} />}
      {example !== undefined && <Code label={say.example} text={JSON.stringify(example, null, 2)} />}
    </Part>
  );
}

function Part({ title, beside, children }: { title: string; beside?: string; children: ComponentChildren }) {
  return (
    <section>
      <h3>
        {title} {beside && <span class="small soft">{beside}</span>}
      </h3>
      {children}
    </section>
  );
}

const exampleOf = (schema: Schema, schemas: Record<string, Schema>): unknown =>
  (schema.$ref ? schemas[nameOf(schema.$ref)] : schema)?.examples?.[0];

function commandOf({ method, path, audience, body }: Operation, schemas: Record<string, Schema>): string {
  const example = body?.schema && exampleOf(body.schema, schemas);
  return [
    `curl${method === "GET" ? "" : ` -X ${method}`} ${location.origin}${path}`,
    ...(audience === "anyone" ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    ...(example === undefined
      ? []
      : [`-H 'Content-Type: ${body!.type}'`, `-d '${JSON.stringify(example).replaceAll("'", String.raw`'\''`)}'`]),
  ].join(" \\\n  ");
}
