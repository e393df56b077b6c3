/** The address: proven or not, and its change, which waits until the new mailbox has confirmed it. */
import { useState } from "preact/hooks";
import { me, pendingEmail } from "../components/application.tsx";
import { Act } from "../components/button.tsx";
import { Confirm } from "../components/dialog.tsx";
import { Field } from "../components/field.tsx";
import { Badge, Card } from "../components/page.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { say } from "./texts.ts";

async function proveAgain(): Promise<void> {
  const { message } = await client.request("POST /api/auth/verify-email/resend", { body: { email: me.value!.email } });
  toast(message);
}

async function withdraw(): Promise<void> {
  const { message } = await client.account.delete("/pending-email");
  pendingEmail.value = undefined;
  toast(message);
}

export function Address() {
  const [asking, ask] = useState(false);
  const { email, isVerified } = me.value!;
  const awaited = pendingEmail.value;
  return (
    <Card title={say.address} lead={say.addressLead}>
      <p class="address">
        <strong>{email}</strong>{" "}
        {isVerified ? <Badge tone="good">{say.proven}</Badge> : <Badge tone="warn">{say.unproven}</Badge>}
      </p>
      {awaited && (
        <div class="message warn spread">
          <p>
            <strong>{say.pending(awaited)}</strong> {say.pendingHint}
          </p>
          <Act class="compact" act={withdraw}>
            {say.withdraw}
          </Act>
        </div>
      )}
      <div class="actions">
        <button onClick={() => ask(true)}>{say.changeAddress}</button>
        {!isVerified && (
          <Act class="plain" act={proveAgain}>
            {say.proveAgain}
          </Act>
        )}
      </div>
      {asking && <ChangeAddress onClose={() => ask(false)} />}
    </Card>
  );
}

function ChangeAddress({ onClose }: { onClose: () => void }) {
  return (
    <Confirm
      title={say.changeAddress}
      act={say.sendLink}
      confirm={async ({ email = "" }) => {
        const answer = await freshly(() => client.account.put("", { body: { email } }));
        me.value = answer.user;
        // The address that the account has is no change, and ends none.
        if (answer.pendingEmail) pendingEmail.value = answer.pendingEmail;
        toast(answer.message);
      }}
      onClose={onClose}
    >
      <p class="soft">{say.changeAddressHint}</p>
      <Field name="email" label={say.newAddress} type="email" autocomplete="email" autoFocus />
    </Confirm>
  );
}
