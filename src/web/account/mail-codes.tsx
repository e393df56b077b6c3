/** Turning on codes by e-mail: the first one proves the mailbox. */
import { me } from "../components/application.tsx";
import { Act } from "../components/button.tsx";
import { Confirm, Dialog } from "../components/dialog.tsx";
import { Field } from "../components/field.tsx";
import { Failed, Loading, useResource } from "../components/resource.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { factorsChanged } from "./changes.ts";
import { showRecoveryCodes } from "./recovery-codes.tsx";
import { sayOfSecurity as say } from "./security-texts.ts";

const sendCode = () => freshly(() => client.security.post("/2fa/email"));

export function SetUpMailCodes({ onClose }: { onClose: () => void }) {
  const sent = useResource(sendCode);
  const now = sent.state.value;
  if (now.is !== "there")
    return (
      <Dialog title={say.email.turnOn} onClose={onClose}>
        {now.is === "loading" ? <Loading lines={4} /> : <Failed why={now.why} retry={sent.reload} />}
      </Dialog>
    );
  return (
    <Confirm
      title={say.email.turnOn}
      act={say.on}
      confirm={async ({ code = "" }) => {
        const { recoveryCodes } = await freshly(() => client.security.post("/2fa/email/verify", { body: { code } }));
        await factorsChanged();
        showRecoveryCodes(recoveryCodes);
      }}
      onClose={onClose}
    >
      <p class="soft">{say.codeSentTo(me.value!.email)}</p>
      <Field
        name="code"
        label={say.codeOfMail}
        autocomplete="one-time-code"
        inputMode="numeric"
        maxLength={20}
        autoFocus
      />
      <div class="ways">
        <Act class="plain" act={async () => toast((await sendCode()).message)}>
          {say.sendAgain}
        </Act>
      </div>
    </Confirm>
  );
}
