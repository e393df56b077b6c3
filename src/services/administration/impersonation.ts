/**
 * Support looks at somebody's account, without their password and never unseen: a session of ten minutes that can read
 * and nothing else. Its token is for an audience of its own, which the guards of reading routes alone accept. The person
 * is told, sees it among their sessions and can end it.
 */
import { sql } from "drizzle-orm";
import { signAccessToken } from "../../crypto/access-token.ts";
import { createOneTimeToken } from "../../crypto/one-time-token.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import type { Actor } from "../access/actor.ts";
import { asAdmin, mayChangeUser } from "../access/authority.ts";
import { ADMIN_GROUPS } from "../access/permissions.ts";
import { happened } from "../events/happened.ts";

export const IMPERSONATION_SECONDS = 600;

/** No other verifier has this audience, so no other Worker takes the person's place for the person. */
export const impersonationAudience = (issuer: string) => `${issuer}/impersonation`;

export interface Impersonation {
  token: string;
  /** Seconds until it expires; there is no refresh token. */
  expiresIn: number;
  sessionId: string;
}

/**
 * One trip. @throws AppError not_found, also for a disabled account; above_you for whoever has a permission over this
 * service, oneself included.
 */
export async function impersonate(
  platform: Platform,
  actor: Actor,
  { userId, reason }: { userId: number; reason: string },
): Promise<Impersonation> {
  const { db, client, config } = platform;
  const sessionId = crypto.randomUUID();
  // Nobody has it: the session can't be refreshed.
  const { tokenHash } = await createOneTimeToken();
  const issuedAt = new Date();
  const held = sql`jsonb_array_elements_text(permissions_of(${userId}::int)) as held(permission)`;
  const administers = sql`exists (select from ${held} where split_part(held.permission, ':', 1) = any(${sql.param(ADMIN_GROUPS)}::text[]))`;
  const { found } = await asAdmin(
    platform,
    actor,
    {
      allowed: db.execute(mayChangeUser(actor, userId)),
      found: db.execute<{ isActive: boolean; administers: boolean; roleId: number }>(sql`
        select is_active as "isActive", ${administers} as administers, role_id as "roleId" from users where id = ${userId}`),
      // Never fresh, and nothing shown.
      opened: db.execute(sql`
        insert into refresh_tokens (user_id, session_id, token, methods, authenticated_at, ip_address, user_agent, country, city, expires_at, impersonator_id)
        select id, ${sessionId}::uuid, ${tokenHash}, '{}', 'epoch', null, null, null, null,
          now() + make_interval(secs => ${IMPERSONATION_SECONDS}::int), ${actor.userId}
        from users where id = ${userId} and is_active and not ${administers}`),
      ...happened(platform, {
        event: "user.impersonated",
        userId,
        actorId: actor.userId,
        metadata: { sessionId, reason },
        where: sql`exists (select from refresh_tokens where session_id = ${sessionId}::uuid)`,
        facts: { data: { sessionId } },
      }),
    },
    userId,
  );
  const account = found.rows[0]!;
  if (account.administers) throw new AppError("above_you");
  if (!account.isActive) throw new AppError("not_found");
  const { token } = await signAccessToken(await platform.keySet(), {
    issuer: config.ISSUER,
    audience: impersonationAudience(config.ISSUER),
    subject: String(userId),
    sessionId,
    role: account.roleId,
    permissions: [],
    amr: [],
    authenticatedAt: new Date(0),
    ttlSeconds: IMPERSONATION_SECONDS,
    now: issuedAt,
    actor: String(actor.userId),
  });
  platform.log("impersonated", { requestId: client.requestId, userId, actorId: actor.userId });
  return { token, expiresIn: IMPERSONATION_SECONDS, sessionId };
}
