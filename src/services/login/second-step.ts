/**
 * The second step of a login: a challenge and its answer, in two trips. An attempt is counted for challenge and account
 * before the answer is checked.
 */
import { sql } from "drizzle-orm";
import { hashToken } from "../../crypto/one-time-token.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { asAccount } from "../access/actor.ts";
import { ownerOfToken } from "../accounts/one-time-tokens.ts";
import { CHALLENGE_TRIES, liveChallenge, type ChallengePayload } from "./challenge.ts";
import { codeMailKeyOf } from "./code-mail.ts";
import { recordRefusal } from "./history.ts";
import { remainingWait, reserveAttempt, tooManyAttempts } from "./throttle.ts";
import { emailCode } from "../factors/email-code.ts";
import type { Proof } from "../factors/factor.ts";
import {
  checkFactor,
  factorNamed,
  isGuarded,
  methodsOf,
  notShown,
  statesOf,
  type FactorStates,
  type SecondFactor,
} from "../factors/list.ts";
import { prepareSession, type SignedIn } from "../sessions/session.ts";
import { completeLogin } from "./completion.ts";

interface Attempt extends Record<string, unknown> {
  userId: number;
  payload: ChallengePayload;
  reserved: number | null;
  waitSeconds: number;
  states: FactorStates;
}

/** `answer` is as the schema of the factor has it. @throws AppError invalid_two_factor_token, invalid_code or too_many_attempts. */
export async function logInWithSecondFactor(
  platform: Platform,
  { twoFactorToken, method, answer }: { twoFactorToken: string; method: SecondFactor; answer: unknown },
): Promise<SignedIn> {
  const tokenHash = await hashToken(twoFactorToken);
  const attempt = await reserve(platform, tokenHash);
  if (!attempt) throw new AppError("invalid_two_factor_token");
  const { userId, payload } = attempt;
  const states = notShown(attempt.states, payload.first ?? ["pwd"]);
  const refuse = (outcome: "failure" | "locked", reason: string) =>
    platform.defer(
      platform.db.execute(
        recordRefusal(platform, { outcome, reason, method }, { userId, key: payload.secondFactorKey }),
      ),
    );
  if (attempt.reserved === null) {
    refuse("locked", "too_many_attempts");
    throw tooManyAttempts(attempt.waitSeconds);
  }
  const boundTo = { tokenHash, kept: { ...payload } };
  const asked = payload.risks && method === emailCode.name ? { ...states, [method]: true } : states;
  const proof = await checkFactor(platform, { userId, method, answer, states: asked, boundTo });
  if (!proof) {
    refuse("failure", "wrong_code");
    throw new AppError(factorNamed(method).wrong.atLogin);
  }
  return open(platform, { tokenHash, userId, payload, proof, method });
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
      ${remainingWait(key, "second_factor")} as "waitSeconds", ${statesOf(sql`challenge.user_id`)} as states
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
  method: SecondFactor;
}

async function open(platform: Platform, { tokenHash, userId, payload, proof, method }: ProvenLogin): Promise<SignedIn> {
  const device = { id: payload.deviceId, hash: payload.deviceHash, userId };
  return completeLogin(platform, {
    userId,
    session: await prepareSession(
      platform,
      [...(payload.first ?? ["pwd" as const]), ...methodsOf(method, proof)],
      device,
    ),
    method,
    throttleKeys: [payload.throttleKey, payload.secondFactorKey, codeMailKeyOf(userId)],
    // A factor that was turned on meanwhile is not bypassed. Answer and challenge are used up together or not at all.
    account: sql`
      candidate as (
        select * from users where id = ${userId} and is_active and deleted_at is null
          and not (${payload.risks !== undefined}::boolean and ${isGuarded(userId)})
      ), challenge as (
        select t.id from candidate join one_time_tokens t on t.user_id = candidate.id where ${liveChallenge(tokenHash)}
      ), proven as (${proof.use(sql`exists (select from challenge)`)}),
      consumed as (
        update one_time_tokens t set used_at = now(), updated_at = now()
        where t.id = (select id from challenge) and t.used_at is null and exists (select from proven)
        returning t.user_id
      ), account as (select * from candidate where exists (select from consumed))`,
    ...(proof.told && { told: proof.told }),
    ...(proof.suspicion && { reported: [proof.suspicion(sql`exists (select from challenge)`)] }),
    refusal: factorNamed(method).wrong.atLogin,
  });
}
