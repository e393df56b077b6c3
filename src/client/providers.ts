/** Signing in with other services: what the service says behind the `#` of the page that the browser comes back to. */
import type { Schemas } from "./api.ts";

export interface ProviderReturn {
  /** The provider: somebody is signed in. */
  signedIn?: string;
  /** The provider: it is linked to the account. */
  linked?: string;
  /** A second factor is asked for: pass it to `login.secondFactor`. */
  challenge?: Schemas["Challenge"];
  /** Such as `federation_denied` or `sign_in_to_link`. */
  error?: string;
}

export function readReturn(hash: string): ProviderReturn | undefined {
  const {
    signed_in: signedIn,
    two_factor: sealed,
    linked,
    error,
  } = Object.fromEntries(new URLSearchParams(hash.slice(1)));
  if (signedIn) return { signedIn };
  if (linked) return { linked };
  if (error) return { error };
  if (!sealed) return undefined;
  const bytes = Uint8Array.from(atob(sealed.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
  return { challenge: JSON.parse(new TextDecoder().decode(bytes)) };
}
