/**
 * The consequences of every change of second factors: audited and told, challenges invalidated, the other sessions
 * ended.
 */
import { sql, type SQL } from "drizzle-orm";
import { remember, remembered } from "../../db/batch.ts";
import type { Statement } from "../../db/client.ts";
import type { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { kindOf, type EventName } from "../events/catalogue.ts";
import { happened } from "../events/happened.ts";
import { killOneTimeTokens } from "../accounts/one-time-tokens.ts";
import { asActor, type Actor } from "../access/actor.ts";
import { revokeSessions } from "../sessions/session.ts";

interface FactorChange {
  /** A statement that takes effect whether or not the change succeeds. */
  before?: SQL;
  /** CTE body, named `proof`, for `change` to use. */
  proof?: SQL;
  /** CTE body: one row if the change succeeds. */
  change: SQL;
  /** Further statements, if `done` holds. */
  entails?: (done: SQL) => Record<string, SQL>;
  event: EventName;
  /** For the owner and the audit log. */
  data?: Record<string, string>;
  /** The error if it fails. */
  otherwise: () => AppError;
}

/** One trip. */
export async function changeFactors(platform: Platform, actor: Actor, input: FactorChange): Promise<void> {
  const { db } = platform;
  const { userId, sessionId } = actor;
  const { event, data = {}, proof } = input;
  const keepsSessions = !kindOf(event).ends;
  const done = sql`${remembered}::boolean`;
  const own = sql`user_id = ${userId} and ${done}`;
  const entailed: Record<string, Statement> = Object.fromEntries(
    Object.entries(input.entails?.(done) ?? {}).map(([name, statement]) => [name, db.execute(statement)]),
  );
  const { changed } = await asActor(platform, actor, {
    before: input.before && db.execute(input.before),
    changed: db.execute<{ done: string }>(sql`
      with ${proof ? sql`proof as (${proof}),` : sql``} changed as (${input.change})
      select ${remember(sql`exists (select from changed)`)} as done`),
    ended: keepsSessions
      ? undefined
      : db.execute(revokeSessions("two_factor_changed", sql`${own} and session_id <> ${sessionId}::uuid`)),
    killed: db.execute(killOneTimeTokens(sql`${own} and purpose in ('login_challenge', 'email_code')`)),
    ...entailed,
    ...happened(platform, { event, userId, where: done, facts: { data, exceptSessionId: sessionId } }),
  });
  if (changed.rows[0]!.done !== "true") throw input.otherwise();
}
