/**
 * Sets a password with a link: a forgotten one, an invitation's first one, and that of an account whose mailbox is
 * proven. Two trips: the rules need the owner's data, and an invalid link must not cost a hash. Nothing is left
 * half-done: the second trip is one batch.
 */
import { sql } from "drizzle-orm";
import { hashToken } from "../../crypto/one-time-token.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { asAccount } from "../access/actor.ts";
import { dropConnections } from "../applications/connections.ts";
import type { Device } from "../login/known-devices.ts";
import type { EventName } from "../events/catalogue.ts";
import { happened } from "../events/happened.ts";
import { ofKnownDevices, throttleKey } from "../login/throttle.ts";
import { consumeToken, killOneTimeTokens, wasMailedToOwner, type TokenPurpose } from "./one-time-tokens.ts";
import { normalisePassword, requireAcceptablePassword, type PasswordOwner } from "./password-rules.ts";
import { hash } from "./passwords.ts";
import { revokeSessions } from "../sessions/session.ts";

/** The purposes of links for POST /reset-password. */
const RESETS: TokenPurpose[] = ["reset_password", "invite"];

/** No trip: the consumer finds out whether such an account exists, and whether it knows the device. */
export async function requestPasswordReset(
  platform: Platform,
  { email, device }: { email: string; device?: Device | undefined },
): Promise<void> {
  const shown = device && device.userId !== null ? { userId: device.userId, hash: device.hash } : undefined;
  await platform.enqueue({ type: "forgot_password", email, ...(shown && { device: shown }) });
}

export async function resetPassword(platform: Platform, input: { token: string; password: string }): Promise<void> {
  await choosePassword(platform, { ...input, purposes: RESETS });
}

/**
 * Sets the password, proves the mailbox, and ends every session.
 * @throws AppError invalid_link, or validation_failed for a password that the rules refuse; the link then stays valid.
 */
export async function choosePassword(
  platform: Platform,
  input: { token: string; password: string; purposes: TokenPurpose[] },
): Promise<void> {
  const { purposes } = input;
  const tokenHash = await hashToken(input.token);
  const owner = await findOwner(platform, tokenHash, purposes);
  if (!owner) throw new AppError("invalid_link");
  const password = normalisePassword(input.password);
  await requireAcceptablePassword(platform, { password, pointer: "#/password", owner });
  const passwordHash = await hash(platform, password, "known");
  if (!(await setPassword(platform, { tokenHash, passwordHash, owner, purposes }))) throw new AppError("invalid_link");
}

const EVENT_OF: Partial<Record<TokenPurpose, EventName>> = {
  verify_email: "email.verified",
  invite: "invitation.accepted",
};

interface NewPassword {
  tokenHash: string;
  passwordHash: string;
  owner: Owner;
  purposes: TokenPurpose[];
}

interface Owner extends Record<string, unknown>, PasswordOwner {
  id: number;
  purpose: TokenPurpose;
}

async function findOwner({ db }: Platform, tokenHash: string, purposes: TokenPurpose[]): Promise<Owner | undefined> {
  const { rows } = await db.execute<Owner>(sql`
    select u.id, u.email, u.prenom, u.nom, t.purpose
    from one_time_tokens t join users u on u.id = t.user_id and u.is_active and u.deleted_at is null
    where t.token = ${tokenHash} and t.purpose = any(${sql.param(purposes)}::text[]) and t.used_at is null
      and t.expires_at > now() and ${wasMailedToOwner}`);
  return rows[0];
}

/**
 * One batch: the first of parallel uses finds the token unused, and everything else depends on that. Earlier logins and
 * acts of sessions are seen and undone with the rest; later ones find their session ended.
 */
async function setPassword(
  platform: Platform,
  { tokenHash, passwordHash, owner, purposes }: NewPassword,
): Promise<boolean> {
  const { db } = platform;
  const { id, purpose } = owner;
  // Whoever can read the mailbox starts fresh: earlier guesses must not keep the owner waiting.
  const throttles = await Promise.all([throttleKey(platform, owner), throttleKey(platform, { userId: id })]);
  // The new hash is unique to this request, so finding it in the row proves that this request used the token.
  const done = sql`exists (select from users where id = ${id} and password_hash = ${passwordHash})`;
  const event = EVENT_OF[purpose] ?? "password.reset";
  const { outcome } = await asAccount(platform, sql`u.id = ${id}`, {
    updated: db.execute(sql`
      with consumed as (${consumeToken(tokenHash, purposes, wasMailedToOwner)})
      update users set password_hash = ${passwordHash}, is_verified = true, updated_at = now()
      from consumed where users.id = consumed.user_id`),
    ended: db.execute(revokeSessions("password_reset", sql`user_id = ${id} and ${done}`)),
    dropped: db.execute(dropConnections(sql`user_id = ${id} and ${done}`)),
    killed: db.execute(killOneTimeTokens(sql`user_id = ${id} and ${done}`)),
    cleared: db.execute(sql`
      delete from login_throttles
      where (key = any(${sql.param(throttles)}::text[]) or ${ofKnownDevices(id, ["password"])}) and ${done}`),
    outcome: db.execute<{ done: boolean }>(sql`select ${done} as done`),
    ...happened(platform, { event, userId: id, where: done }),
  });
  return outcome.rows[0]!.done;
}
