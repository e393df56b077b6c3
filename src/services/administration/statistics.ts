/** The figures of the service: how many accounts and sessions there are, and what happened day by day. */
import { sql } from "drizzle-orm";
import { isoTime } from "../../db/iso-time.ts";
import type { Platform } from "../../platform/index.ts";
import { readAs, type Actor } from "../access/actor.ts";

/** The figures at `countedAt`. */
interface Totals {
  /** Accounts that are not deleted, including disabled ones. */
  users: number;
  disabledUsers: number;
  /** Deleted, not yet purged. */
  deletedUsers: number;
  /** Accounts with a second factor on. */
  twoFactorUsers: number;
  /** Accounts with a passkey; missing in a count by the release before. */
  passkeyUsers?: number;
  liveSessions: number;
}

/**
 * Logins are successful ones, including registrations. Failures are wrong passwords or codes, and refusals while
 * locked.
 */
interface Day extends Record<string, unknown> {
  /** In UTC. */
  date: string;
  signUps: number;
  logins: number;
  failures: number;
}

/** Statement: continues the count (drizzle/functions/count_statistics.sql). */
export const countStatistics = sql`select count_statistics()`;

/** Statement: goes on with the totals, and says whether they are complete (drizzle/functions/count_totals.sql). */
export const countTotals = sql`select count_totals() as complete`;

const LAST_COUNT = sql`daily_statistics order by day desc limit 1`;

/** @param period days in UTC, `YYYY-MM-DD`, both included. */
export async function getStatistics(platform: Platform, actor: Actor, period: { from: string; to: string }) {
  const { db } = platform;
  // The days are current to the second: events since the last count are added, by index.
  const uncounted = sql`created_at >= (select since from uncounted) and created_at < (select until from uncounted)`;
  const day = sql`(created_at at time zone 'UTC')::date`;
  const { last, days } = await readAs(platform, actor, {
    counted: db.execute(countStatistics),
    last: db.execute<{ totals: Totals; countedAt: string }>(
      sql`select totals, totals_at as "countedAt" from ${LAST_COUNT}`,
    ),
    days: db.execute<Day>(sql`
      with uncounted as (
        select greatest(counted_until, ${period.from}::timestamp at time zone 'UTC') as since,
          (${period.to}::timestamp + interval '1 day') at time zone 'UTC' as until
        from ${LAST_COUNT}
      ), events as (
        select day, sign_ups, logins, failures from daily_statistics
        where day between ${period.from}::date and ${period.to}::date
        union all
        select ${day}, count(*), 0, 0 from users where ${uncounted} group by 1
        union all
        select ${day}, 0, count(*) filter (where outcome = 'success'), count(*) filter (where outcome in ('failure', 'locked'))
        from login_history where ${uncounted} group by 1
      )
      select to_char(day, 'YYYY-MM-DD') as date, coalesce(sum(sign_ups), 0)::int as "signUps",
        coalesce(sum(logins), 0)::int as logins, coalesce(sum(failures), 0)::int as failures
      from (select day::date from generate_series(${period.from}::timestamp, ${period.to}::timestamp, interval '1 day') day) days
      left join events using (day)
      group by day order by day`),
  });
  const { totals, countedAt } = last.rows[0]!;
  const { users, twoFactorUsers, passkeyUsers = 0 } = totals;
  const shareOf = (some: number) => (users > 0 ? some / users : 0);
  return {
    totals: { ...totals, passkeyUsers, twoFactorShare: shareOf(twoFactorUsers), passkeyShare: shareOf(passkeyUsers) },
    countedAt: isoTime(countedAt),
    days: days.rows,
  };
}
