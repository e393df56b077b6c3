/**
 * "This wasn't me": the link in the mail about a new device ends what that device opened, and starts a password reset.
 */
import { sql } from "drizzle-orm";
import { hashToken } from "../../crypto/one-time-token.ts";
import { AppError } from "../../errors.ts";
import { writtenHere } from "../../db/batch.ts";
import type { Platform } from "../../platform/index.ts";
import { asAccount } from "../access/actor.ts";
import { happened } from "../events/happened.ts";
import { consumedHere, killOneTimeTokens, ownerId, ownerOfToken } from "../accounts/one-time-tokens.ts";
import { forgetPlacesOf } from "./risk.ts";
import { revokeSessions } from "../sessions/session.ts";

/** One trip. The device is forgotten too: at its next attempt it is unknown again. @throws AppError invalid_link */
export async function denyLogin(platform: Platform, token: string): Promise<void> {
  const tokenHash = await hashToken(token);
  const owner = sql`(select user_id from denied)`;
  const { db } = platform;
  const ended = sql`select jsonb_agg(t.session_id) from refresh_tokens t
    where t.user_id = ${ownerId(tokenHash)} and t.revoked_reason = 'denied_by_owner' and ${writtenHere("t")}`;
  const deny = sql`
    with denied as (
      update one_time_tokens set used_at = now(), updated_at = now()
      where token = ${tokenHash} and purpose = 'deny_login' and used_at is null and expires_at > now()
      returning user_id, (payload->>'sessionId')::uuid as session_id
    ), device as (
      select t.user_id, t.device from denied join refresh_tokens t on t.session_id = denied.session_id and t.user_id = denied.user_id
    ), ended as (
      ${revokeSessions("denied_by_owner", sql`user_id = ${owner} and (session_id = (select session_id from denied) or device = (select device from device))`)}
    ), forgotten as (
      delete from known_devices d using device where d.user_id = device.user_id and d.device = device.device
    ), elsewhere as (${forgetPlacesOf(owner, sql`select session_id from denied`)}
    ), killed as (${killOneTimeTokens(sql`user_id = ${owner} and purpose in ('login_challenge', 'email_code')`)})
    select user_id from denied`;
  const { outcome } = await asAccount(platform, ownerOfToken(tokenHash), {
    outcome: db.execute(deny),
    ...happened(platform, {
      event: "login.denied",
      userId: ownerId(tokenHash),
      actorId: null,
      metadata: sql`(
        select jsonb_build_object('sessionId', payload ->> 'sessionId') from one_time_tokens where token = ${tokenHash})`,
      where: consumedHere(tokenHash),
      facts: { sessionIds: sql`coalesce((${ended}), '[]')` },
    }),
  });
  if (outcome.rows.length === 0) throw new AppError("invalid_link");
}
