/** Logout: whatever names a session of ours ends it. */
import { sql } from "drizzle-orm";
import { verifyAccessToken } from "../../crypto/access-token.ts";
import { parseRefreshToken } from "../../crypto/refresh-token.ts";
import type { Platform } from "../../platform/index.ts";
import { asAccount } from "../access/actor.ts";
import { afterSessionsEnded, revokeSessions } from "./session.ts";

/** One trip, or none when neither token is ours. */
export async function logOut(
  platform: Platform,
  { refreshToken, accessToken }: { refreshToken: string | undefined; accessToken: string | undefined },
): Promise<void> {
  const sessionIds = new Set<string>();
  const parsed = refreshToken && (await parseRefreshToken(platform.secrets, refreshToken));
  if (parsed) sessionIds.add(parsed.sessionId);
  const sid = accessToken && (await sessionOf(platform, accessToken));
  if (sid) sessionIds.add(sid);
  if (sessionIds.size === 0) return;
  const named = sql`session_id = any(${sql.param([...sessionIds])}::uuid[])`;
  // Of two accounts where the tokens disagree.
  const owners = sql`u.id in (select user_id from refresh_tokens where ${named})`;
  const { ended } = await asAccount(platform, owners, {
    ended: platform.db.execute<{ userId: number; sessionId: string }>(sql`
      ${revokeSessions("logout", named)} returning user_id as "userId", session_id as "sessionId"`),
  });
  for (const session of ended.rows) afterSessionsEnded(platform, session);
}

/** An access token that has run out still says which session its holder wants to end. */
async function sessionOf({ config, keySet }: Platform, token: string): Promise<string | undefined> {
  const expected = { issuer: config.ISSUER, audience: config.AUDIENCE };
  const verdict = await verifyAccessToken(await keySet(), token, { ...expected, ignoreExpiry: true });
  return verdict.ok ? verdict.claims.sid : undefined;
}
