/** What every change of the second factors entails: audited and told, challenges dead, the other sessions over. */
import { sql, type SQL } from "drizzle-orm";
import type { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { auditStatement } from "../events/audit.ts";
import { afterNotice, noticeStatement, type Notice } from "../events/notices.ts";
import { killOneTimeTokens } from "../accounts/one-time-tokens.ts";
import { afterSessionsEnded, asActor, revokeSessions, type Actor } from "../sessions/session.ts";

interface FactorChange {
  /** A statement that stands whether or not the change comes about. */
  before?: SQL;
  /** CTEs of which `changed` has one row, with `user_id`, if the change came about. */
  change: SQL;
  notice: Notice;
  /** For the audit log. */
  action: string;
  keepsSessions?: boolean;
  /** What to throw where it did not come about. */
  otherwise: () => AppError;
}

/** One trip. */
export async function changeFactors(platform: Platform, actor: Actor, input: FactorChange): Promise<void> {
  const { userId, sessionId } = actor;
  const { notice, action } = input;
  const owner = sql`(select user_id from changed)`;
  const others = sql`user_id = ${owner} and session_id <> ${sessionId}::uuid and ${!input.keepsSessions}`;
  const entry = { actorId: userId, action, targetType: "user", targetId: userId, metadata: { ...notice.data } };
  const [, , outcome] = await asActor(platform, actor, [
    // A login of this account waits here, and then sees the change.
    platform.db.execute(sql`select id from users where id = ${userId} for no key update`),
    platform.db.execute(input.before ?? sql`select 1`),
    platform.db.execute(sql`
      with ${input.change},
      ended as (${revokeSessions("two_factor_changed", others)}),
      killed as (${killOneTimeTokens(sql`user_id = ${owner} and purpose in ('login_challenge', 'email_code')`)}),
      noticed as (${noticeStatement(notice, sql`u.id = ${owner}`)}),
      audited as (${auditStatement(platform, entry, sql`exists (select from changed)`)})
      select user_id from changed`),
  ]);
  if (outcome.rows.length === 0) throw input.otherwise();
  if (!input.keepsSessions) afterSessionsEnded(platform, { userId, exceptSessionId: sessionId });
  afterNotice(platform, userId, notice);
}
