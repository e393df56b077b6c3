/** Passkeys: the list, a new one, another name, the end of one. */
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { Act } from "../components/button.tsx";
import { Confirm } from "../components/dialog.tsx";
import { Field } from "../components/field.tsx";
import { Item, Items } from "../components/items.tsx";
import { Badge, Card, Message } from "../components/page.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { Empty, Loaded, type Resource } from "../components/resource.tsx";
import { toast } from "../components/toast.tsx";
import { canUsePasskeys, client } from "../shared/client.ts";
import { isRefusal } from "../shared/refusal.ts";
import { showDay } from "../shared/texts.ts";
import { factorsChanged } from "./changes.ts";
import { sayOfPasskeys as say } from "./passkey-texts.ts";
import { showRecoveryCodes } from "./recovery-codes.tsx";

type Passkey = Schemas["Passkey"];

/** With what the makers call their authenticators, by AAGUID: facts that each maker publishes, of the most common ones. */
export type Held = Schemas["Passkeys"] & { models: Record<string, string> };

/** The names come when there is something to name. */
export async function readPasskeys(): Promise<Held> {
  const list = await client.security.get("/passkeys");
  const models = list.passkeys.length > 0 ? (await import("./passkey-models.json")).default : {};
  return { ...list, models };
}

export function Passkeys({ held }: { held: Resource<Held> }) {
  return (
    <Card
      title={say.passkeys}
      lead={say.passkeysLead}
      actions={
        canUsePasskeys && (
          <Act class="compact" act={add}>
            {say.add}
          </Act>
        )
      }
    >
      {!canUsePasskeys && <Message>{say.notHere}</Message>}
      <Loaded
        of={held}
        lines={3}
        isEmpty={({ passkeys }) => passkeys.length === 0}
        empty={<Empty title={say.none}>{say.noneHint}</Empty>}
      >
        {({ passkeys, models }) => (
          <Items label={say.passkeys}>
            {passkeys.map((passkey) => (
              <Entry key={passkey.id} passkey={passkey} name={passkey.name ?? models[passkey.aaguid] ?? say.passkey} />
            ))}
          </Items>
        )}
      </Loaded>
    </Card>
  );
}

async function add(): Promise<void> {
  let added;
  try {
    added = await freshly(() => client.passkeys.add());
  } catch (error) {
    const code = isRefusal(error) ? error.code : "";
    // Who has closed the browser's dialog has changed their mind.
    if (code === "aborted") return;
    if (code !== "passkey_taken" && code !== "passkeys_unavailable") throw error;
    return toast(code === "passkey_taken" ? say.hasOne : say.notMade, "bad");
  }
  await factorsChanged();
  toast(added.message);
  if (added.recoveryCodes) showRecoveryCodes(added.recoveryCodes);
}

function Entry({ passkey, name }: { passkey: Passkey; name: string }) {
  const [asks, ask] = useState<"name" | "removal" | undefined>();
  const { backedUp, signsIn, createdAt, lastUsedAt } = passkey;
  const close = () => ask(undefined);
  return (
    <Item
      title={name}
      badge={backedUp && <Badge>{say.synced}</Badge>}
      lead={
        <>
          <p>{say.times(showDay(createdAt), lastUsedAt && showDay(lastUsedAt))}</p>
          {!signsIn && <p>{say.secondOnly}</p>}
        </>
      }
      actions={
        <>
          <button class="compact" aria-label={say.renameNamed(name)} onClick={() => ask("name")}>
            {say.rename}
          </button>
          <button class="compact" aria-label={say.removeNamed(name)} onClick={() => ask("removal")}>
            {say.remove}
          </button>
        </>
      }
    >
      {asks === "name" && <Rename passkey={passkey} name={name} onClose={close} />}
      {asks === "removal" && <Remove passkey={passkey} name={name} onClose={close} />}
    </Item>
  );
}

interface AskProps {
  passkey: Passkey;
  name: string;
  onClose: () => void;
}

function Rename({ passkey: { id }, name, onClose }: AskProps) {
  return (
    <Confirm
      title={say.renameNamed(name)}
      act={say.rename}
      confirm={async ({ name = "" }) => {
        const { message } = await client.security.patch("/passkeys/{id}", { path: { id }, body: { name } });
        await factorsChanged();
        toast(message);
      }}
      onClose={onClose}
    >
      <Field name="name" label={say.name} value={name} maxLength={100} autocomplete="off" autoFocus />
    </Confirm>
  );
}

function Remove({ passkey: { id }, name, onClose }: AskProps) {
  return (
    <Confirm
      title={say.removeQuestion(name)}
      act={say.remove}
      danger
      confirm={async () => {
        const { message } = await freshly(() => client.passkeys.remove(id));
        toast(message);
        await factorsChanged();
      }}
      onClose={onClose}
    >
      <p class="soft">{say.removeHint}</p>
    </Confirm>
  );
}
