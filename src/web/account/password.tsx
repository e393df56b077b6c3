/** Another password. */
import { useState } from "preact/hooks";
import { me } from "../components/application.tsx";
import { PasswordField } from "../components/field.tsx";
import { Form } from "../components/form.tsx";
import { Card } from "../components/page.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { service } from "../shared/service.ts";
import { sayOfSecurity as say } from "./security-texts.ts";

export function Password() {
  const [changes, count] = useState(0);
  return (
    <Card title={say.password} lead={say.passwordLead}>
      <Form
        // Another form is an empty one.
        key={changes}
        submit={say.changePassword}
        send={async ({ currentPassword = "", newPassword = "" }) => {
          const { message } = await client.account.put("/password", { body: { currentPassword, newPassword } });
          toast(message);
          count(changes + 1);
        }}
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
    </Card>
  );
}
