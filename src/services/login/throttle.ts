/**
 * The exact layer of the brute-force protection: a guess is counted before it is checked, in the statement that reads
 * the account, so that parallel guesses can't outrun the count. Known and unknown addresses are treated alike.
 */
import { sql, type SQL } from "drizzle-orm";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";

interface Policy {
  /** From this consecutive failure on, attempts have to wait: first this long, then doubling up to the maximum. */
  freeFailures: number;
  firstWaitSeconds: number;
  maxWaitSeconds: number;
  /** Every n-th attempt is followed by a longer wait. */
  pause?: { every: number; seconds: number };
}

export const POLICIES = {
  password: { freeFailures: 5, firstWaitSeconds: 1, maxWaitSeconds: 900 },
  /** Few codes are valid at any time, but there are only a million: ten failures, then one guess per 15 minutes. */
  second_factor: { freeFailures: 10, firstWaitSeconds: 900, maxWaitSeconds: 900 },
  /** Counts mails, not guesses: one a minute, and ten in no less than an hour. */
  mail: { freeFailures: 1, firstWaitSeconds: 60, maxWaitSeconds: 60, pause: { every: 10, seconds: 3600 } },
  /**
   * Each goes to another address: after a typo the owner may try again, but somebody who mails strangers soon waits for
   * hours.
   */
  email_change: { freeFailures: 3, firstWaitSeconds: 60, maxWaitSeconds: 3600 },
} satisfies Record<string, Policy>;

/** The longest `Retry-After`. */
const MAX_WAIT_SECONDS = 3600;

/** The key of a throttle: of an address, known or not, or of a signed-in account that reauthenticates. */
export function throttleKey(platform: Platform, subject: { email: string } | { userId: number }): Promise<string> {
  return platform.secrets.keyedHash("throttle-key", "email" in subject ? subject.email : `account:${subject.userId}`);
}

/** The key of the mails that strangers may cause to an address, with or without an account. */
export function mailedAddressKey(platform: Platform, email: string): Promise<string> {
  return platform.secrets.keyedHash("throttle-key", `mail:${email}`);
}

/** The key of the guesses at the codes that an address gets to sign in, with or without an account. */
export function loginCodeKey(platform: Platform, email: string): Promise<string> {
  return platform.secrets.keyedHash("throttle-key", `code:${email}`);
}

/** The key of the address changes that one account requests. */
export function emailChangeKey(userId: number): string {
  return `email-change:${userId}`;
}

/**
 * The keys of a known device: it has its own count, separate from strangers' failures. Derived from stored values, so
 * that an account's keys can be found.
 */
const DEVICE_KEYS = { password: "pwd:", second_factor: "2fa:", login_code: "code:" } as const;

/** The key of the guesses at the password of `account` (a column), or at its codes, from a device that it knows. */
export function deviceThrottleKey(
  account: SQL,
  deviceHash: string,
  policy: "password" | "login_code" = "password",
): SQL {
  return sql`${DEVICE_KEYS[policy]}::text || ${account}::text || ':' || ${deviceHash}::text`;
}

/** The key of the guesses at an account's second factor, over all its challenges; a known device has its own. */
export function secondFactorKey(userId: number, deviceHash: string | null): string {
  return `${DEVICE_KEYS.second_factor}${userId}${deviceHash === null ? "" : `:${deviceHash}`}`;
}

/** Selects the throttles of an account's known devices, for its password and its second factor. */
export function ofKnownDevices(userId: number, policies: (keyof typeof DEVICE_KEYS)[]): SQL {
  return sql`key in (
    select prefix || d.user_id::text || ':' || d.device
    from known_devices d cross join unnest(${sql.param(policies.map((policy) => DEVICE_KEYS[policy]))}::text[]) as prefix
    where d.user_id = ${userId})`;
}

/**
 * CTE body: counts one attempt for each `key` (a value, or a query of one column `key`) and returns a row, or none
 * during a wait.
 */
export function reserveAttempt(key: string | SQL, policyName: keyof typeof POLICIES = "password"): SQL {
  const { freeFailures, firstWaitSeconds, maxWaitSeconds, pause }: Policy = POLICIES[policyName];
  const keys = typeof key === "string" ? sql`select ${key}::text as key` : key;
  const failures = sql`case when t.last_failed_at > now() - interval '24 hours' then t.failures + 1 else 1 end`;
  const seconds = sql`least(
    ${firstWaitSeconds}::int * power(2, least(greatest(failed - ${freeFailures}::int, 0), 20)), ${maxWaitSeconds}::int)`;
  const wait = pause
    ? sql`case when failed % ${pause.every}::int = 0 then ${pause.seconds}::int else ${seconds} end`
    : seconds;
  const lockedUntil = (failed: SQL) => sql`(
    select case when failed >= ${freeFailures}::int then now() + make_interval(secs => ${wait}) end
    from (select ${failed} as failed) as count)`;
  return sql`
    insert into login_throttles as t (key, failures, last_failed_at, locked_until)
    select source.key, 1, now(), ${lockedUntil(sql`1`)} from (${keys}) as source
    on conflict (key) do update set
      failures = ${failures},
      locked_until = ${lockedUntil(failures)},
      last_failed_at = now(),
      refused_at = null,
      updated_at = now()
    where t.locked_until is null or t.locked_until <= now()
    returning t.failures`;
}

/**
 * Seconds until the next attempt, for `Retry-After`; used when `reserveAttempt` returned no row. Its lock reads the row
 * as the previous attempt left it, whereas the statement's snapshot has the old one; a row created meanwhile is in no
 * snapshot, and its wait is the first.
 */
export function remainingWait(key: string | SQL, policyName: keyof typeof POLICIES = "password"): SQL {
  return sql`coalesce(
    (select ceil(extract(epoch from locked_until - now()))::int from login_throttles where key = (${key}) for update),
    ${POLICIES[policyName].firstWaitSeconds}::int)`;
}

/** CTE or statement body: a success gives the attempts back. */
export function clearAttempts(...keys: string[]): SQL {
  return sql`delete from login_throttles where key = any(${sql.param(keys)}::text[])`;
}

/** CTE body: gives back the one attempt that was no failure, and keeps the others. */
export function returnAttempt(key: string): SQL {
  return sql`
    update login_throttles set failures = greatest(failures - 1, 0), locked_until = null, updated_at = now()
    where key = ${key}`;
}

export function tooManyAttempts(waitSeconds: number): AppError {
  const seconds = Math.min(Math.max(waitSeconds, 1), MAX_WAIT_SECONDS);
  return new AppError("too_many_attempts", { headers: { "Retry-After": String(seconds) } });
}
