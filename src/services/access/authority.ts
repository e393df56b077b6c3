/**
 * The rules of administration: nobody grants what they lack or changes someone above them. Acts of administration run
 * one at a time, so that none rests on an authority that another is taking away; that an admin remains is a trigger's.
 */
import { sql, type SQL } from "drizzle-orm";
import type { Results, Statements } from "../../db/client.ts";
import type { Platform } from "../../platform/index.ts";
import { assertSession, lockedActor, runAct, type Actor } from "./actor.ts";

/**
 * `asActor` under the lock of administration, with the account `target` locked as well. The session is asked first, so
 * that a stranger never holds that lock, and again under it, when what the act before it did is seen.
 * @throws AppError as asActor does, and what the rules among `statements` raise.
 */
export function asAdmin<const Named extends Statements>(
  platform: Platform,
  actor: Actor,
  statements: Named,
  target?: number,
): Promise<Results<Named>> {
  const { db } = platform;
  const accounts = target === undefined ? [actor.userId] : [actor.userId, target];
  return runAct(platform, statements, [
    db.execute(assertSession(platform, actor)),
    db.execute(sql`select pg_advisory_xact_lock(hashtext('administration'))`),
    ...lockedActor(platform, actor, accounts),
  ]);
}

/** The account, which is locked, must exist, deleted or not as asked, and hold no permission that the actor lacks. */
export function mayChangeUser(actor: Actor, userId: number, { deleted = false } = {}): SQL {
  return sql`select assert_may_change_user(${actor.userId}::int, ${userId}::int, ${deleted}::boolean)`;
}

/** Locks the role; it must exist and hold no permission that the actor lacks. */
export function mayChangeRole(actor: Actor, roleId: number, { renamedOrDeleted = false } = {}): SQL {
  return sql`select assert_may_change_role(${actor.userId}::int, ${roleId}::int, ${renamedOrDeleted}::boolean)`;
}

export function mayGrant(actor: Actor, permissions: string[]): SQL {
  return sql`select assert_may_grant(${actor.userId}::int, ${JSON.stringify(permissions)}::jsonb)`;
}

/** What registration, invitations and imports give where nothing else is said: the default of the column. */
const ROLE_OF_NEW_ACCOUNTS = 0;

/** Whoever registers has what that role holds: more of it is only for somebody who holds everything to give. */
export function mayWidenRole(actor: Actor, roleId: number, permissions: string[]): SQL {
  const wanted = JSON.stringify(permissions);
  return sql`
    select assert_may_grant(${actor.userId}::int, '["*"]'::jsonb) from roles
    where id = ${roleId}::int and id = ${ROLE_OF_NEW_ACCOUNTS}::int and not holds_all(permissions, ${wanted}::jsonb)`;
}

/** Nothing to ask where no role is given. */
export function mayGrantRole(actor: Actor, roleId: number | undefined): SQL {
  const granted = sql`${roleId ?? null}::int`;
  return sql`select assert_may_grant_role(${actor.userId}::int, ${granted}) where ${granted} is not null`;
}
