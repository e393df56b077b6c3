/**
 * Proves that an address belongs to the account's owner. A stranger may have registered it first, so the link alone
 * proves no account: whoever opens it must show a session of the account, or choose its password, which signs everybody
 * else out.
 */
import { sql } from "drizzle-orm";
import { hashToken } from "../../crypto/one-time-token.ts";
import { AppError, invalidField } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { asAccount } from "../access/actor.ts";
import { happened } from "../events/happened.ts";
import { consumedHere, consumeToken, ownerId, ownerOfToken, wasMailedToOwner } from "./one-time-tokens.ts";
import { choosePassword } from "./password-reset.ts";
import { provingSession } from "./proving-session.ts";

/** No trip: the consumer finds out whether such an account exists, and whether it is proven. */
export async function requestVerification(platform: Platform, { email }: { email: string }): Promise<void> {
  await platform.enqueue({ type: "verification", email, registering: false });
}

/**
 * Two trips with a new password, one with `sessionId`.
 * @throws AppError invalid_link, also for a link mailed to an address that the account no longer has; validation_failed
 * when a password must be chosen, and for one that the rules refuse.
 */
export async function verifyEmail(
  platform: Platform,
  { token, password, sessionId }: { token: string; password?: string | undefined; sessionId?: string | undefined },
): Promise<void> {
  if (password !== undefined) return choosePassword(platform, { token, password, purposes: ["verify_email"] });
  const { db } = platform;
  const tokenHash = await hashToken(token);
  const owner = ownerId(tokenHash);
  const shown = sql`exists (
    select from refresh_tokens s
    where s.session_id = ${sessionId ?? null}::uuid and s.user_id = t.user_id and s.revoked_at is null and s.expires_at > now())`;
  const { outcome } = await asAccount(platform, ownerOfToken(tokenHash), {
    proving: db.execute(provingSession(sessionId)),
    verified: db.execute(sql`
      with consumed as (${consumeToken(tokenHash, ["verify_email"], sql`${wasMailedToOwner} and ${shown}`)})
      update users set is_verified = true, updated_at = now() from consumed where users.id = consumed.user_id`),
    outcome: db.execute<{ verified: boolean }>(sql`
      select ${consumedHere(tokenHash)} as verified
      from one_time_tokens t join users u on u.id = t.user_id and u.is_active and u.deleted_at is null
      where t.token = ${tokenHash} and t.purpose = 'verify_email' and ${wasMailedToOwner}
        and (${consumedHere(tokenHash)} or t.used_at is null and t.expires_at > now())`),
    ...happened(platform, {
      event: "email.verified",
      userId: owner,
      where: consumedHere(tokenHash),
      facts: { ...(sessionId && { exceptSessionId: sessionId }) },
    }),
  });
  const [link] = outcome.rows;
  if (!link) throw new AppError("invalid_link");
  if (!link.verified) throw passwordNeeded();
}

function passwordNeeded(): AppError {
  return invalidField("#/password", {
    fr: "Choisissez le mot de passe de votre compte",
    en: "Choose a password for your account",
  });
}
