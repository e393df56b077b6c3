/**
 * The challenge between a first step and a second factor: a one-time token with no other use, valid for five
 * minutes and five attempts.
 */
import { sql, type SQL } from "drizzle-orm";
import { createOneTimeToken } from "../../crypto/one-time-token.ts";
import { AppError, type ErrorCode } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { asAccount } from "../access/actor.ts";
import type { Told } from "../events/happened.ts";
import { makeChallenges, offered, type AuthenticationMethod, type Offers, type SecondFactor } from "../factors/list.ts";
import { emailCode } from "../factors/email-code.ts";
import type { Device } from "./known-devices.ts";
import { recordLogin } from "./history.ts";
import type { Risk } from "./risk.ts";
import { returnAttempt, secondFactorKey } from "./throttle.ts";

export const CHALLENGE_MINUTES = 5;
export const CHALLENGE_TRIES = 5;

/** The answer to a first step if a second factor is on. */
export interface Challenge {
  twoFactorRequired: true;
  twoFactorToken: string;
  methods: SecondFactor[];
  /** What a factor asks to be answered with, for those that ask. */
  challenges?: Partial<Record<SecondFactor, unknown>>;
}

/** What the second step needs from the first; factors keep more in it, under names of their own. */
export interface ChallengePayload {
  /** What the first step has shown; absent, the password. */
  first?: AuthenticationMethod[];
  deviceId: string;
  deviceHash: string;
  /** The throttle that counted the first step, if one did; a correct code clears it. */
  throttleKey: string;
  /** The throttle that counts the codes. */
  secondFactorKey: string;
  /** Why it was asked for, where nothing guards the account: a code by mail answers it. */
  risks?: Risk[];
}

/** Condition on `one_time_tokens t`: a challenge that may still be answered. */
export function liveChallenge(tokenHash: string): SQL {
  return sql`t.token = ${tokenHash} and t.purpose = 'login_challenge' and t.used_at is null and t.expires_at > now()`;
}

interface ChallengeInput {
  userId: number;
  /** What the first step has shown, and as what the history has it. */
  first: AuthenticationMethod[];
  method: string;
  /** Statement that comes first, and what follows at the end of the batch. */
  before?: SQL | undefined;
  after?: Told | undefined;
  /** Selects the row of `users` that passed the first step. */
  account: SQL;
  device: Device;
  deviceIsKnown: boolean;
  throttleKey: string;
  offers: Offers;
  /** The error if the login may not succeed. */
  refusal: ErrorCode;
  /** What looks wrong about it; a code by mail is asked for where no factor is on. */
  risks?: Risk[];
  /** A further CTE. */
  also?: SQL;
}

/** One trip. The first step was no failed guess, so its attempt is given back; only a correct code clears the others. */
export async function openChallenge(platform: Platform, input: ChallengeInput): Promise<Challenge> {
  const { token, tokenHash } = await createOneTimeToken();
  const { sent, kept } = await makeChallenges(platform, input.offers);
  const methods = offered(input.offers);
  const { risks = [] } = input;
  const reason = risks.join();
  const payload: ChallengePayload = {
    ...kept,
    first: input.first,
    ...(methods.length === 0 && { risks }),
    deviceId: input.device.id,
    deviceHash: input.device.hash,
    throttleKey: input.throttleKey,
    secondFactorKey: secondFactorKey(input.userId, input.deviceIsKnown ? input.device.hash : null),
  };
  const open = sql`
    with account as (${input.account}),
    opened as (
      insert into one_time_tokens (user_id, purpose, token, payload, expires_at)
      select id, 'login_challenge', ${tokenHash}, ${JSON.stringify(payload)}::jsonb,
        now() + make_interval(mins => ${CHALLENGE_MINUTES}::int)
      from account
      returning user_id
    ),
    returned as (${returnAttempt(input.throttleKey)} and exists (select from opened)),
    recorded as (${recordLogin(platform, { outcome: "two_factor_required", method: input.method, ...(reason && { reason }) }, sql`user_id`, sql`from opened`)})
    ${input.also ?? sql``}
    select user_id from opened`;
  const { opened } = await asAccount(platform, sql`u.id = ${input.userId}`, {
    before: input.before && platform.db.execute(input.before),
    opened: platform.db.execute(open),
    ...input.after,
  });
  if (opened.rows.length === 0) throw new AppError(input.refusal);
  return {
    twoFactorRequired: true,
    twoFactorToken: token,
    methods: methods.length > 0 ? methods : [emailCode.name],
    ...(Object.keys(sent).length > 0 && { challenges: sent }),
  };
}
