/** Passwords: which are good enough, how they are checked, how they are changed. */
import { sql } from "drizzle-orm";
import { DECOY_PASSWORD_HASH, hashPassword, verifyPassword } from "../crypto/password-hash.ts";
import { AppError, invalidField } from "../errors.ts";
import type { Platform } from "../platform/index.ts";
import { auditStatement } from "./audit.ts";
import { clearAttempts, remainingWait, reserveAttempt, throttleKey, tooManyAttempts } from "./login-throttle.ts";
import { afterNotice, noticeStatement } from "./notices.ts";
import { killOneTimeTokens } from "./one-time-tokens.ts";
import { afterSessionsEnded, asActor, revokeSessions, type Actor } from "./sessions.ts";

export const PASSWORD_MAX_LENGTH = 128;

/** NFKC, so that the same password typed on another keyboard is the same password (NIST SP 800-63B §5.1.1.2). */
export function normalisePassword(password: string): string {
  return password.normalize("NFKC");
}

interface PasswordOwner {
  email: string;
  prenom: string;
  nom: string;
}

/** @throws AppError validation_failed at `pointer`, saying which rule refuses the password. */
export function requireAcceptablePassword(
  { config }: Platform,
  input: { password: string; pointer: string; owner: PasswordOwner },
): void {
  const length = [...input.password].length;
  const minimum = config.PASSWORD_MIN_LENGTH;
  if (length < minimum) {
    throw invalidField(input.pointer, {
      fr: `Le mot de passe doit contenir au moins ${minimum} caractères`,
      en: `The password must have at least ${minimum} characters`,
    });
  }
  if (length > PASSWORD_MAX_LENGTH) {
    throw invalidField(input.pointer, {
      fr: `Le mot de passe doit contenir au plus ${PASSWORD_MAX_LENGTH} caractères`,
      en: `The password must have at most ${PASSWORD_MAX_LENGTH} characters`,
    });
  }
}

/** Hashes with today's parameters, on the clock of the request. */
export function hash(platform: Platform, password: string): Promise<string> {
  return timed(platform, () => hashPassword(password));
}

/** An account that does not exist costs the same run as one that does. */
export function verify(platform: Platform, password: string, storedHash: string | undefined): Promise<boolean> {
  return timed(platform, () => verifyPassword(password, storedHash ?? DECOY_PASSWORD_HASH));
}

async function timed<Result>({ timings }: Platform, run: () => Promise<Result>): Promise<Result> {
  const startedAt = Date.now();
  try {
    return await run();
  } finally {
    timings.hash += Date.now() - startedAt;
  }
}

function requireDifferent(newPassword: string, currentPassword: string): void {
  if (newPassword !== currentPassword) return;
  throw invalidField("#/newPassword", {
    fr: "Le nouveau mot de passe doit être différent de l'actuel",
    en: "The new password must differ from the current one",
  });
}

interface ReservedAccount extends Record<string, unknown>, PasswordOwner {
  passwordHash: string;
  reserved: number | null;
  waitSeconds: number | null;
}

/** Two trips: count the attempt and read the account; change it unless it has changed meanwhile. */
export async function changePassword(
  platform: Platform,
  actor: Actor,
  input: { currentPassword: string; newPassword: string },
): Promise<void> {
  const { userId } = actor;
  const key = await throttleKey(platform, { userId });
  const [read] = await asActor(platform, actor, [
    platform.db.execute<ReservedAccount>(sql`
      with reserved as (${reserveAttempt(key)})
      select email, prenom, nom, password_hash as "passwordHash",
        (select failures from reserved) as reserved, ${remainingWait(key)} as "waitSeconds"
      from users where id = ${userId}`),
  ]);
  const account = read.rows[0]!;
  if (account.reserved === null) throw tooManyAttempts(account.waitSeconds);
  if (!(await verify(platform, normalisePassword(input.currentPassword), account.passwordHash))) {
    throw new AppError("incorrect_password", {
      errors: [
        {
          pointer: "#/currentPassword",
          detail: { fr: "Mot de passe actuel incorrect", en: "Incorrect current password" },
        },
      ],
    });
  }
  const password = normalisePassword(input.newPassword);
  try {
    requireDifferent(password, normalisePassword(input.currentPassword));
    requireAcceptablePassword(platform, { password, pointer: "#/newPassword", owner: account });
  } catch (refusal) {
    // The current password was right: a poor new one is no guess.
    platform.defer(platform.db.execute(clearAttempts(key)));
    throw refusal;
  }
  const passwordHash = await hash(platform, password);
  // The new hash is unique to this request, so finding it in the row proves that the compare-and-set was ours.
  const changed = sql`exists (select from users where id = ${userId} and password_hash = ${passwordHash})`;
  const [, , , outcome] = await asActor(platform, actor, [
    platform.db.execute(sql`
      update users set password_hash = ${passwordHash}, updated_at = now()
      where id = ${userId} and password_hash = ${account.passwordHash}`),
    platform.db.execute(
      revokeSessions(
        "password_changed",
        sql`user_id = ${userId} and session_id <> ${actor.sessionId}::uuid and ${changed}`,
      ),
    ),
    platform.db.execute(killOneTimeTokens(sql`user_id = ${userId} and ${changed}`)),
    platform.db.execute<{ changed: boolean }>(sql`
      with cleared as (${clearAttempts(key)}), noticed as (${noticeStatement({ type: "password_changed" }, sql`u.id = ${userId} and ${changed}`)})
      select ${changed} as changed`),
    platform.db.execute(
      auditStatement(
        platform,
        { actorId: userId, action: "password.changed", targetType: "user", targetId: userId },
        changed,
      ),
    ),
  ]);
  if (!outcome.rows[0]?.changed) throw new AppError("incorrect_password");
  afterSessionsEnded(platform, { userId, exceptSessionId: actor.sessionId });
  afterNotice(platform, userId, { type: "password_changed" });
}
