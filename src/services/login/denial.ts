/** "This wasn't me": the link of the mail about a new device ends what that device opened, and starts a reset of the password. */
import { sql } from "drizzle-orm";
import { hashToken } from "../../crypto/one-time-token.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { asAccount } from "../access/actor.ts";
import { auditStatement } from "../events/audit.ts";
import { consumedHere, killOneTimeTokens, ownerId, ownerOfToken } from "../accounts/one-time-tokens.ts";
import { afterSessionsEnded, revokeSessions } from "../sessions/session.ts";

/** One trip. The device is forgotten too: it is a stranger again at its next try. @throws AppError invalid_link */
export async function denyLogin(platform: Platform, token: string): Promise<void> {
  const tokenHash = await hashToken(token);
  const owner = sql`(select user_id from denied)`;
  const { db } = platform;
  const entry = {
    actorId: null,
    action: "login.denied",
    targetType: "user",
    targetId: ownerId(tokenHash),
    metadata: sql`(
      select jsonb_build_object('sessionId', payload ->> 'sessionId') from one_time_tokens where token = ${tokenHash})`,
  };
  const deny = sql`
    with denied as (
      update one_time_tokens set used_at = now(), updated_at = now()
      where token = ${tokenHash} and purpose = 'deny_login' and used_at is null and expires_at > now()
      returning user_id, (payload->>'sessionId')::uuid as session_id
    ), device as (
      select t.user_id, t.device from denied join refresh_tokens t on t.session_id = denied.session_id and t.user_id = denied.user_id
    ), ended as (
      ${revokeSessions("denied_by_owner", sql`user_id = ${owner} and (session_id = (select session_id from denied) or device = (select device from device))`)}
      returning session_id
    ), forgotten as (
      delete from known_devices d using device where d.user_id = device.user_id and d.device = device.device
    ), killed as (${killOneTimeTokens(sql`user_id = ${owner} and purpose in ('login_challenge', 'email_code')`)})
    select denied.user_id as "userId", array(select session_id from ended) as "sessionIds" from denied`;
  const { outcome } = await asAccount(platform, ownerOfToken(tokenHash), {
    outcome: db.execute<{ userId: number; sessionIds: string[] }>(deny),
    audited: db.execute(auditStatement(platform, entry, consumedHere(tokenHash))),
  });
  const denied = outcome.rows[0];
  if (!denied) throw new AppError("invalid_link");
  for (const sessionId of denied.sessionIds) afterSessionsEnded(platform, { sessionId, userId: denied.userId });
  await platform.enqueue({ type: "forgot_password", userId: denied.userId });
}
