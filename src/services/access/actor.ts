/**
 * One account, one act at a time. A statement that waits for a lock goes on with the snapshot that it took before it
 * waited, and so does not see what it waited for. So whatever changes something of an account locks the account's row
 * first, in a statement of its own: each later statement of the batch sees all that was committed before. Whether the
 * session may act is asked after the lock, for the same reason.
 *
 * Locks are taken in this order everywhere: administration, users by ascending id, roles, refresh_tokens, the other tables
 * by name, the order of a user's notifications, and last of all, in a statement of its own, the audit log.
 */
import { sql, type SQL } from "drizzle-orm";
import type { Results, Statement, Statements } from "../../db/client.ts";
import type { Platform } from "../../platform/index.ts";
import { sendNow, type OutboxRow } from "../events/outbox.ts";
import { totpGroups } from "./permissions.ts";

/** How long after its authentication a session may change how one gets in. */
export const FRESH_FOR_SECONDS = 600;

/** On whose behalf a request acts, and what its route asks of them. */
export interface Actor {
  userId: number;
  sessionId: string;
  permission?: string;
  fresh?: boolean;
  changesFactors?: boolean;
}

/** Statement: undoes its batch unless the session lives and meets what is asked (drizzle/functions/assert_session.sql). */
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
 * An act for a live session: runs all of `statements` under the lock of its account, or none of them.
 * @throws AppError invalid_token, forbidden, two_factor_required or reauthentication_required, as the database's SQLSTATE says.
 */
export function asActor<const Named extends Statements>(
  platform: Platform,
  actor: Actor,
  statements: Named,
): Promise<Results<Named>> {
  return runAct(platform, statements, lockedActor(platform, actor, [actor.userId]));
}

/** The first statements of an act: these accounts locked, the actor's among them, and then the session asked. */
export function lockedActor(platform: Platform, actor: Actor, userIds: number[]): Statement[] {
  const { db } = platform;
  return [
    db.execute(lockAccounts(sql`u.id = any(${sql.param(userIds)}::int[])`)),
    db.execute(assertSession(platform, actor)),
  ];
}

/** What changes nothing of an account: the session is asked, and nothing is locked. Throws as `asActor` does. */
export function readAs<const Named extends Statements>(
  platform: Platform,
  actor: Actor,
  statements: Named,
): Promise<Results<Named>> {
  return platform.db.batch(statements, [platform.db.execute(assertSession(platform, actor))]);
}

/**
 * An act without a session, by whoever holds a link, a code or a refresh token: `whose` selects the accounts from
 * `users u`. What the holder may do is for `statements` to ask, under the lock.
 */
export function asAccount<const Named extends Statements>(
  platform: Platform,
  whose: SQL,
  statements: Named,
): Promise<Results<Named>> {
  return runAct(platform, statements, [platform.db.execute(lockAccounts(whose))]);
}

/** One batch; once it is committed, what `outbox` has written is sent. */
export async function runAct<const Named extends Statements>(
  platform: Platform,
  statements: Named,
  first: readonly Statement[],
): Promise<Results<Named>> {
  const results = await platform.db.batch(statements, first);
  sendNow(platform, (results as { outbox?: { rows: OutboxRow[] } }).outbox?.rows);
  return results;
}
