/** In the place of a page that the reader may not see: says why, as far as it is known here. */
import { can, me } from "../components/application.tsx";
import { Page } from "../components/page.tsx";
import { say } from "./texts.ts";

export function Denied() {
  // The account has permissions, but this session may not use them: it has shown neither a code nor a passkey.
  const withholds = me.value!.permissions.some((each) => !can(each));
  return (
    <Page title={withholds ? say.needsCode : say.denied}>
      <div class="state">
        <p class="soft">{withholds ? say.needsCodeWhy : say.deniedWhy}</p>
        <a class="button" href="/account">
          {say.toAccount}
        </a>
      </div>
    </Page>
  );
}
