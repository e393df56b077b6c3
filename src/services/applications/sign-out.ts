/** An application asks for the end of a session, and for the person back (OpenID Connect RP-Initiated Logout). */
import { sql } from "drizzle-orm";
import * as z from "zod/mini";
import { readIdTokenHint } from "../../crypto/id-token.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { withParameters } from "./redirect-uris.ts";

const text = (maxLength: number) => z.optional(z.string().check(z.maxLength(maxLength)));

export const SignOutParameters = z.object({
  id_token_hint: text(8_192),
  client_id: text(200),
  post_logout_redirect_uri: text(1_000),
  state: text(2_000),
  ui_locales: text(200),
  /** Our own: the browser has been here before, and has now sent its cookie. */
  continued: z.optional(z.literal("1")),
});

const PURPOSE = "oauth-logout";
const LIFETIME_MS = 600_000;

/** One trip where the person may be sent back; `sealed` is what our own page's form brings. */
export async function prepareSignOut(
  platform: Platform,
  asked: z.infer<typeof SignOutParameters>,
): Promise<{ sealed: string; back: string | undefined }> {
  const back = await findBack(platform, asked);
  const content = JSON.stringify({ back: back ?? "", expiresAt: Date.now() + LIFETIME_MS });
  return { sealed: await platform.secrets.seal(content, PURPOSE), back };
}

/** Empty: nowhere. @throws AppError invalid_link for what is not ours, or too old. */
export async function openSignOut({ secrets }: Platform, sealed: string): Promise<string> {
  const opened = await secrets.open(sealed, PURPOSE).catch(() => undefined);
  const { back, expiresAt } = JSON.parse(opened ?? "{}") as { back?: string; expiresAt?: number };
  if (back === undefined || !(Number(expiresAt) > Date.now())) throw new AppError("invalid_link");
  return back;
}

/** Only to an address that the application has registered for this, exactly. */
async function findBack(
  { config, db, keySet }: Platform,
  { id_token_hint: hint, client_id, post_logout_redirect_uri: uri, state }: z.infer<typeof SignOutParameters>,
): Promise<string | undefined> {
  if (uri === undefined) return undefined;
  const named = hint === undefined ? undefined : await readIdTokenHint(await keySet(), hint, config.ISSUER);
  const client = named?.aud ?? client_id;
  if (client === undefined || (client_id !== undefined && client_id !== client)) return undefined;
  const { rows } = await db.execute(sql`
    select from oauth_clients c where c.client_id = ${client} and c.disabled_at is null
      and c.post_logout_redirect_uris ? ${uri}`);
  return rows.length > 0 ? withParameters(uri, { state }) : undefined;
}
