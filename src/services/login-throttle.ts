/**
 * The exact layer of the brute-force protection: a guess is counted before it is looked at, in the statement that
 * reads the account, so that parallel guesses can't outrun the count. Known and unknown addresses are alike.
 */
import { sql, type SQL } from "drizzle-orm";
import { AppError } from "../errors.ts";
import type { Platform } from "../platform/index.ts";

/** From this consecutive failure on there is a wait: 1 s, doubling, at most 15 minutes. */
const FREE_FAILURES = 5;
const MAX_WAIT_SECONDS = 900;

/** The key of a throttle: of an address, known or not, or of a signed-in account that proves itself again. */
export function throttleKey(platform: Platform, subject: { email: string } | { userId: number }): Promise<string> {
  return platform.secrets.keyedHash("throttle-key", "email" in subject ? subject.email : `account:${subject.userId}`);
}

/** CTE body: counts one attempt and returns a row, or returns none while a wait is running. */
export function reserveAttempt(key: string): SQL {
  const failures = sql`case when t.last_failed_at > now() - interval '24 hours' then t.failures + 1 else 1 end`;
  return sql`
    insert into login_throttles as t (key, failures, last_failed_at) values (${key}, 1, now())
    on conflict (key) do update set
      failures = ${failures},
      locked_until = case when ${failures} >= ${FREE_FAILURES}::int
        then now() + make_interval(secs => least(power(2, least(${failures} - ${FREE_FAILURES}::int, 20)), ${MAX_WAIT_SECONDS}::int)) end,
      last_failed_at = now(),
      updated_at = now()
    where t.locked_until is null or t.locked_until <= now()
    returning t.failures`;
}

/** Seconds until the next attempt, for `Retry-After`; of use where `reserveAttempt` returned no row. */
export function remainingWait(key: string): SQL {
  return sql`(select ceil(extract(epoch from locked_until - now()))::int from login_throttles where key = ${key})`;
}

/** CTE or statement body: success gives the attempts back. */
export function clearAttempts(key: string): SQL {
  return sql`delete from login_throttles where key = ${key}`;
}

export function tooManyAttempts(waitSeconds: number | null): AppError {
  const seconds = Math.min(Math.max(waitSeconds ?? 1, 1), MAX_WAIT_SECONDS);
  return new AppError("too_many_attempts", { headers: { "Retry-After": String(seconds) } });
}
