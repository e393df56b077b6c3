/**
 * The rules of administration: nobody grants permissions that they lack, or changes an account above them.
 * Administrative acts run one at a time, so that none relies on authority that another is removing; a trigger makes
 * sure that an administrator remains.
 */
import { sql, type SQL } from "drizzle-orm";
import type { Results, Statement, Statements } from "../../db/client.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { assertSession, lockedActor, runAct, type Actor } from "./actor.ts";
import { administers } from "./permissions.ts";

/** Statement: the lock of administration, first of all locks. */
export const takeAdministration: SQL = sql`select pg_advisory_xact_lock(hashtext('administration'))`;

/**
 * `asActor` under the administration lock, with the account `target` locked as well. The session is checked before the
 * lock, so that a stranger never holds it, and again under the lock, to see the effects of the act before.
 * @param turns what is taken between the two locks.
 * @throws AppError like asActor, and the errors of the rules among `statements`.
 */
export function asAdmin<const Named extends Statements>(
  platform: Platform,
  actor: Actor,
  statements: Named,
  target?: number,
  turns: Statement[] = [],
): Promise<Results<Named>> {
  const { db } = platform;
  const accounts = target === undefined ? [actor.userId] : [actor.userId, target];
  return runAct(platform, statements, [
    db.execute(assertSession(platform, actor)),
    db.execute(takeAdministration),
    ...turns,
    ...lockedActor(platform, actor, accounts),
  ]);
}

/** The locked account must exist, be deleted or not as required, and have no permission that the actor lacks. */
export function mayChangeUser(actor: Actor, userId: number, { deleted = false } = {}): SQL {
  return sql`select assert_may_change_user(${actor.userId}::int, ${userId}::int, ${deleted}::boolean)`;
}

/** Locks the role; it must exist and have no permission that the actor lacks. */
export function mayChangeRole(actor: Actor, roleId: number, { renamedOrDeleted = false } = {}): SQL {
  return sql`select assert_may_change_role(${actor.userId}::int, ${roleId}::int, ${renamedOrDeleted}::boolean)`;
}

export function mayGrant(actor: Actor, permissions: string[]): SQL {
  return sql`select assert_may_grant(${actor.userId}::int, ${JSON.stringify(permissions)}::jsonb)`;
}

/** No key or application administers this service: its own routes take none. @throws AppError not_grantable */
export function refuseAdministration(permissions: string[] = []): void {
  if (permissions.some(administers)) throw new AppError("not_grantable");
}

/** The default role of registration, invitations and imports: the column's default. */
const ROLE_OF_NEW_ACCOUNTS = 0;

/** Everyone who registers gets this role's permissions: only somebody with all permissions may add to it. */
export function mayWidenRole(actor: Actor, roleId: number, permissions: string[]): SQL {
  const wanted = JSON.stringify(permissions);
  return sql`
    select assert_may_grant(${actor.userId}::int, '["*"]'::jsonb) from roles
    where id = ${roleId}::int and id = ${ROLE_OF_NEW_ACCOUNTS}::int and not holds_all(permissions, ${wanted}::jsonb)`;
}

/** Without a role there is nothing to check. */
export function mayGrantRole(actor: Actor, roleId: number | undefined): SQL {
  const granted = sql`${roleId ?? null}::int`;
  return sql`select assert_may_grant_role(${actor.userId}::int, ${granted}) where ${granted} is not null`;
}
