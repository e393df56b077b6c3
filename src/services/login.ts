/** Login in two trips: reserve the attempt and read the account; open the session. A refusal never says which part was wrong. */
import { sql } from "drizzle-orm";
import { needsRehash } from "../crypto/password-hash.ts";
import { AppError } from "../errors.ts";
import type { Platform } from "../platform/index.ts";
import { accountColumns, type AccountRow } from "./account-view.ts";
import { recordLogin } from "./login-history.ts";
import { clearAttempts, remainingWait, reserveAttempt, throttleKey, tooManyAttempts } from "./login-throttle.ts";
import { normalisePassword } from "./password-rules.ts";
import { hash, verify } from "./passwords.ts";
import { openSession, prepareSession, signIn, type SignedIn } from "./sessions.ts";

/** The account is null for an unknown address; deleted ones are unknown. */
interface Attempt extends Record<string, unknown> {
  reserved: number | null;
  waitSeconds: number | null;
  userId: number | null;
  passwordHash: string | null;
  isActive: boolean | null;
  isVerified: boolean | null;
}

/** @throws AppError invalid_credentials, the same whatever was wrong, or too_many_attempts. */
export async function logIn(platform: Platform, input: { email: string; password: string }): Promise<SignedIn> {
  const key = await throttleKey(platform, { email: input.email });
  const attempt = await reserve(platform, key, input.email);
  if (attempt.reserved === null) {
    refused(platform, attempt, { outcome: "locked", reason: "too_many_attempts" });
    throw tooManyAttempts(attempt.waitSeconds);
  }
  const password = normalisePassword(input.password);
  const matches = await verify(platform, password, attempt.passwordHash ?? undefined);
  if (!matches || attempt.passwordHash === null || !attempt.isActive) {
    const reason =
      attempt.userId === null ? "unknown_account" : attempt.isActive ? "wrong_password" : "disabled_account";
    refused(platform, attempt, { outcome: "failure", reason });
    throw new AppError("invalid_credentials");
  }
  if (!attempt.isVerified && platform.config.REGISTRATION === "verified") {
    // Told by mail alone, so that a guessed password shows nothing; the consumer sends at most one link a minute.
    refused(platform, attempt, { outcome: "failure", reason: "unverified_account" });
    platform.defer(platform.enqueue({ type: "verification", email: input.email, registering: false }));
    throw new AppError("invalid_credentials");
  }
  const upgrade = needsRehash(attempt.passwordHash) ? await hash(platform, password) : undefined;
  return open(platform, { key, userId: attempt.userId!, verifiedHash: attempt.passwordHash, upgrade });
}

async function reserve({ db }: Platform, key: string, email: string): Promise<Attempt> {
  const { rows } = await db.execute<Attempt>(sql`
    with reserved as (${reserveAttempt(key)})
    select (select failures from reserved) as reserved, ${remainingWait(key)} as "waitSeconds",
      u.id as "userId", u.password_hash as "passwordHash", u.is_active as "isActive",
      u.is_verified as "isVerified"
    from (select 1) as one left join users u on u.email = ${email} and u.deleted_at is null`);
  return rows[0]!;
}

/** The history row is written after the answer, so that it costs a guesser no time that could tell one case from another. */
function refused(
  platform: Platform,
  { userId }: Attempt,
  record: { outcome: "failure" | "locked"; reason: string },
): void {
  platform.defer(platform.db.execute(recordLogin(platform, { ...record, method: "pwd" }, userId)));
}

interface VerifiedLogin {
  key: string;
  userId: number;
  /** The hash that the password matched: a change that came between makes the login fail. */
  verifiedHash: string;
  /** The same password under today's parameters; written by compare-and-set, so that a racing change wins. */
  upgrade: string | undefined;
}

async function open(platform: Platform, { key, userId, verifiedHash, upgrade }: VerifiedLogin): Promise<SignedIn> {
  const session = await prepareSession(platform, ["pwd"]);
  const login = { outcome: "success", method: "pwd", sessionId: session.sessionId } as const;
  // The row lock makes this wait for a racing password change, deletion or disabling, and then see it.
  const { rows } = await platform.db.execute<AccountRow & { authenticatedAt: string }>(sql`
    with account as (
      select * from users
      where id = ${userId} and password_hash = ${verifiedHash} and is_active and deleted_at is null
      for no key update
    ), opened as (${openSession(platform, session)}),
    recorded as (${recordLogin(platform, login, sql`user_id`, sql`from opened`)}),
    cleared as (${clearAttempts(key)} and exists (select from opened)),
    touched as (
      update users set last_login_at = now(), password_hash = ${upgrade ?? verifiedHash}
      where id = (select user_id from opened) and password_hash = ${verifiedHash}
    )
    select ${accountColumns}, opened.authenticated_at as "authenticatedAt"
    from account u join roles r on r.id = u.role_id cross join opened`);
  const account = rows[0];
  if (!account) throw new AppError("invalid_credentials");
  return signIn(platform, session, account);
}
