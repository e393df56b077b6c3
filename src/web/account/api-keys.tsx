/** API keys: the list, a new one, another name, another secret, the end of one. */
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { Confirm } from "../components/dialog.tsx";
import { Field } from "../components/field.tsx";
import { Issued } from "../components/issued.tsx";
import { Item, Items } from "../components/items.tsx";
import { Card } from "../components/page.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { Empty, Loaded, useResource } from "../components/resource.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { showDay } from "../shared/texts.ts";
import { sayOfApplications as say } from "./applications-texts.ts";

type ApiKey = Schemas["ApiKey"];
type Question = { about: ApiKey; what: "name" | "rotation" | "end" } | "new";

const YEAR = 365;

export function ApiKeys() {
  const list = useResource(() => client.security.get("/api-keys"), []);
  const [asks, ask] = useState<Question | undefined>();
  const [shown, show] = useState<string | undefined>();
  const changed = async ({ message, key }: { message: string; key?: string }) => {
    await list.reload();
    // The dialog with the key says it, too.
    if (key) show(key);
    else toast(message);
  };
  return (
    <Card
      title={say.keys}
      lead={say.keysLead}
      actions={
        <button class="compact" onClick={() => ask("new")}>
          {say.newKey}
        </button>
      }
    >
      <Loaded of={list} lines={3} isEmpty={({ apiKeys }) => apiKeys.length === 0} empty={<Empty title={say.noKeys} />}>
        {({ apiKeys }) => (
          <Items label={say.keys}>
            {apiKeys.map((apiKey) => (
              <Entry key={apiKey.id} apiKey={apiKey} ask={ask} />
            ))}
          </Items>
        )}
      </Loaded>
      {asks && <Ask question={asks} changed={changed} onClose={() => ask(undefined)} />}
      {shown && <Issued title={say.keep} secret={shown} onClose={() => show(undefined)} />}
    </Card>
  );
}

function Entry({ apiKey, ask }: { apiKey: ApiKey; ask: (question: Question) => void }) {
  const { name, permissions, expiresAt, lastUsedAt, previousUntil } = apiKey;
  const button = (text: string, label: string, what: "name" | "rotation" | "end") => (
    <button class="compact" aria-label={label} onClick={() => ask({ about: apiKey, what })}>
      {text}
    </button>
  );
  return (
    <Item
      title={name}
      lead={
        <>
          <p>{say.times(showDay(expiresAt), lastUsedAt && showDay(lastUsedAt))}</p>
          {permissions.length > 0 && <p>{permissions.join(", ")}</p>}
          {previousUntil && <p>{say.previous(showDay(previousUntil))}</p>}
        </>
      }
      actions={
        <>
          {button(say.rename, say.renameNamed(name), "name")}
          {button(say.rotate, say.rotateNamed(name), "rotation")}
          {button(say.revoke, say.revokeNamed(name), "end")}
        </>
      }
    />
  );
}

interface AskProps {
  question: Question;
  changed: (answer: { message: string; key?: string }) => Promise<void>;
  onClose: () => void;
}

function Ask({ question, changed, onClose }: AskProps) {
  if (question === "new") return <NewKey changed={changed} onClose={onClose} />;
  const { id, name } = question.about;
  if (question.what === "name")
    return (
      <Confirm
        title={say.renameNamed(name)}
        act={say.rename}
        confirm={async ({ name = "" }) =>
          changed(await client.security.patch("/api-keys/{id}", { path: { id }, body: { name } }))
        }
        onClose={onClose}
      >
        <Field name="name" label={say.name} value={name} maxLength={100} autocomplete="off" autoFocus />
      </Confirm>
    );
  const isEnd = question.what === "end";
  return (
    <Confirm
      title={isEnd ? say.revokeNamed(name) : say.rotateNamed(name)}
      act={isEnd ? say.revoke : say.rotate}
      danger={isEnd}
      confirm={async () =>
        changed(
          isEnd
            ? await client.security.delete("/api-keys/{id}", { path: { id } })
            : await freshly(() => client.security.post("/api-keys/{id}/rotate", { path: { id }, body: {} })),
        )
      }
      onClose={onClose}
    >
      <p class="soft">{isEnd ? say.revokeHint : say.rotateHint}</p>
    </Confirm>
  );
}

function NewKey({ changed, onClose }: Omit<AskProps, "question">) {
  return (
    <Confirm
      title={say.newKey}
      act={say.make}
      confirm={async ({ name = "", permissions = "", expiresInDays = "" }) => {
        const body = {
          name,
          permissions: permissions.split(/[\s,]+/).filter(Boolean),
          expiresInDays: Number(expiresInDays),
        };
        await changed(await freshly(() => client.security.post("/api-keys", { body })));
      }}
      onClose={onClose}
    >
      <Field name="name" label={say.name} maxLength={100} autocomplete="off" autoFocus />
      <Field name="permissions" label={say.permissions} hint={say.permissionsHint} optional autocomplete="off" />
      <Field name="expiresInDays" label={say.days} value={String(YEAR)} inputMode="numeric" autocomplete="off" />
    </Confirm>
  );
}
