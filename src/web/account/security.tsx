/** How somebody gets in: passkeys, password, second factors, recovery codes. */
import { elsewhere } from "../components/application.tsx";
import { Page } from "../components/page.tsx";
import { useResource } from "../components/resource.tsx";
import { Identities, LinkNews } from "./identities.tsx";
import { changes } from "./changes.ts";
import { Passkeys, readPasskeys } from "./passkeys.tsx";
import { Password } from "./password.tsx";
import { NewRecoveryCodes } from "./recovery-codes.tsx";
import { SecondFactors } from "./second-factors.tsx";
import { say } from "./texts.ts";

export function Security() {
  const held = useResource(readPasskeys, [], [elsewhere.value, changes.value]);
  return (
    <Page title={say.security} lead={say.securityLead}>
      <LinkNews />
      <Passkeys held={held} />
      <Password held={held} />
      <Identities />
      <SecondFactors />
      <NewRecoveryCodes />
    </Page>
  );
}
