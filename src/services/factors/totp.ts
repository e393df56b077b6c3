/** Time-based codes of an authenticator app (RFC 6238): the factor that administration asks for. */
import { sql } from "drizzle-orm";
import { matchTotpStep } from "../../crypto/totp.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { codeAnswer, wrongCode, type CodeAnswer } from "./code.ts";
import type { Factor } from "./factor.ts";
import { keptAsMethod } from "./two-factor-methods.ts";

interface TotpState {
  /** Sealed. */
  secret: string;
  lastUsedStep: number | null;
}

export const totp = {
  name: "totp",
  guards: true,
  grade: { methods: ["otp"], administers: true, changesFactors: true, reauthenticates: true },
  ...keptAsMethod("totp"),
  state: (userId) => sql`(
    select jsonb_build_object('secret', m.secret, 'lastUsedStep', m.last_used_step) from two_factor_methods m
    where m.user_id = ${userId} and m.type = 'totp' and m.confirmed_at is not null)`,
  answer: codeAnswer,
  wrong: wrongCode,
  async check(platform, { userId, state, answer }) {
    const secret = await openTotpSecret(platform, userId, state.secret);
    const { lastUsedStep } = state;
    const step = await matchTotpStep({ secret, code: answer.code, now: new Date(), lastUsedStep });
    if (step === undefined) return undefined;
    const { secrets } = platform;
    const sealed = (await secrets.isCurrent(state.secret))
      ? state.secret
      : await secrets.seal(secret, totpBinding(userId));
    return {
      use: (gate) => sql`
        update two_factor_methods m set last_used_step = ${step}::bigint, updated_at = now(),
          secret = case m.secret when ${state.secret} then ${sealed} else m.secret end
        where m.user_id = ${userId} and m.type = 'totp' and m.confirmed_at is not null
          and coalesce(m.last_used_step, -1) < ${step}::bigint and ${gate}
        returning m.user_id`,
    };
  },
} as const satisfies Factor<TotpState, CodeAnswer>;

/** @throws AppError authenticator_lost for one sealed under an AUTH_SECRET that is no longer there. */
export async function openTotpSecret({ secrets, log }: Platform, userId: number, sealed: string): Promise<string> {
  try {
    return await secrets.open(sealed, totpBinding(userId));
  } catch (cause) {
    log("authenticator_lost", { userId });
    throw new AppError("authenticator_lost", { cause });
  }
}

/** What a TOTP secret is sealed to: in another account's row it can't be opened. */
export function totpBinding(userId: number): string {
  return `totp:${userId}`;
}
