/** Checks and changes passwords. */
import { sql } from "drizzle-orm";
import { hashPassword, runsOf, verifyPassword } from "../../crypto/password-hash.ts";
import { AppError, invalidField } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { happened } from "../events/happened.ts";
import {
  clearAttempts,
  remainingWait,
  reserveAttempt,
  returnAttempt,
  throttleKey,
  tooManyAttempts,
} from "../login/throttle.ts";
import { killOneTimeTokens } from "./one-time-tokens.ts";
import { normalisePassword, requireAcceptablePassword, type PasswordOwner } from "./password-rules.ts";
import { asActor, readAs, type Actor } from "../access/actor.ts";
import { revokeSessions } from "../sessions/session.ts";

/** Who is known waits for longer when many strangers want a hash: on a known device, signed in, or with a mailed link. */
export type Patience = Parameters<Platform["hasHashRoom"]>[0];

/** Hashes with today's parameters, and counts the time for the request. */
export function hash(platform: Platform, password: string, patience: Patience): Promise<string> {
  return timed(platform, { runs: 1, patience }, () => hashPassword(password));
}

interface Credential {
  password: string;
  /** For an address without an account: a decoy. */
  storedHash: string;
  /** The throttle that counted the attempt, which is given back if there is no time to check the password. */
  throttle: string;
  patience: Patience;
}

/**
 * `Server-Timing` has no duration for it, which would reveal the kind of the stored hash.
 * @throws AppError service_unavailable when too many hashes are waiting.
 */
export async function verify(platform: Platform, credential: Credential): Promise<boolean> {
  const { password, storedHash, throttle, patience } = credential;
  platform.checksPassword = true;
  const runs = runsOf(storedHash);
  try {
    return await timed(platform, { runs, patience }, () => verifyPassword(password, storedHash));
  } catch (error) {
    if (error instanceof AppError) platform.defer(platform.db.execute(returnAttempt(throttle)));
    throw error;
  }
}

async function timed<Result>(
  { timings, hashInTurn, log }: Platform,
  turn: { runs: number; patience: Patience },
  run: () => Promise<Result>,
): Promise<Result> {
  const done = await hashInTurn(turn, async () => {
    const startedAt = Date.now();
    try {
      return await run();
    } finally {
      timings.hash += Date.now() - startedAt;
    }
  });
  if (done) return done.result;
  log("hash_turn_refused", { runs: turn.runs });
  throw new AppError("service_unavailable", { headers: { "Retry-After": "1" } });
}

export function incorrectPassword(pointer: string): AppError {
  const detail = { fr: "Mot de passe actuel incorrect", en: "Incorrect current password" };
  return new AppError("incorrect_password", { errors: [{ pointer, detail }] });
}

function requireDifferent(newPassword: string, currentPassword: string): void {
  if (newPassword !== currentPassword) return;
  throw invalidField("#/newPassword", {
    fr: "Le nouveau mot de passe doit être différent de l'actuel",
    en: "The new password must differ from the current one",
  });
}

interface ProvenAccount extends PasswordOwner {
  /** The hash that the password matched: later statements can check that it is still current. */
  passwordHash: string;
  /** The key of the attempts that `clearAttempts` gives back. */
  throttle: string;
}

/**
 * One trip: counts the attempt like a login, and reads the account; then checks the password. The count is not part of
 * the account's state, so nothing is locked. A password that `judge` refuses costs no hash, and doesn't count as a
 * guess.
 * @throws AppError incorrect_password, too_many_attempts.
 */
export async function proveCurrentPassword(
  platform: Platform,
  actor: Actor,
  currentPassword: string,
  judge?: (account: PasswordOwner) => Promise<void>,
): Promise<ProvenAccount> {
  const { userId } = actor;
  const throttle = await throttleKey(platform, { userId });
  const { read } = await readAs(platform, actor, {
    read: platform.db.execute<ReservedAccount>(sql`
      with reserved as (${reserveAttempt(throttle)})
      select email, prenom, nom, password_hash as "passwordHash",
        (select failures from reserved) as reserved, ${remainingWait(throttle)} as "waitSeconds"
      from users where id = ${userId}`),
  });
  const account = read.rows[0]!;
  if (account.reserved === null) throw tooManyAttempts(account.waitSeconds);
  await judge?.(account).catch((refusal: unknown) => {
    platform.defer(platform.db.execute(returnAttempt(throttle)));
    throw refusal;
  });
  const password = normalisePassword(currentPassword);
  const { passwordHash } = account;
  if (
    passwordHash !== null &&
    (await verify(platform, { password, storedHash: passwordHash, throttle, patience: "known" }))
  )
    return { ...account, passwordHash, throttle };
  throw incorrectPassword("#/currentPassword");
}

interface ReservedAccount extends Record<string, unknown>, PasswordOwner {
  /** Null if there is none. */
  passwordHash: string | null;
  reserved: number | null;
  waitSeconds: number;
}

/** Two trips: count the attempt and read the account; then change it unless it has changed meanwhile. */
export async function changePassword(
  platform: Platform,
  actor: Actor,
  input: { currentPassword: string; newPassword: string },
): Promise<void> {
  const { userId } = actor;
  const password = normalisePassword(input.newPassword);
  const account = await proveCurrentPassword(platform, actor, input.currentPassword, async (owner) => {
    requireDifferent(password, normalisePassword(input.currentPassword));
    await requireAcceptablePassword(platform, { password, pointer: "#/newPassword", owner });
  });
  const passwordHash = await hash(platform, password, "known");
  // The new hash is unique to this request, so finding it in the row proves that this request's compare-and-set
  // succeeded.
  const changed = sql`exists (select from users where id = ${userId} and password_hash = ${passwordHash})`;
  const { db } = platform;
  const { outcome } = await asActor(platform, actor, {
    updated: db.execute(sql`
      update users set password_hash = ${passwordHash}, updated_at = now()
      where id = ${userId} and password_hash = ${account.passwordHash}`),
    ended: db.execute(
      revokeSessions(
        "password_changed",
        sql`user_id = ${userId} and session_id <> ${actor.sessionId}::uuid and ${changed}`,
      ),
    ),
    killed: db.execute(killOneTimeTokens(sql`user_id = ${userId} and ${changed}`)),
    cleared: db.execute(clearAttempts(account.throttle)),
    outcome: db.execute<{ changed: boolean }>(sql`select ${changed} as changed`),
    ...happened(platform, {
      event: "password.changed",
      userId,
      where: changed,
      facts: { exceptSessionId: actor.sessionId },
    }),
  });
  if (!outcome.rows[0]?.changed) throw incorrectPassword("#/currentPassword");
}
