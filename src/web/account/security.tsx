/** How somebody gets in: password, second factors, recovery codes. */
import { Page } from "../components/page.tsx";
import { Password } from "./password.tsx";
import { NewRecoveryCodes } from "./recovery-codes.tsx";
import { SecondFactors } from "./second-factors.tsx";
import { say } from "./texts.ts";

export function Security() {
  return (
    <Page title={say.security} lead={say.securityLead}>
      <Password />
      <SecondFactors />
      <NewRecoveryCodes />
    </Page>
  );
}
