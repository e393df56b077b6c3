/** An account without a password: there is nothing left to phish, guess or find in a breach. */
import { sql } from "drizzle-orm";
import { remember, remembered } from "../../db/batch.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { asActor, type Actor } from "../access/actor.ts";
import { happened } from "../events/happened.ts";
import { revokeSessions } from "../sessions/session.ts";
import { killOneTimeTokens } from "./one-time-tokens.ts";

/**
 * One trip. Needs a passkey that outlives a lost device: one with a backup, or two. A reset by mail gives the account a
 * password again, after which the login still asks for a passkey.
 * @throws AppError last_way_in, not_found without a password
 */
export async function removePassword(platform: Platform, actor: Actor): Promise<void> {
  const { userId, sessionId } = actor;
  const { db } = platform;
  const done = sql`${remembered}::boolean`;
  const own = sql`user_id = ${userId} and ${done}`;
  const { before, removed } = await asActor(platform, actor, {
    before: db.execute<{ isSet: boolean }>(
      sql`select password_hash is not null as "isSet" from users where id = ${userId}`,
    ),
    removed: db.execute<{ done: string }>(sql`
      with removed as (
        update users set password_hash = null, updated_at = now()
        where id = ${userId} and password_hash is not null and (
          select count(*) > 1 or coalesce(bool_or(p.backed_up), false) from passkeys p
          where p.user_id = ${userId} and p.signs_in)
        returning id
      )
      select ${remember(sql`exists (select from removed)`)} as done`),
    ended: db.execute(revokeSessions("password_removed", sql`${own} and session_id <> ${sessionId}::uuid`)),
    killed: db.execute(killOneTimeTokens(own)),
    ...happened(platform, { event: "password.removed", userId, where: done, facts: { exceptSessionId: sessionId } }),
  });
  if (removed.rows[0]!.done === "true") return;
  throw new AppError(before.rows[0]!.isSet ? "last_way_in" : "not_found");
}
