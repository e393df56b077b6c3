/** What the login asks for after the password: which of them are on, and how to turn each on and off. */
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { elsewhere } from "../components/application.tsx";
import { Act } from "../components/button.tsx";
import { Confirm } from "../components/dialog.tsx";
import { Item, Items } from "../components/items.tsx";
import { Badge, Card } from "../components/page.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { Loaded, useResource } from "../components/resource.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { showDay } from "../shared/texts.ts";
import { SetUpAuthenticator } from "./authenticator.tsx";
import { SetUpMailCodes } from "./mail-codes.tsx";
import { changes, factorsChanged } from "./changes.ts";
import { showRecoveryCodes } from "./recovery-codes.tsx";
import { sayOfSecurity as say } from "./security-texts.ts";

type Method = "totp" | "email";

const FACTORS = { totp: SetUpAuthenticator, email: SetUpMailCodes };

export function SecondFactors() {
  const factors = useResource(() => client.security.get("/2fa"), [], [elsewhere.value, changes.value]);
  return (
    <Card title={say.secondFactors} lead={say.secondFactorsLead}>
      <Loaded of={factors} lines={5}>
        {({ methods, recoveryCodesLeft }) => (
          <Items label={say.secondFactors}>
            {(["totp", "email"] as const).map((method) => (
              <Factor key={method} method={method} methods={methods} />
            ))}
            {methods.length > 0 && <RecoveryCodes left={recoveryCodesLeft} />}
          </Items>
        )}
      </Loaded>
    </Card>
  );
}

function Factor({ method, methods }: { method: Method; methods: Schemas["TwoFactorMethod"][] }) {
  const [asks, ask] = useState<"on" | "off" | undefined>();
  const SetUp = FACTORS[method];
  const on = methods.find((each) => each.method === method);
  const { name, hint, turnOn, turnOff, off } = say[method];
  const close = () => ask(undefined);
  return (
    <Item
      title={name}
      badge={on && <Badge tone="good">{say.isOn}</Badge>}
      lead={on ? say.since(showDay(on.since)) : hint}
      actions={
        on ? (
          <button class="compact" aria-label={turnOff} onClick={() => ask("off")}>
            {say.off}
          </button>
        ) : (
          <button class="compact" aria-label={turnOn} onClick={() => ask("on")}>
            {say.on}
          </button>
        )
      }
    >
      {asks === "on" && <SetUp onClose={close} />}
      {asks === "off" && (
        <Confirm
          title={say.question(turnOff)}
          act={say.off}
          danger
          confirm={async () => {
            const { message } = await freshly(() => client.security.delete("/2fa/{method}", { path: { method } }));
            await factorsChanged();
            toast(message);
          }}
          onClose={close}
        >
          <p class="soft">{methods.length === 1 ? say.lastOff : off}</p>
        </Confirm>
      )}
    </Item>
  );
}

function RecoveryCodes({ left }: { left: number }) {
  const tone = left === 0 ? "bad" : left < 4 ? "warn" : "quiet";
  return (
    <Item
      title={say.recoveryCodes}
      badge={<Badge tone={tone}>{say.codesLeft(left)}</Badge>}
      lead={say.recoveryCodesHint}
      actions={
        <Act
          class="compact"
          act={async () => {
            const { recoveryCodes } = await freshly(() => client.security.post("/2fa/recovery-codes"));
            showRecoveryCodes(recoveryCodes);
          }}
        >
          {say.newCodes}
        </Act>
      }
    />
  );
}
