/** Adds a webhook, or changes one: where events go, and which. */
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { Confirm } from "../components/dialog.tsx";
import { Checkbox, Field } from "../components/field.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { EVENT_GROUPS, type CarriedEvent } from "./webhook-events.ts";
import { say } from "./webhooks-texts.ts";

type Webhook = Schemas["Webhook"];

interface WebhookFormProps {
  /** Undefined: a new one. */
  webhook: Webhook | undefined;
  onClose: () => void;
  /** @param secret of a new one. */
  onDone: (secret?: string) => Promise<void>;
}

export function WebhookForm({ webhook, onClose, onDone }: WebhookFormProps) {
  // The API says all by none.
  const [all, takeAll] = useState(!webhook || webhook.events.length === 0);
  const [chosen, choose] = useState<CarriedEvent[]>(webhook?.events ?? []);
  const toggle = (events: CarriedEvent[], isOn: boolean) =>
    choose([...chosen.filter((each) => !events.includes(each)), ...(isOn ? events : [])]);
  return (
    <Confirm
      title={webhook ? say.edit : say.add}
      act={webhook ? say.edit : say.add}
      onClose={onClose}
      confirm={async ({ url = "", description = "" }) => {
        if (!all && chosen.length === 0) throw new NothingChosen(say.choose);
        const body = { description, events: all ? [] : chosen };
        const { message, secret } = await freshly(() => send(webhook, { ...body, url: url.trim() }));
        // The dialog with the secret says it, too.
        if (!secret) toast(message);
        await onDone(secret);
      }}
    >
      <Field
        name="url"
        label={say.address}
        hint={say.addressHint}
        value={webhook?.url ?? ""}
        maxLength={2048}
        inputMode="url"
        autocomplete="off"
      />
      <Field
        name="description"
        label={say.description}
        value={webhook?.description ?? ""}
        maxLength={200}
        autocomplete="off"
        optional
      />
      <fieldset class="boxes">
        <legend>{say.events}</legend>
        <Checkbox
          name="all"
          label={say.all}
          hint={say.allHint}
          checked={all}
          onChange={({ currentTarget }) => takeAll(currentTarget.checked)}
        />
        {!all &&
          EVENT_GROUPS.map(([group, events]) => {
            const taken = events.filter((event) => chosen.includes(event));
            return (
              <details key={group}>
                <summary>
                  {group} ({say.some(taken.length, events.length)})
                </summary>
                <div class="boxes">
                  <Checkbox
                    name={group}
                    label={say.wholeGroup}
                    checked={taken.length === events.length}
                    onChange={({ currentTarget }) => toggle(events, currentTarget.checked)}
                  />
                  {events.map((event) => (
                    <Checkbox
                      key={event}
                      name={event}
                      label={event}
                      checked={chosen.includes(event)}
                      onChange={({ currentTarget }) => toggle([event], currentTarget.checked)}
                    />
                  ))}
                </div>
              </details>
            );
          })}
      </fieldset>
    </Confirm>
  );
}

async function send(
  webhook: Webhook | undefined,
  body: Schemas["NewWebhook"],
): Promise<{ message: string; secret?: string }> {
  if (!webhook) return client.admin.post("/webhooks", { body });
  // A new address starts with a clean slate; the same one goes on as it is.
  const { url, ...rest } = body;
  const changed = url === webhook.url ? rest : body;
  return client.admin.patch("/webhooks/{id}", { path: { id: webhook.id }, body: changed });
}

/** As a refusal of the API, which would take none for all. */
class NothingChosen extends Error {
  readonly status = 422;
  readonly code = "validation_failed";
  readonly errors = [];
}
