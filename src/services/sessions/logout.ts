/** Logout: any valid token of a session ends it. */
import { sql, type SQL } from "drizzle-orm";
import { verifyAccessToken } from "../../crypto/access-token.ts";
import { hashToken } from "../../crypto/one-time-token.ts";
import { isOfPresentSecret, parseRefreshToken } from "../../crypto/refresh-token.ts";
import { writtenHere } from "../../db/batch.ts";
import type { Platform } from "../../platform/index.ts";
import { asAccount } from "../access/actor.ts";
import { impersonationAudience } from "../administration/impersonation.ts";
import { happened, type Happening } from "../events/happened.ts";
import { revokeSessions } from "./session.ts";

/** One trip, or none when neither token is ours. */
export async function logOut(
  platform: Platform,
  { refreshToken, accessToken }: { refreshToken: string | undefined; accessToken: string | undefined },
): Promise<void> {
  const ofAccessToken = accessToken && (await sessionOf(platform, accessToken));
  const named = [
    ...(ofAccessToken ? [sql`session_id = ${ofAccessToken}::uuid`] : []),
    ...(refreshToken ? await namedBy(platform, refreshToken) : []),
  ];
  if (named.length === 0) return;
  const condition = sql`(${sql.join(named, sql` or `)})`;
  // Two accounts, if the tokens disagree.
  const owners = sql`u.id in (select user_id from refresh_tokens where ${condition})`;
  await asAccount(platform, owners, {
    ended: platform.db.execute(revokeSessions("logout", condition)),
    ...happened(platform, ...named.map((each, at) => endedHere(each, named.slice(0, at)))),
  });
}

/** The session that `named` selects, unless one of `before` does too. */
function endedHere(named: SQL, before: SQL[]): Happening {
  const already = before.length > 0 ? sql`and not (${sql.join(before, sql` or `)})` : sql``;
  const ended = sql`from refresh_tokens t where (${named}) ${already} and t.revoked_at is not null and ${writtenHere("t")}`;
  return {
    event: "session.ended",
    userId: sql`(select t.user_id ${ended} limit 1)`,
    where: sql`exists (select ${ended})`,
    facts: { sessionIds: sql`(select jsonb_agg(t.session_id) ${ended})` },
  };
}

/**
 * Under the current secret a token of any generation; a token that only the previous one signed must have been handed
 * out.
 */
async function namedBy({ secrets }: Platform, token: string): Promise<SQL[]> {
  const parsed = await parseRefreshToken(secrets, token);
  if (!parsed) return [];
  const session = sql`session_id = ${parsed.sessionId}::uuid`;
  if (await isOfPresentSecret(secrets, token)) return [session];
  const tokenHash = await hashToken(token);
  return [sql`${session} and (token = ${tokenHash} or previous_token = ${tokenHash})`];
}

/** An expired access token still identifies the session to end; so does that of whoever looks at somebody's account. */
async function sessionOf({ config, keySet }: Platform, token: string): Promise<string | undefined> {
  const keys = await keySet();
  for (const audience of [config.AUDIENCE, impersonationAudience(config.ISSUER)]) {
    const verdict = await verifyAccessToken(keys, token, { issuer: config.ISSUER, audience, ignoreExpiry: true });
    if (verdict.ok) return verdict.claims.sid;
  }
  return undefined;
}
