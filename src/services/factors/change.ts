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

interface FactorChange<Found extends Record<string, unknown>> {
  /** Statement that takes effect whether or not the change succeeds; `otherwise` is given its row. */
  before?: Statement<Found>;
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
  otherwise: (found: Found | undefined) => AppError;
}

/** The row of `before`, and the results of what was entailed, by name. */
type Changed<Found> = Record<string, { rows: unknown[] }> & { found: Found | undefined };

/** One trip. */
export async function changeFactors<Found extends Record<string, unknown>>(
  platform: Platform,
  actor: Actor,
  input: FactorChange<Found>,
): Promise<Changed<Found>> {
  const { db } = platform;
  const { userId, sessionId } = actor;
  const { event, data = {}, proof } = input;
  const keepsSessions = !kindOf(event).ends;
  const done = sql`${remembered}::boolean`;
  const own = sql`user_id = ${userId} and ${done}`;
  const entailed: Record<string, Statement> = Object.fromEntries(
    Object.entries(input.entails?.(done) ?? {}).map(([name, statement]) => [name, db.execute(statement)]),
  );
  const { before, changed, ...results } = await asActor(platform, actor, {
    before: input.before,
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
  const found = before?.rows[0];
  if (changed.rows[0]!.done !== "true") throw input.otherwise(found);
  return { ...results, found } as unknown as Changed<Found>;
}
