/** The figures of the service: how many accounts and sessions there are, and what happened day by day. */
import { sql } from "drizzle-orm";
import type { Platform } from "../platform/index.ts";
import { asActor, type Actor } from "./sessions.ts";

interface Totals extends Record<string, unknown> {
  /** Accounts not deleted, the disabled ones included. */
  users: number;
  disabledUsers: number;
  /** Deleted, not yet purged. */
  deletedUsers: number;
  /** Accounts with a second factor on. */
  twoFactorUsers: number;
  liveSessions: number;
}

/** Logins are successful ones, a registration included. Failures are wrong passwords or codes, and refusals while locked. */
interface Day extends Record<string, unknown> {
  /** In UTC. */
  date: string;
  signUps: number;
  logins: number;
  failures: number;
}

/** @param period days in UTC, `YYYY-MM-DD`, both included. */
export async function getStatistics(platform: Platform, actor: Actor, period: { from: string; to: string }) {
  const { db } = platform;
  const within = sql`created_at >= ${period.from}::timestamp at time zone 'UTC'
    and created_at < (${period.to}::timestamp + interval '1 day') at time zone 'UTC'`;
  const day = sql`(created_at at time zone 'UTC')::date`;
  const [totals, days] = await asActor(platform, actor, [
    db.execute<Totals>(sql`
      select (select count(*)::int from users where deleted_at is null) as users,
        (select count(*)::int from users where deleted_at is null and not is_active) as "disabledUsers",
        (select count(*)::int from users where deleted_at is not null) as "deletedUsers",
        (select count(distinct m.user_id)::int from two_factor_methods m
          join users u on u.id = m.user_id and u.deleted_at is null
          where m.confirmed_at is not null) as "twoFactorUsers",
        (select count(*)::int from refresh_tokens where expires_at > now() and revoked_at is null) as "liveSessions"`),
    db.execute<Day>(sql`
      with sign_ups as (
        select ${day} as day, count(*)::int as sign_ups from users where ${within} group by 1
      ), attempts as (
        select ${day} as day,
          (count(*) filter (where outcome = 'success'))::int as logins,
          (count(*) filter (where outcome in ('failure', 'locked')))::int as failures
        from login_history where ${within} group by 1
      )
      select to_char(day, 'YYYY-MM-DD') as date, coalesce(sign_ups, 0) as "signUps", coalesce(logins, 0) as logins,
        coalesce(failures, 0) as failures
      from (select day::date from generate_series(${period.from}::timestamp, ${period.to}::timestamp, interval '1 day') day) days
      left join sign_ups using (day) left join attempts using (day)
      order by day`),
  ]);
  const { twoFactorUsers, ...counted } = totals.rows[0]!;
  return {
    totals: { ...counted, twoFactorUsers, twoFactorShare: counted.users > 0 ? twoFactorUsers / counted.users : 0 },
    days: days.rows,
  };
}
