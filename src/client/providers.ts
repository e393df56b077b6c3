/** Signing in with other services: what the service says behind the `#` of the page that the browser comes back to. */
import type { Schemas } from "./api.ts";
import { fromBase64Url } from "./base64.ts";

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
  const news = Object.fromEntries(new URLSearchParams(hash.slice(1)));
  if (news.signed_in) return { signedIn: news.signed_in };
  if (news.linked) return { linked: news.linked };
  if (news.error) return { error: news.error };
  if (!news.two_factor) return undefined;
  const bytes = Uint8Array.from(fromBase64Url(news.two_factor), (each) => each.charCodeAt(0));
  return { challenge: JSON.parse(new TextDecoder().decode(bytes)) };
}
