/** Sends an operation from the page: its parameters and body to fill in, as whom, and what the service answers. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { Field, Select, TextArea } from "../components/field.tsx";
import { Form } from "../components/form.tsx";
import { Code } from "./code.tsx";
import type { Operation } from "./contract.ts";
import { sendRequest, type Answer } from "./request.ts";
import { say } from "./texts.ts";

/** Of the whole page, and gone with it. */
const token = signal("");

export function Try({ operation, example }: { operation: Operation; example: unknown }) {
  const { parameters = [], body, audience } = operation;
  const [answer, setAnswer] = useState<Answer>();
  const send = async (values: Record<string, string>) => {
    setAnswer(undefined);
    token.value = values["token"]?.trim() ?? "";
    setAnswer(await sendRequest(operation, values, token.value));
  };
  return (
    <details class="try">
      <summary>{say.tryIt}</summary>
      <p class="small soft">
        {say.itIsReal}{" "}
        {audience !== "anyone" && (
          <a href={`/sign-in?${new URLSearchParams({ return_to: `/docs#${operation.operationId}` })}`}>{say.signIn}</a>
        )}
      </p>
      <Form submit={say.send} send={send}>
        {audience !== "anyone" && (
          <Field name="token" label={say.token} hint={say.tokenHint} value={token.value} autocomplete="off" optional />
        )}
        {parameters.map((parameter) => (
          <Parameter key={parameter.name} {...parameter} />
        ))}
        {body && (
          <TextArea name="body" label={say.body} hint={body.type} rows={8} value={write(body.type, example)} optional />
        )}
      </Form>
      <div role="status">
        {answer && (
          <p class="small">
            <strong>{answer.status > 0 ? say.answer(String(answer.status)) : say.leadsElsewhere}</strong>{" "}
            <span class="soft">{say.took(answer.milliseconds)}</span>
          </p>
        )}
      </div>
      {answer?.headers && <Code label={say.answerHeaders} text={answer.headers} />}
      {answer?.body && <Code label={say.answerBody} text={answer.body} />}
    </details>
  );
}

function Parameter({ name, in: place, required, schema }: NonNullable<Operation["parameters"]>[number]) {
  const about = {
    name: `${place}.${name}`,
    label: name,
    optional: !required,
    value: String((schema.default as string | number | undefined) ?? ""),
  };
  if (!schema.enum) return <Field {...about} autocomplete="off" />;
  const choices = [...(required ? [] : [""]), ...schema.enum.map(String)];
  return <Select {...about} options={choices.map((each) => [each, each])} />;
}

/** What the body begins with. */
function write(type: string, example: unknown): string {
  if (example === undefined) return "";
  if (type.endsWith("urlencoded")) return String(new URLSearchParams(example as Record<string, string>));
  return type.endsWith("ndjson") ? JSON.stringify(example) : JSON.stringify(example, null, 2);
}
