/**
 * One account, one act at a time. A statement that waits for a lock continues with the snapshot from before the wait,
 * so it doesn't see the changes that it waited for. So every change to an account first locks the account's row, in a
 * statement of its own: each later statement of the batch sees everything committed before. For the same reason the
 * session is checked after the lock.
 *
 * Locks are taken in this order everywhere: administration, identities to be linked, users by ascending id, the addresses of mails, roles,
 * refresh_tokens, the other tables by name, the order of a user's notifications, and last of all, in a statement of
 * its own, the audit log.
 */
import { sql, type SQL } from "drizzle-orm";
import type { Results, Statement, Statements } from "../../db/client.ts";
import type { Platform } from "../../platform/index.ts";
import { sendNow, type OutboxRow } from "../events/outbox.ts";
import { totpGroups } from "./permissions.ts";

/** How long after authenticating a session may change how its user signs in. */
export const FRESH_FOR_SECONDS = 600;

/** The user a request acts for, and what its route requires of them. */
export interface Actor {
  userId: number;
  sessionId: string;
  permission?: string;
  fresh?: boolean;
  changesFactors?: boolean;
}

/**
 * Statement: undoes its batch unless the session is alive and meets the requirements
 * (drizzle/functions/assert_session.sql).
 */
export function assertSession(platform: Platform, actor: Actor): SQL {
  const { userId, sessionId, permission, fresh, changesFactors } = actor;
  const maxAge = fresh ? sql`make_interval(secs => ${FRESH_FOR_SECONDS}::int)` : sql`null`;
  return sql`select assert_session(${sessionId}::uuid, ${userId}::int, ${permission ?? null}, ${maxAge},
    ${sql.param(totpGroups(platform))}::text[])
    ${changesFactors ? sql`, assert_may_change_factors(${sessionId}::uuid)` : sql``}`;
}

/** Statement: locks the accounts that `whose` selects from `users u`, whatever their state. */
export function lockAccounts(whose: SQL): SQL {
  return sql`select u.id from users u where ${whose} order by u.id for no key update`;
}

/**
 * An act by a live session: runs all of `statements` under its account's lock, or none of them.
 * @throws AppError invalid_token, forbidden, two_factor_required or reauthentication_required, by the database's
 * SQLSTATE.
 */
export function asActor<const Named extends Statements>(
  platform: Platform,
  actor: Actor,
  statements: Named,
): Promise<Results<Named>> {
  return runAct(platform, statements, lockedActor(platform, actor, [actor.userId]));
}

/** The first statements of an act: lock these accounts, including the actor's, then check the session. */
export function lockedActor(platform: Platform, actor: Actor, userIds: number[]): Statement[] {
  const { db } = platform;
  return [
    db.execute(lockAccounts(sql`u.id = any(${sql.param(userIds)}::int[])`)),
    db.execute(assertSession(platform, actor)),
  ];
}

/** For statements that change no account: checks the session and locks nothing. Throws like `asActor`. */
export function readAs<const Named extends Statements>(
  platform: Platform,
  actor: Actor,
  statements: Named,
): Promise<Results<Named>> {
  return platform.db.batch(statements, [platform.db.execute(assertSession(platform, actor))]);
}

/**
 * An act without a session, by somebody with a link, a code or a refresh token: `whose` selects the accounts from
 * `users u`. `statements` check, under the lock, what the holder may do.
 */
export function asAccount<const Named extends Statements>(
  platform: Platform,
  whose: SQL,
  statements: Named,
): Promise<Results<Named>> {
  return runAct(platform, statements, [platform.db.execute(lockAccounts(whose))]);
}

/** Runs one batch; after the commit, sends what it wrote to `outbox`. */
export async function runAct<const Named extends Statements>(
  platform: Platform,
  statements: Named,
  first: readonly Statement[],
): Promise<Results<Named>> {
  const results = await platform.db.batch(statements, first);
  sendNow(platform, (results as { outbox?: { rows: OutboxRow[] } }).outbox?.rows);
  return results;
}
