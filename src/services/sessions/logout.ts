/** Logout: whatever names a session of ours ends it. */
import { sql, type SQL } from "drizzle-orm";
import { verifyAccessToken } from "../../crypto/access-token.ts";
import { hashToken } from "../../crypto/one-time-token.ts";
import { isOfPresentSecret, parseRefreshToken } from "../../crypto/refresh-token.ts";
import type { Platform } from "../../platform/index.ts";
import { asAccount } from "../access/actor.ts";
import { afterSessionsEnded, revokeSessions } from "./session.ts";

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
  // Of two accounts where the tokens disagree.
  const owners = sql`u.id in (select user_id from refresh_tokens where ${condition})`;
  const { ended } = await asAccount(platform, owners, {
    ended: platform.db.execute<{ userId: number; sessionId: string }>(sql`
      ${revokeSessions("logout", condition)} returning user_id as "userId", session_id as "sessionId"`),
  });
  for (const session of ended.rows) afterSessionsEnded(platform, session);
}

/** Under the present secret a token of any generation; what only the former one vouches for must have been handed out. */
async function namedBy({ secrets }: Platform, token: string): Promise<SQL[]> {
  const parsed = await parseRefreshToken(secrets, token);
  if (!parsed) return [];
  const session = sql`session_id = ${parsed.sessionId}::uuid`;
  if (await isOfPresentSecret(secrets, token)) return [session];
  const tokenHash = await hashToken(token);
  return [sql`${session} and (token = ${tokenHash} or previous_token = ${tokenHash})`];
}

/** An access token that has run out still says which session its holder wants to end. */
async function sessionOf({ config, keySet }: Platform, token: string): Promise<string | undefined> {
  const expected = { issuer: config.ISSUER, audience: config.AUDIENCE };
  const verdict = await verifyAccessToken(await keySet(), token, { ...expected, ignoreExpiry: true });
  return verdict.ok ? verdict.claims.sid : undefined;
}
