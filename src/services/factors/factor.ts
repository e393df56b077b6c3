/** The codes of a second factor: read the state, check the code, and the statement that uses it up. */
import { sql, type SQL } from "drizzle-orm";
import { normaliseRecoveryCode } from "../../crypto/one-time-code.ts";
import { matchTotpStep } from "../../crypto/totp.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import type { SecondFactor } from "../login/challenge.ts";
import type { EventName } from "../events/catalogue.ts";
import type { AuthenticationMethod } from "../sessions/session.ts";

export interface FactorState {
  totp: { secret: string; lastUsedStep: number | null } | null;
  emailIsOn: boolean;
  /** Keyed hashes of the unused ones. */
  recoveryCodes: string[];
}

/** Columns of FactorState for the account `userId`. */
export function factorState(userId: SQL | number): SQL {
  return sql`
    (select json_build_object('secret', m.secret, 'lastUsedStep', m.last_used_step) from two_factor_methods m
      where m.user_id = ${userId} and m.type = 'totp' and m.confirmed_at is not null) as totp,
    exists (select from two_factor_methods m
      where m.user_id = ${userId} and m.type = 'email' and m.confirmed_at is not null) as "emailIsOn",
    array(select c.code from recovery_codes c where c.user_id = ${userId} and c.used_at is null) as "recoveryCodes"`;
}

/** A correct code, not yet used up. */
export interface Proof {
  /** What the session may claim about itself. */
  methods: AuthenticationMethod[];
  /** CTE body: uses the code up if `gate` holds, and returns a row to exactly one of the attempts. */
  use: (gate: SQL) => SQL;
  /** What the owner is told. */
  told?: { event: EventName; data: Record<string, number> };
}

export interface CodeInput {
  method: SecondFactor;
  code: string;
}

/**
 * Undefined for a wrong code, a used one, or a method that is not on. `emailCodeHash` is that of the mail last sent.
 * @throws AppError authenticator_lost
 */
export async function checkCode(
  platform: Platform,
  userId: number,
  state: FactorState,
  input: CodeInput & { emailCodeHashes?: string[]; emailCodeHash?: string | undefined },
): Promise<Proof | undefined> {
  if (input.method === "totp") return checkTotp(platform, userId, state, input.code);
  if (input.method === "recovery_code") return checkRecoveryCode(platform, userId, state, input.code);
  if (!state.emailIsOn || !input.emailCodeHashes?.some((hash) => hash === input.emailCodeHash)) return undefined;
  // Used up with the challenge that contains it, so only the gate remains.
  return { methods: ["email", "mfa"], use: (gate) => sql`select ${userId}::int as user_id where ${gate}` };
}

async function checkTotp(
  platform: Platform,
  userId: number,
  { totp }: FactorState,
  code: string,
): Promise<Proof | undefined> {
  if (!totp) return undefined;
  const secret = await openTotpSecret(platform, userId, totp.secret);
  const step = matchTotpStep({ secret, code, now: new Date(), lastUsedStep: totp.lastUsedStep });
  if (step === undefined) return undefined;
  const { secrets } = platform;
  const sealed = (await secrets.isCurrent(totp.secret)) ? totp.secret : await secrets.seal(secret, totpBinding(userId));
  return {
    methods: ["otp", "mfa"],
    use: (gate) => sql`
      update two_factor_methods m set last_used_step = ${step}::bigint, updated_at = now(),
        secret = case m.secret when ${totp.secret} then ${sealed} else m.secret end
      where m.user_id = ${userId} and m.type = 'totp' and m.confirmed_at is not null
        and coalesce(m.last_used_step, -1) < ${step}::bigint and ${gate}
      returning m.user_id`,
  };
}

async function checkRecoveryCode(
  { secrets }: Platform,
  userId: number,
  { recoveryCodes }: FactorState,
  code: string,
): Promise<Proof | undefined> {
  const hashes = await secrets.keyedHashes("recovery-code", normaliseRecoveryCode(code));
  const found = hashes.find((hash) => recoveryCodes.includes(hash));
  if (found === undefined) return undefined;
  return {
    methods: ["recovery_code", "mfa"],
    use: (gate) => sql`
      update recovery_codes c set used_at = now(), updated_at = now()
      where c.user_id = ${userId} and c.code = ${found} and c.used_at is null and ${gate}
      returning c.user_id`,
    told: { event: "recovery_code.used", data: { left: recoveryCodes.length - 1 } },
  };
}

/** @throws AppError authenticator_lost for a secret sealed under an AUTH_SECRET that no longer exists. */
export async function openTotpSecret({ secrets, log }: Platform, userId: number, sealed: string): Promise<string> {
  try {
    return await secrets.open(sealed, totpBinding(userId));
  } catch (cause) {
    log("authenticator_lost", { userId });
    throw new AppError("authenticator_lost", { cause });
  }
}

/** What a TOTP secret is bound to: it can't be opened in another account's row. */
export function totpBinding(userId: number): string {
  return `totp:${userId}`;
}
