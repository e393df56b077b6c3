/** Changing the password, or removing it where passkeys are enough to sign in. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { me } from "../components/application.tsx";
import { Confirm } from "../components/dialog.tsx";
import { PasswordField } from "../components/field.tsx";
import { Form } from "../components/form.tsx";
import { Card } from "../components/page.tsx";
import { freshly } from "../components/reauthentication.tsx";
import type { Resource } from "../components/resource.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { service } from "../shared/service.ts";
import { factorsChanged } from "./changes.ts";
import { sayOfPasskeys } from "./passkey-texts.ts";
import type { Held } from "./passkeys.tsx";
import { sayOfSecurity as say } from "./security-texts.ts";

export function Password({ held }: { held: Resource<Held> }) {
  const [asking, ask] = useState(false);
  const now = held.state.value;
  const known = now.is === "there" ? now.value : undefined;
  if (known?.hasPassword === false) {
    const opens = known.passkeys.some(({ signsIn }) => signsIn);
    return <Card title={say.password} lead={opens ? sayOfPasskeys.noPassword : sayOfPasskeys.nothingElse} />;
  }
  const drop = (
    <button type="button" class="plain" onClick={() => ask(true)}>
      {sayOfPasskeys.dropPassword}
    </button>
  );
  return (
    <Card title={say.password} lead={say.passwordLead}>
      <Change beside={known && maySpare(known) && drop} />
      {asking && <Drop onClose={() => ask(false)} />}
    </Card>
  );
}

/** As the API has it: one passkey with a backup, or two, which outlive a lost device. */
function maySpare({ passkeys }: Held): boolean {
  const opening = passkeys.filter(({ signsIn }) => signsIn);
  return opening.length > 1 || opening.some(({ backedUp }) => backedUp);
}

function Change({ beside }: { beside: ComponentChildren }) {
  const [changes, count] = useState(0);
  return (
    <Form
      // Another form is an empty one.
      key={changes}
      submit={say.changePassword}
      send={async ({ currentPassword = "", newPassword = "" }) => {
        const { message } = await client.account.put("/password", { body: { currentPassword, newPassword } });
        toast(message);
        count(changes + 1);
      }}
      beside={beside}
    >
      {/* Tells a password manager whose password it is. */}
      <input type="text" name="username" autocomplete="username" value={me.value!.email} readOnly hidden />
      <div class="columns">
        <PasswordField name="currentPassword" label={say.currentPassword} autocomplete="current-password" />
        <PasswordField
          name="newPassword"
          label={say.newPassword}
          hint={say.passwordHint(service.passwordMinLength)}
          autocomplete="new-password"
        />
      </div>
    </Form>
  );
}

function Drop({ onClose }: { onClose: () => void }) {
  return (
    <Confirm
      title={sayOfPasskeys.dropQuestion}
      act={sayOfPasskeys.dropPassword}
      danger
      confirm={async () => {
        const { message } = await freshly(() => client.account.delete("/password"));
        toast(message);
        await factorsChanged();
      }}
      onClose={onClose}
    >
      <p class="soft">{sayOfPasskeys.dropHint}</p>
    </Confirm>
  );
}
