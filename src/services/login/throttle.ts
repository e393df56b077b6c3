/**
 * The exact layer of the brute-force protection: a guess is counted before it is looked at, in the statement that
 * reads the account, so that parallel guesses can't outrun the count. Known and unknown addresses are alike.
 */
import { sql, type SQL } from "drizzle-orm";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";

interface Policy {
  /** From this consecutive failure on there is a wait: the first one, doubling, up to the last. */
  freeFailures: number;
  firstWaitSeconds: number;
  maxWaitSeconds: number;
  /** Each so-manieth attempt is followed by a longer wait. */
  pause?: { every: number; seconds: number };
}

export const POLICIES = {
  password: { freeFailures: 5, firstWaitSeconds: 1, maxWaitSeconds: 900 },
  /** Few codes are right at any time, but there are only a million: ten failures, then one guess in 15 minutes. */
  second_factor: { freeFailures: 10, firstWaitSeconds: 900, maxWaitSeconds: 900 },
  /** No guesses but mails: one a minute, and ten in no less than an hour. */
  mail: { freeFailures: 1, firstWaitSeconds: 60, maxWaitSeconds: 60, pause: { every: 10, seconds: 3600 } },
  /** Each goes to another address: whoever mistypes theirs may try again, whoever mails strangers soon waits for hours. */
  email_change: { freeFailures: 3, firstWaitSeconds: 60, maxWaitSeconds: 3600 },
} satisfies Record<string, Policy>;

/** The longest `Retry-After`. */
const MAX_WAIT_SECONDS = 3600;

/** The key of a throttle: of an address, known or not, or of a signed-in account that proves itself again. */
export function throttleKey(platform: Platform, subject: { email: string } | { userId: number }): Promise<string> {
  return platform.secrets.keyedHash("throttle-key", "email" in subject ? subject.email : `account:${subject.userId}`);
}

/** The key of the mails that strangers may cause to an address, whether or not it has an account. */
export function mailedAddressKey(platform: Platform, email: string): Promise<string> {
  return platform.secrets.keyedHash("throttle-key", `mail:${email}`);
}

/** The key of the changes of address that one account asks for. */
export function emailChangeKey(userId: number): string {
  return `email-change:${userId}`;
}

/**
 * The keys of a known device: it fails by itself, so the failures of strangers are not its own, nor the other way round.
 * Made of what the database keeps, so that an account's can be found there.
 */
const DEVICE_KEYS = { password: "pwd:", second_factor: "2fa:" } as const;

/** The key of the guesses at the password of `account` (a column) from a device that it knows. */
export function deviceThrottleKey(account: SQL, deviceHash: string): SQL {
  return sql`${DEVICE_KEYS.password}::text || ${account}::text || ':' || ${deviceHash}::text`;
}

/** The key of the guesses at an account's second factor, over all its challenges; a known device has its own. */
export function secondFactorKey(userId: number, deviceHash: string | null): string {
  return `${DEVICE_KEYS.second_factor}${userId}${deviceHash === null ? "" : `:${deviceHash}`}`;
}

/** Which throttles are those of the devices that an account knows, for its password or for its second factor too. */
export function ofKnownDevices(userId: number, policies: (keyof typeof DEVICE_KEYS)[]): SQL {
  return sql`key in (
    select prefix || d.user_id::text || ':' || d.device
    from known_devices d cross join unnest(${sql.param(policies.map((policy) => DEVICE_KEYS[policy]))}::text[]) as prefix
    where d.user_id = ${userId})`;
}

/** CTE body: counts one attempt for each `key` (a value, or a query of one column `key`) and returns a row, or none while a wait is running. */
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
 * Seconds until the next attempt, for `Retry-After`; of use where `reserveAttempt` returned no row. By its lock it reads
 * the row as whoever went before left it, where the statement's snapshot has it as it was; one that was made meanwhile
 * is in no snapshot, and its wait is the first.
 */
export function remainingWait(key: string | SQL, policyName: keyof typeof POLICIES = "password"): SQL {
  return sql`coalesce(
    (select ceil(extract(epoch from locked_until - now()))::int from login_throttles where key = (${key}) for update),
    ${POLICIES[policyName].firstWaitSeconds}::int)`;
}

/** CTE or statement body: success gives the attempts back. */
export function clearAttempts(...keys: string[]): SQL {
  return sql`delete from login_throttles where key = any(${sql.param(keys)}::text[])`;
}

/** CTE body: gives back the one attempt that was no failure, and leaves the others. */
export function returnAttempt(key: string): SQL {
  return sql`
    update login_throttles set failures = greatest(failures - 1, 0), locked_until = null, updated_at = now()
    where key = ${key}`;
}

export function tooManyAttempts(waitSeconds: number): AppError {
  const seconds = Math.min(Math.max(waitSeconds, 1), MAX_WAIT_SECONDS);
  return new AppError("too_many_attempts", { headers: { "Retry-After": String(seconds) } });
}
