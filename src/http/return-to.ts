/** Where a browser may be sent: to pages of this service and of the front ends that it knows. */
import { invalidField } from "../errors.ts";
import type { Config } from "../platform/config.ts";

/** @param pointer to where the request has it. @throws AppError validation_failed for any other address */
export function returnAddress(config: Config, wanted: string | undefined, pointer = "#/return_to"): string {
  const { ISSUER, APP_URL, ALLOWED_ORIGINS, PAGES } = config;
  const home = APP_URL || (PAGES ? `${ISSUER}/sign-in` : (ALLOWED_ORIGINS[0] ?? ISSUER));
  if (wanted === undefined) return home;
  const url = URL.parse(wanted, home);
  const origins = [ISSUER, ...(APP_URL ? [new URL(APP_URL).origin] : []), ...ALLOWED_ORIGINS];
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && origins.includes(url.origin))
    return url.href;
  throw invalidField(pointer, { fr: "Adresse de retour non autorisée", en: "Return address not allowed" });
}

/** What happened, behind the `#`, which no server, proxy or Referer sees. */
export function withNews(address: string, news: Record<string, string>): string {
  const url = new URL(address);
  url.hash = new URLSearchParams(news).toString();
  return url.href;
}
