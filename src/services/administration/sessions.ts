/** An administrator ends one session of somebody's account. */
import { sql } from "drizzle-orm";
import { writtenHere } from "../../db/batch.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import type { Actor } from "../access/actor.ts";
import { asAdmin, mayChangeUser } from "../access/authority.ts";
import { happened } from "../events/happened.ts";
import { revokeSessions } from "../sessions/session.ts";

/** @throws AppError not_found if the account has no such live session. */
export async function endUserSession(
  platform: Platform,
  actor: Actor,
  { userId, sessionId }: { userId: number; sessionId: string },
): Promise<void> {
  const { db } = platform;
  const which = sql`user_id = ${userId} and session_id = ${sessionId}::uuid`;
  const { ended } = await asAdmin(
    platform,
    actor,
    {
      allowed: db.execute(mayChangeUser(actor, userId)),
      ended: db.execute(sql`${revokeSessions("revoked_by_admin", which)} returning session_id`),
      ...happened(platform, {
        event: "session.revoked_by_admin",
        userId,
        actorId: actor.userId,
        target: ["session", sessionId],
        metadata: { userId },
        where: sql`exists (select from refresh_tokens where ${which} and ${writtenHere("refresh_tokens")})`,
        facts: { sessionIds: [sessionId] },
      }),
    },
    userId,
  );
  if (ended.rows.length === 0) throw new AppError("not_found");
}
