/**
 * The second step of a login: a challenge and a code, in two trips. An attempt is counted for challenge and account
 * before the code is checked.
 */
import { sql, type SQL } from "drizzle-orm";
import { generateEmailCode } from "../../crypto/one-time-code.ts";
import { hashToken } from "../../crypto/one-time-token.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { asAccount } from "../access/actor.ts";
import { ownerOfToken } from "../accounts/one-time-tokens.ts";
import { CHALLENGE_TRIES, type ChallengePayload } from "./challenge.ts";
import { recordRefusal } from "./history.ts";
import { remainingWait, reserveAttempt, tooManyAttempts } from "./throttle.ts";
import { checkCode, factorState, type CodeInput, type FactorState, type Proof } from "../factors/factor.ts";
import { prepareSession, type SignedIn } from "../sessions/session.ts";
import { completeLogin } from "./completion.ts";

export const EMAIL_CODE_MINUTES = 10;
const MAIL_KEY = "mail-code:";
/** Sending more codes does not extend a challenge. */
const CHALLENGE_MAX_MINUTES = 20;

interface Attempt extends Record<string, unknown>, FactorState {
  userId: number;
  payload: ChallengePayload;
  reserved: number | null;
  waitSeconds: number;
}

/** A challenge that can still be answered. */
function liveChallenge(tokenHash: string): SQL {
  return sql`t.token = ${tokenHash} and t.purpose = 'login_challenge' and t.used_at is null and t.expires_at > now()`;
}

/** @throws AppError invalid_two_factor_token, invalid_code or too_many_attempts. */
export async function logInWithSecondFactor(
  platform: Platform,
  { twoFactorToken, ...input }: CodeInput & { twoFactorToken: string },
): Promise<SignedIn> {
  const tokenHash = await hashToken(twoFactorToken);
  const attempt = await reserve(platform, tokenHash);
  if (!attempt) throw new AppError("invalid_two_factor_token");
  const { userId, payload } = attempt;
  const refuse = (outcome: "failure" | "locked", reason: string) =>
    platform.defer(
      platform.db.execute(
        recordRefusal(platform, { outcome, reason, method: input.method }, { userId, key: payload.secondFactorKey }),
      ),
    );
  if (attempt.reserved === null) {
    refuse("locked", "too_many_attempts");
    throw tooManyAttempts(attempt.waitSeconds);
  }
  const { emailCode } = payload;
  const proof = await checkCode(platform, userId, attempt, {
    ...input,
    emailCodeHashes: await platform.secrets.keyedHashes("email-code", boundCode(tokenHash, input.code)),
    emailCodeHash: emailCode && Date.parse(emailCode.expiresAt) > Date.now() ? emailCode.hash : undefined,
  });
  if (!proof) {
    refuse("failure", "wrong_code");
    throw new AppError("invalid_code");
  }
  return open(platform, { tokenHash, userId, payload, proof, method: input.method });
}

async function reserve(platform: Platform, tokenHash: string): Promise<Attempt | undefined> {
  const key = sql`select payload->>'secondFactorKey' as key from challenge`;
  const statement = sql`
    with challenge as (
      select t.id, t.user_id, t.payload from one_time_tokens t
      where ${liveChallenge(tokenHash)} and t.attempts < ${CHALLENGE_TRIES}::int
    ), reserved as (${reserveAttempt(key, "second_factor")}),
    counted as (
      update one_time_tokens t set attempts = t.attempts + 1, updated_at = now()
      from challenge where t.id = challenge.id and exists (select from reserved)
    )
    select challenge.user_id as "userId", challenge.payload, (select failures from reserved) as reserved,
      ${remainingWait(key, "second_factor")} as "waitSeconds", ${factorState(sql`challenge.user_id`)}
    from challenge`;
  const { attempt } = await asAccount(platform, ownerOfToken(tokenHash), {
    attempt: platform.db.execute<Attempt>(statement),
  });
  return attempt.rows[0];
}

interface ProvenLogin {
  tokenHash: string;
  userId: number;
  payload: ChallengePayload;
  proof: Proof;
  method: string;
}

async function open(platform: Platform, { tokenHash, userId, payload, proof, method }: ProvenLogin): Promise<SignedIn> {
  const device = { id: payload.deviceId, hash: payload.deviceHash, userId };
  return completeLogin(platform, {
    userId,
    session: await prepareSession(platform, ["pwd", ...proof.methods], device),
    method,
    throttleKeys: [payload.throttleKey, payload.secondFactorKey, `${MAIL_KEY}${userId}`],
    // Code and challenge are used up together or not at all.
    account: sql`
      candidate as (
        select * from users where id = ${userId} and is_active and deleted_at is null
      ), challenge as (
        select t.id from candidate join one_time_tokens t on t.user_id = candidate.id where ${liveChallenge(tokenHash)}
      ), proven as (${proof.use(sql`exists (select from challenge)`)}),
      consumed as (
        update one_time_tokens t set used_at = now(), updated_at = now()
        where t.id = (select id from challenge) and t.used_at is null and exists (select from proven)
        returning t.user_id
      ), account as (select * from candidate where exists (select from consumed))`,
    also: sql`, touched as (update users set last_login_at = now() where id = (select user_id from opened))`,
    ...(proof.told && { told: proof.told }),
    refusal: "invalid_code",
  });
}

/** A code is only valid for the challenge that it was sent for. */
function boundCode(tokenHash: string, code: string): string {
  return `${tokenHash}:${code}`;
}

/** The throttle of an account's code mails; `userId` is a column. */
export function codeMailKey(userId: SQL): SQL {
  return sql`${MAIL_KEY}::text || ${userId}::text`;
}

/**
 * Replaces the code, keeps the count. @throws AppError invalid_two_factor_token, too_many_attempts or
 * service_unavailable.
 */
export async function sendLoginCode(platform: Platform, twoFactorToken: string): Promise<void> {
  const tokenHash = await hashToken(twoFactorToken);
  const code = generateEmailCode();
  const hash = await platform.secrets.keyedHash("email-code", boundCode(tokenHash, code));
  const expiresAt = new Date(Date.now() + EMAIL_CODE_MINUTES * 60_000).toISOString();
  const key = sql`select ${codeMailKey(sql`user_id`)} as key from challenge`;
  const replace = sql`
    with challenge as (
      select t.id, t.user_id from one_time_tokens t
      where ${liveChallenge(tokenHash)} and t.attempts < ${CHALLENGE_TRIES}::int and exists (
        select from two_factor_methods m where m.user_id = t.user_id and m.type = 'email' and m.confirmed_at is not null)
    ), reserved as (${reserveAttempt(key, "mail")}),
    replaced as (
      update one_time_tokens t set
        payload = t.payload || ${JSON.stringify({ emailCode: { hash, expiresAt } })}::jsonb,
        expires_at = least(now() + make_interval(mins => ${EMAIL_CODE_MINUTES}::int), t.created_at + make_interval(mins => ${CHALLENGE_MAX_MINUTES}::int)),
        updated_at = now()
      from challenge where t.id = challenge.id and exists (select from reserved)
    )
    select challenge.user_id as "userId", (select failures from reserved) as reserved, ${remainingWait(key, "mail")} as "waitSeconds"
    from challenge`;
  const { replaced } = await asAccount(platform, ownerOfToken(tokenHash), {
    replaced: platform.db.execute<Pick<Attempt, "userId" | "reserved" | "waitSeconds">>(replace),
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
