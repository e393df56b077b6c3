/**
 * Who may open a socket: the holder of a ticket (a browser can't send headers with a WebSocket), or of an access token.
 */
import { sql } from "drizzle-orm";
import { createOneTimeToken, hashToken } from "../../crypto/one-time-token.ts";
import { verifyAccessToken } from "../../crypto/access-token.ts";
import { AppError } from "../../errors.ts";
import type { SocketSession } from "../../platform/hubs.ts";
import type { Platform } from "../../platform/index.ts";
import { ownerOfToken } from "../accounts/one-time-tokens.ts";
import { positionOf } from "../events/notifications.ts";
import { asAccount, asActor, type Actor } from "../access/actor.ts";

const TICKET_TTL_SECONDS = 30;

/** A ticket opens one socket for the actor's session, which lives as long as the access token that requested it. */
export async function issueTicket(
  platform: Platform,
  actor: Actor,
  { tokenExpiresAt }: { tokenExpiresAt: Date },
): Promise<{ ticket: string; expiresIn: number }> {
  const { token: ticket, tokenHash } = await createOneTimeToken();
  const payload = JSON.stringify({ sessionId: actor.sessionId, expiresAt: tokenExpiresAt.getTime() });
  await asActor(platform, actor, {
    stored: platform.db.execute(sql`
      insert into one_time_tokens (user_id, purpose, token, payload, expires_at)
      values (${actor.userId}, 'ws_ticket', ${tokenHash}, ${payload}::jsonb,
        now() + make_interval(secs => ${TICKET_TTL_SECONDS}::int))`),
  });
  return { ticket, expiresIn: TICKET_TTL_SECONDS };
}

/**
 * One trip. If both are given, they must belong to the same session.
 * @throws AppError authentication_required, invalid_token or invalid_ticket.
 */
export async function admitSocket(
  platform: Platform,
  { ticket, accessToken }: { ticket: string | undefined; accessToken: string | undefined },
): Promise<SocketSession> {
  const bearer = accessToken === undefined ? undefined : await sessionOf(platform, accessToken);
  if (ticket !== undefined) return redeemTicket(platform, ticket, bearer?.sessionId);
  if (bearer === undefined) throw new AppError("authentication_required");
  const { userId, sessionId } = bearer;
  return { ...bearer, position: await positionOf(platform, { userId, sessionId }) };
}

async function sessionOf({ config, keySet }: Platform, token: string): Promise<Omit<SocketSession, "position">> {
  const verdict = await verifyAccessToken(await keySet(), token, { issuer: config.ISSUER, audience: config.AUDIENCE });
  if (!verdict.ok) throw new AppError("invalid_token");
  const { sub, sid, exp } = verdict.claims;
  return { userId: Number(sub), sessionId: sid, expiresAt: exp * 1000 };
}

interface Redeemed extends Record<string, unknown> {
  userId: number;
  sessionId: string;
  expiresAt: number;
  position: string;
}

async function redeemTicket(platform: Platform, ticket: string, sessionId: string | undefined): Promise<SocketSession> {
  const tokenHash = await hashToken(ticket);
  const redeem = sql`
    with used as (
      update one_time_tokens t set used_at = now(), updated_at = now()
      from refresh_tokens s, users u
      where t.token = ${tokenHash} and t.purpose = 'ws_ticket' and t.used_at is null and t.expires_at > now()
        and s.session_id = (t.payload->>'sessionId')::uuid and s.user_id = t.user_id
        and s.session_id = coalesce(${sessionId ?? null}::uuid, s.session_id)
        and s.revoked_at is null and s.expires_at > now()
        and u.id = t.user_id and u.is_active and u.deleted_at is null
      returning t.user_id, s.session_id, t.payload->'expiresAt' as expires_at
    )
    select user_id as "userId", session_id as "sessionId", expires_at as "expiresAt",
      (select coalesce(max(n.id), 0) from notifications n where n.user_id = used.user_id) as position
    from used`;
  const { outcome } = await asAccount(platform, ownerOfToken(tokenHash), {
    outcome: platform.db.execute<Redeemed>(redeem),
  });
  const redeemed = outcome.rows[0];
  if (!redeemed) throw new AppError("invalid_ticket");
  return { ...redeemed, position: Number(redeemed.position) };
}
