/** A message to some, to a role or to everybody: written, previewed, confirmed with the number that it reaches. */
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { can } from "../components/application.tsx";
import { Confirm } from "../components/dialog.tsx";
import { Field, Select, TextArea } from "../components/field.tsx";
import { Form } from "../components/form.tsx";
import { Card, Facts, Page } from "../components/page.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { client } from "../shared/client.ts";
import { reachOf } from "./audience.ts";
import { say } from "./broadcast-texts.ts";
import { useRoleOptions } from "./role-choice.ts";
import { say as shared } from "./texts.ts";

type Message = Schemas["BroadcastRequest"];
type Audience = "all" | "role" | "some";

export default function Broadcast() {
  const [sent, setSent] = useState<string | undefined>();
  return (
    <Page title={shared.broadcast} lead={shared.broadcastLead}>
      {sent === undefined ? <Writing onSent={setSent} /> : <Sent id={sent} again={() => setSent(undefined)} />}
    </Page>
  );
}

function Writing({ onSent }: { onSent: (id: string) => void }) {
  const addressed = new URLSearchParams(location.search).get("to") ?? "";
  const [audience, setAudience] = useState<Audience>(addressed ? "some" : "all");
  const [title, setTitle] = useState("");
  const [content, setContent] = useState("");
  const [asked, ask] = useState<{ message: Message; reach: string } | undefined>();
  const roles = useRoleOptions();
  const audiences: [Audience, string][] = [
    ["all", say.all],
    ...(roles.length > 0 ? [["role", say.role] as [Audience, string]] : []),
    ["some", say.some],
  ];
  return (
    <div class="halves">
      <Card title={say.message}>
        <Form
          submit={say.check}
          send={async (values) => {
            const message: Message = { title, content, ...audienceOf(audience, values) };
            const role = roles.find(([id]) => id === values["roleId"])?.[1] ?? "";
            ask({ message, reach: await reachOf(message, role) });
          }}
        >
          <Field
            name="title"
            label={say.title}
            maxLength={200}
            value={title}
            autocomplete="off"
            onInput={({ currentTarget: { value } }) => setTitle(value)}
          />
          <TextArea
            name="content"
            label={say.content}
            hint={say.contentHint}
            maxLength={5000}
            value={content}
            onInput={({ currentTarget: { value } }) => setContent(value)}
          />
          <Select
            name="audience"
            label={say.audience}
            value={audience}
            options={audiences}
            onChange={({ currentTarget: { value } }) => setAudience(value as Audience)}
          />
          {audience === "role" && <Select name="roleId" label={shared.role} options={roles} />}
          {audience === "some" && (
            <Field
              name="userIds"
              label={say.ids}
              hint={say.idsHint}
              value={addressed}
              inputMode="numeric"
              autocomplete="off"
            />
          )}
        </Form>
      </Card>
      <Card title={say.preview} lead={say.previewLead}>
        <article class={title || content ? "notice" : "notice soft"}>
          <h3>{title || say.emptyTitle}</h3>
          <p>{content || say.emptyContent}</p>
        </article>
      </Card>
      {asked && (
        <Confirm
          title={say.sendTitle}
          act={say.send}
          onClose={() => ask(undefined)}
          confirm={async () => {
            const { broadcastId } = await freshly(() => client.admin.post("/notifications", { body: asked.message }));
            onSent(broadcastId);
          }}
        >
          <p>
            <strong>{asked.reach}</strong>
          </p>
          <p class="soft">{say.final}</p>
        </Confirm>
      )}
    </div>
  );
}

/** @throws as the API would: about the field. */
function audienceOf(
  audience: Audience,
  { roleId, userIds = "" }: Record<string, string>,
): Omit<Message, "title" | "content"> {
  if (audience === "all") return { all: true };
  if (audience === "role") return { roleId: Number(roleId) };
  const ids = userIds.split(/[\s,;]+/).filter(Boolean);
  if (ids.length === 0 || ids.some((id) => !/^[1-9]\d*$/.test(id)))
    throw Object.assign(new Error(say.badIds), {
      status: 422,
      code: "validation_failed",
      errors: [{ pointer: "#/userIds", detail: say.badIds }],
    });
  return { userIds: [...new Set(ids)] };
}

function Sent({ id, again }: { id: string; again: () => void }) {
  return (
    <Card title={say.sent} lead={say.sentWhy}>
      <Facts facts={[[say.reference, <code>{id}</code>]]} />
      <div class="actions">
        <button onClick={again}>{say.another}</button>
        {can("audit:read") && (
          <a class="button" href="/admin/audit?action=notification.sent">
            {shared.audit}
          </a>
        )}
      </div>
    </Card>
  );
}
