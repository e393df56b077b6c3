/** Codes by mail, for a login's challenge or to turn them on: one a minute, by the queue. */
import { sql, type SQL } from "drizzle-orm";
import { generateEmailCode } from "../../crypto/one-time-code.ts";
import { hashToken } from "../../crypto/one-time-token.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { asAccount } from "../access/actor.ts";
import { ownerOfToken } from "../accounts/one-time-tokens.ts";
import { challengeCode, emailCode, type SentCode } from "../factors/email-code.ts";
import { CHALLENGE_TRIES, liveChallenge } from "./challenge.ts";
import { remainingWait, reserveAttempt, tooManyAttempts } from "./throttle.ts";

export const EMAIL_CODE_MINUTES = 10;
const MAIL_KEY = "mail-code:";
/** However often a code is sent again, a challenge does not live longer. */
const CHALLENGE_MAX_MINUTES = 20;

/** The throttle of an account's code mails. */
export function codeMailKeyOf(userId: number): string {
  return `${MAIL_KEY}${userId}`;
}

/** The same, where `userId` is a column. */
export function codeMailKey(userId: SQL): SQL {
  return sql`${MAIL_KEY}::text || ${userId}::text`;
}

/** Replaces the code, keeps the count. @throws AppError invalid_two_factor_token, too_many_attempts or service_unavailable. */
export async function sendLoginCode(platform: Platform, twoFactorToken: string): Promise<void> {
  const tokenHash = await hashToken(twoFactorToken);
  const code = generateEmailCode();
  const hash = await platform.secrets.keyedHash("email-code", challengeCode(tokenHash, code));
  const expiresAt = new Date(Date.now() + EMAIL_CODE_MINUTES * 60_000).toISOString();
  const sent: SentCode = { emailCode: { hash, expiresAt } };
  const key = sql`select ${codeMailKey(sql`user_id`)} as key from challenge`;
  const replace = sql`
    with challenge as (
      select t.id, t.user_id from one_time_tokens t
      where ${liveChallenge(tokenHash)} and t.attempts < ${CHALLENGE_TRIES}::int
        and not coalesce(t.payload -> 'first' ? 'email', false)
        and (${emailCode.since(sql`t.user_id`)} is not null or t.payload ? 'risks')
    ), reserved as (${reserveAttempt(key, "mail")}),
    replaced as (
      update one_time_tokens t set
        payload = t.payload || ${JSON.stringify(sent)}::jsonb,
        expires_at = least(now() + make_interval(mins => ${EMAIL_CODE_MINUTES}::int), t.created_at + make_interval(mins => ${CHALLENGE_MAX_MINUTES}::int)),
        updated_at = now()
      from challenge where t.id = challenge.id and exists (select from reserved)
    )
    select challenge.user_id as "userId", (select failures from reserved) as reserved, ${remainingWait(key, "mail")} as "waitSeconds"
    from challenge`;
  const { replaced } = await asAccount(platform, ownerOfToken(tokenHash), {
    replaced: platform.db.execute<{ userId: number; reserved: number | null; waitSeconds: number }>(replace),
  });
  const challenge = replaced.rows[0];
  if (!challenge) throw new AppError("invalid_two_factor_token");
  if (challenge.reserved === null) throw tooManyAttempts(challenge.waitSeconds);
  await sendCode(platform, { userId: challenge.userId, code, expiresAt });
}

/** By the queue, whose consumer reads address and language. */
export async function sendCode(
  platform: Platform,
  code: { userId: number; code: string; expiresAt: string },
): Promise<void> {
  await platform.enqueue({ type: "mail_code", ...code });
}
