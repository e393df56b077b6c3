/** Links, codes and challenges: one purpose, one user, one use. */
import { sql, type SQL } from "drizzle-orm";
import { deriveOneTimeToken } from "../../crypto/one-time-token.ts";
import { writtenHere } from "../../db/batch.ts";
import type { TOKEN_PURPOSES } from "../../db/values.ts";
import type { Platform } from "../../platform/index.ts";

export type TokenPurpose = (typeof TOKEN_PURPOSES)[number];

interface LinkKind {
  /** The page that the link opens, at APP_URL or, without one, at this service. */
  path: string;
  ttlSeconds: number;
}

/** The purposes of mailed links. */
export const LINKS: Partial<Record<TokenPurpose, LinkKind>> = {
  reset_password: { path: "/reset-password", ttlSeconds: 30 * 60 },
  verify_email: { path: "/verify-email", ttlSeconds: 24 * 3600 },
  change_email: { path: "/confirm-email", ttlSeconds: 3600 },
  cancel_email_change: { path: "/cancel-email-change", ttlSeconds: 24 * 3600 },
  deny_login: { path: "/deny-login", ttlSeconds: 72 * 3600 },
  invite: { path: "/accept-invitation", ttlSeconds: 72 * 3600 },
};

/** The address of a page of the front end: never derived from the request, since anyone can set its Host. */
export function pageUrl({ config }: Platform, path: string): string {
  return `${(config.APP_URL || config.ISSUER).replace(/\/+$/, "")}${path}`;
}

/** The link that a queue message mails. The token is in the fragment, which no server, proxy or Referer sees. */
export async function prepareLink(
  platform: Platform,
  purpose: TokenPurpose,
  messageId: string,
): Promise<{ link: string; tokenHash: string; ttlSeconds: number }> {
  const kind = LINKS[purpose];
  if (!kind) throw new Error(`${purpose} is no link`);
  const { token, tokenHash } = await deriveOneTimeToken(platform.secrets, messageId);
  return { link: pageUrl(platform, `${kind.path}#token=${token}`), tokenHash, ttlSeconds: kind.ttlSeconds };
}

/**
 * CTE body: stores a token for each row of `owners` (with `id`); a repeated message only renews one that is still
 * unused.
 */
export function storeToken(
  input: { purpose: TokenPurpose; tokenHash: string; ttlSeconds: number; payload?: Record<string, unknown> },
  owners: SQL,
): SQL {
  return sql`
    insert into one_time_tokens as stored_token (user_id, purpose, token, payload, expires_at)
    select owner.id, ${input.purpose}, ${input.tokenHash}, ${JSON.stringify(input.payload ?? {})}::jsonb, now() + make_interval(secs => ${input.ttlSeconds}::int)
    from ${owners} as owner
    on conflict (token) do update set expires_at = excluded.expires_at, updated_at = now()
    where stored_token.used_at is null
    returning user_id`;
}

/** The id of the account that a token belongs to. */
export function ownerId(tokenHash: string): SQL {
  return sql`(select user_id from one_time_tokens where token = ${tokenHash})`;
}

/** That account, for `asAccount`. */
export function ownerOfToken(tokenHash: string): SQL {
  return sql`u.id = ${ownerId(tokenHash)}`;
}

/**
 * CTE body, under the account's lock: uses the token up if `condition` (on the token `t` and its owner `u`) holds, and
 * returns its row if it was valid and the account is alive.
 */
export function consumeToken(tokenHash: string, purposes: TokenPurpose[], condition = sql`true`): SQL {
  return sql`
    update one_time_tokens t set used_at = now(), updated_at = now()
    from users u
    where u.id = t.user_id and u.is_active and u.deleted_at is null
      and t.token = ${tokenHash} and t.purpose = any(${sql.param(purposes)}::text[])
      and t.used_at is null and t.expires_at > now() and ${condition}
    returning t.user_id, t.purpose, t.payload`;
}

/** Condition on a token `t` and its owner `u`: the link only proves the mailbox that it was sent to. */
export const wasMailedToOwner: SQL = sql`coalesce(t.payload ->> 'email', u.email) = u.email`;

/** Condition, in a later statement of the batch: that statement has used the token up. */
export function consumedHere(tokenHash: string): SQL {
  return sql`exists (
    select from one_time_tokens t where t.token = ${tokenHash} and t.used_at is not null and ${writtenHere("t")})`;
}

/** Invalidates every outstanding token that `condition` selects. */
export function killOneTimeTokens(condition: SQL): SQL {
  return sql`update one_time_tokens set used_at = now(), updated_at = now() where used_at is null and ${condition}`;
}
