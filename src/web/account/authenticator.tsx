/** Turning on an authenticator app: its secret as a picture to scan, as text to type, and as a link on a phone. */
import { Confirm, Dialog } from "../components/dialog.tsx";
import { Field } from "../components/field.tsx";
import { Failed, Loading, useResource } from "../components/resource.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { client } from "../shared/client.ts";
import { Copy } from "../components/copy.tsx";
import { factorsChanged } from "./changes.ts";
import { showRecoveryCodes } from "./recovery-codes.tsx";
import { sayOfSecurity as say } from "./security-texts.ts";

/** People read and type four characters at a time. */
const inGroups = (secret: string) => secret.replaceAll(/.{4}(?=.)/g, "$& ");

export function SetUpAuthenticator({ onClose }: { onClose: () => void }) {
  const started = useResource(() => freshly(() => client.security.post("/2fa/totp")));
  const now = started.state.value;
  if (now.is !== "there")
    return (
      <Dialog title={say.totp.turnOn} onClose={onClose}>
        {now.is === "loading" ? <Loading lines={6} /> : <Failed why={now.why} retry={started.reload} />}
      </Dialog>
    );
  const { secret, uri, qrCode } = now.value;
  return (
    <Confirm
      title={say.totp.turnOn}
      act={say.on}
      confirm={async ({ code = "" }) => {
        const { recoveryCodes } = await freshly(() => client.security.post("/2fa/totp/verify", { body: { code } }));
        await factorsChanged();
        showRecoveryCodes(recoveryCodes);
      }}
      onClose={onClose}
    >
      <p class="soft">{say.scan}</p>
      {/* As a picture it can run nothing. */}
      <img class="qr" alt={say.qrCode} src={`data:image/svg+xml,${encodeURIComponent(qrCode)}`} />
      <details>
        <summary>{say.cannotScan}</summary>
        <p class="secret">
          <code>{inGroups(secret)}</code>
        </p>
        <div class="actions">
          <Copy text={secret}>{say.copySecret}</Copy>
          <a class="button compact" href={uri}>
            {say.openApp}
          </a>
        </div>
      </details>
      <Field
        name="code"
        label={say.codeOfApp}
        hint={say.codeOfAppHint}
        autocomplete="one-time-code"
        inputMode="numeric"
        maxLength={20}
      />
    </Confirm>
  );
}
