/** The one client of a page: everything goes to the service through it. */
import { createAuthClient } from "../../client/index.ts";
import { locale } from "./texts.ts";

export const client = createAuthClient({ url: location.origin, locale });

/** As `client.passkeys.areAvailable()`, known at once. */
export const canUsePasskeys = "parseRequestOptionsFromJSON" in (globalThis.PublicKeyCredential ?? {});
