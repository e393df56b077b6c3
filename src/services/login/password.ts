/**
 * Login in two trips: reserve the attempt and read the account; then open the session or the challenge. A refusal never
 * says which part was wrong.
 */
import { sql, type SQL } from "drizzle-orm";
import { decoyPasswordHash, needsRehash } from "../../crypto/password-hash.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { isKnown, newDevice, readDevice, type Device } from "./known-devices.ts";
import { openChallenge, type Challenge } from "./challenge.ts";
import { recordLogin, recordRefusal } from "./history.ts";
import { risksOf, type Risk } from "./risk.ts";
import { deviceThrottleKey, remainingWait, reserveAttempt, throttleKey, tooManyAttempts } from "./throttle.ts";
import { normalisePassword } from "../accounts/password-rules.ts";
import { hash, verify } from "../accounts/passwords.ts";
import { prepareSession, type SignedIn } from "../sessions/session.ts";
import { isGuarded, offered, offersOf, type Offers } from "../factors/list.ts";
import { completeLogin } from "./completion.ts";
import { sendNow, writeOutbox, type OutboxRow } from "../events/outbox.ts";
import { standInOf } from "./stand-in.ts";

/** The account is null for an unknown address; deleted accounts count as unknown. */
interface Attempt extends Record<string, unknown> {
  /** The throttle that counted it: the address's, or a known device's own. */
  key: string;
  reserved: number | null;
  waitSeconds: number;
  userId: number | null;
  passwordHash: string | null;
  /** The parameters of the decoy for an unknown address. */
  standIn: string | null;
  isActive: boolean | null;
  isVerified: boolean | null;
  deviceIsKnown: boolean;
  offers: Offers;
  /** What looks wrong about it; nothing while the mailbox is unproven, which could not be asked. */
  risks: Risk[];
}

export interface LoginInput {
  /** Canonical. */
  email: string;
  password: string;
  deviceToken?: string | undefined;
}

/** @throws AppError invalid_credentials, the same whatever was wrong, or too_many_attempts. */
export async function logIn(platform: Platform, input: LoginInput): Promise<SignedIn | Challenge> {
  const shown = await readDevice(platform, input.deviceToken);
  const attempt = await reserve(platform, input.email, shown);
  if (attempt.reserved === null) {
    refused(platform, attempt, { outcome: "locked", reason: "too_many_attempts" });
    throw tooManyAttempts(attempt.waitSeconds);
  }
  const password = normalisePassword(input.password);
  const storedHash = attempt.passwordHash ?? decoyPasswordHash(attempt.standIn);
  const patience = attempt.deviceIsKnown ? "known" : "stranger";
  const matches = await verify(platform, { password, storedHash, throttle: attempt.key, patience });
  if (!matches || attempt.userId === null || attempt.passwordHash === null || !attempt.isActive) {
    const reason =
      attempt.userId === null ? "unknown_account" : attempt.isActive ? "wrong_password" : "disabled_account";
    refused(platform, attempt, { outcome: "failure", reason });
    throw new AppError("invalid_credentials");
  }
  if (!attempt.isVerified && platform.config.REGISTRATION === "verified") {
    platform.defer(mailLink(platform, attempt, input.email));
    throw new AppError("invalid_credentials");
  }
  const { userId, key, passwordHash, deviceIsKnown, offers, risks } = attempt;
  const device = deviceIsKnown ? shown : await newDevice();
  // Hashes the same password with today's parameters; by compare-and-set, so that a concurrent change wins.
  const upgrade = needsRehash(passwordHash) ? await hash(platform, password, "known") : passwordHash;
  const touched = (columns: SQL) => sql`, touched as (
    update users set ${columns} password_hash = ${upgrade}
    where id = (select user_id from opened) and password_hash = ${passwordHash})`;
  const account = verifiedAccount(userId, passwordHash);
  if (offered(offers).length > 0 || risks.length > 0) {
    const also = upgrade === passwordHash ? sql`` : touched(sql``);
    return openChallenge(platform, {
      userId,
      first: ["pwd"],
      method: "pwd",
      account,
      device,
      deviceIsKnown,
      throttleKey: key,
      offers,
      risks,
      also,
      refusal: "invalid_credentials",
    });
  }
  return completeLogin(platform, {
    userId,
    session: await prepareSession(platform, ["pwd"], device),
    method: "pwd",
    throttleKeys: [key],
    // Still without a second factor: one that was turned on meanwhile is not bypassed.
    account: sql`account as (${account} and not ${isGuarded(sql`users.id`)})`,
    also: touched(sql`last_login_at = now(),`),
    refusal: "invalid_credentials",
  });
}

/** Under the account's lock: an earlier password change, deletion or disabling is seen. */
function verifiedAccount(userId: number, verifiedHash: string): SQL {
  return sql`
    select * from users
    where id = ${userId} and password_hash = ${verifiedHash} and is_active and deleted_at is null`;
}

async function reserve(platform: Platform, email: string, device: Device): Promise<Attempt> {
  const addressKey = await throttleKey(platform, { email });
  const deviceKey = deviceThrottleKey(sql`account.id`, device.hash);
  const key = sql`select key from bucket`;
  const { rows } = await platform.db.execute<Attempt>(sql`
    with account as (
      select u.id, u.password_hash, u.is_active, u.is_verified, ${isKnown(device, sql`u.id`)} as device_is_known
      from users u where u.email = ${email} and u.deleted_at is null
    ), bucket as (
      select coalesce((select ${deviceKey} from account where device_is_known), ${addressKey}) as key
    ), reserved as (${reserveAttempt(key)})
    select (${key}) as key, (select failures from reserved) as reserved, ${remainingWait(key)} as "waitSeconds",
      account.id as "userId", account.password_hash as "passwordHash",
      ${standInOf(addressKey)} as "standIn", account.is_active as "isActive",
      account.is_verified as "isVerified",
      coalesce(account.device_is_known, false) as "deviceIsKnown",
      ${offersOf(sql`account.id`)} as offers,
      case when account.is_verified then ${risksOf(platform, sql`account.id`, sql`account.device_is_known`)} else '{}' end as risks
    from (select 1) as one left join account on true`);
  return rows[0]!;
}

/** Told by mail alone, so that a guessed password reveals nothing; the consumer sends at most one link per minute. */
async function mailLink(platform: Platform, { userId }: Attempt, email: string): Promise<void> {
  const record = { outcome: "failure", reason: "unverified_account", method: "pwd" } as const;
  const { rows } = await platform.db.execute<OutboxRow>(sql`
    with recorded as (${recordLogin(platform, record, userId)})
    ${writeOutbox([{ event: "login.unproven", facts: { email }, where: sql`true` }])}`);
  sendNow(platform, rows);
}

/** The history row is written after the answer, so that its time doesn't reveal the case to a guesser. */
function refused(
  platform: Platform,
  { userId, key }: Attempt,
  record: { outcome: "failure" | "locked"; reason: string },
): void {
  platform.defer(platform.db.execute(recordRefusal(platform, { ...record, method: "pwd" }, { userId, key })));
}
