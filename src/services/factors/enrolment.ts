/**
 * Second factors from their owner's view: on, off, recovery codes. Each change is told and audited, and ends the other
 * sessions (ASVS 7.4.3).
 */
import { sql } from "drizzle-orm";
import { renderSVG } from "uqr";
import { generateEmailCode } from "../../crypto/one-time-code.ts";
import { createOneTimeToken } from "../../crypto/one-time-token.ts";
import { generateTotpSecret, matchTotpStep, totpUri } from "../../crypto/totp.ts";
import type { TWO_FACTOR_TYPES } from "../../db/values.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { changeFactors } from "./change.ts";
import { incorrectCode } from "./code.ts";
import { remainingWait, reserveAttempt, tooManyAttempts } from "../login/throttle.ts";
import { killOneTimeTokens } from "../accounts/one-time-tokens.ts";
import { EMAIL_CODE_MINUTES, codeMailKey, sendCode } from "../login/code-mail.ts";
import { emailCode } from "./email-code.ts";
import { factorNamed, isGuarded, methodsOf, selectTurnedOn, turnedOn, type Guard, type TurnedOn } from "./list.ts";
import { countRecoveryCodes, newRecoveryCodes, recoveryCodes, type RecoveryCodes } from "./recovery-codes.ts";
import { openTotpSecret, totpBinding } from "./totp.ts";
import { asActor, readAs, type Actor } from "../access/actor.ts";

/** Attempts at one e-mail code. */
const CODE_TRIES = 5;

export interface TwoFactorState {
  methods: { method: Guard; since: string }[];
  recoveryCodesLeft: number;
}

export async function getTwoFactor(platform: Platform, actor: Actor): Promise<TwoFactorState> {
  const { userId } = actor;
  const { on, codes } = await readAs(platform, actor, {
    on: platform.db.execute<TurnedOn>(selectTurnedOn(userId)),
    codes: platform.db.execute<{ left: number }>(countRecoveryCodes(userId)),
  });
  return { methods: turnedOn(on.rows[0]!), recoveryCodesLeft: codes.rows[0]!.left };
}

/**
 * Starts, or starts over: the secret counts for nothing until one of its codes was shown. @throws AppError
 * two_factor_method_on
 */
export async function startTotp(
  platform: Platform,
  actor: Actor,
): Promise<{ secret: string; uri: string; qrCode: string }> {
  const { userId } = actor;
  const secret = generateTotpSecret();
  const sealed = await platform.secrets.seal(secret, totpBinding(userId));
  const { started } = await asActor(platform, actor, {
    started: platform.db.execute<{ email: string }>(sql`
      insert into two_factor_methods as m (user_id, type, secret) values (${userId}, 'totp', ${sealed})
      on conflict (user_id, type) do update set secret = excluded.secret, last_used_step = null, updated_at = now()
      where m.confirmed_at is null
      returning (select email from users where id = ${userId}) as email`),
  });
  const account = started.rows[0]?.email;
  if (account === undefined) throw new AppError("two_factor_method_on");
  const uri = totpUri({ secret, account, issuer: platform.config.PRODUCT_NAME });
  return { secret, uri, qrCode: renderSVG(uri) };
}

/**
 * Two trips. The session has used a time-based code, and its tokens say so from now on. @throws AppError incorrect_code
 */
export async function confirmTotp(platform: Platform, actor: Actor, code: string): Promise<RecoveryCodes> {
  const { userId, sessionId } = actor;
  const { read } = await readAs(platform, actor, {
    read: platform.db.execute<{ secret: string }>(sql`
      select secret from two_factor_methods where user_id = ${userId} and type = 'totp' and confirmed_at is null`),
  });
  const sealed = read.rows[0]?.secret;
  const secret = sealed && (await openTotpSecret(platform, userId, sealed));
  const step = secret && (await matchTotpStep({ secret, code, now: new Date() }));
  if (!step) throw incorrectCode();
  const recovery = await newRecoveryCodes(platform);
  await changeFactors(platform, actor, {
    change: sql`
      update two_factor_methods set confirmed_at = now(), last_used_step = ${step}::bigint, updated_at = now()
      where user_id = ${userId} and type = 'totp' and confirmed_at is null and secret = ${sealed}
      returning user_id`,
    entails: (done) => ({
      proven: sql`
        update refresh_tokens t set methods = array(select distinct unnest(t.methods || ${sql.param(methodsOf("totp"))}::text[])), updated_at = now()
        where t.session_id = ${sessionId}::uuid and ${done}`,
      ...recovery.replace(userId, done),
    }),
    event: "two_factor.enabled",
    data: { method: "totp" },
    otherwise: incorrectCode,
  });
  return { recoveryCodes: recovery.codes };
}

/** Sends the code that proves the mailbox. @throws AppError two_factor_method_on, too_many_attempts */
export async function startEmail(platform: Platform, actor: Actor): Promise<void> {
  const { userId } = actor;
  const code = generateEmailCode();
  const { tokenHash } = await createOneTimeToken();
  const hash = await platform.secrets.keyedHash("email-code", setUpCode(userId, code));
  const key = sql`select ${codeMailKey(sql`account.id`)} as key from account`;
  const { started } = await asActor(platform, actor, {
    started: platform.db.execute<{ reserved: number | null; waitSeconds: number }>(sql`
      with account as (
        select id from users where id = ${userId} and ${emailCode.since(userId)} is null
      ), reserved as (${reserveAttempt(key, "mail")}),
      killed as (${killOneTimeTokens(sql`user_id = ${userId} and purpose = 'email_code' and exists (select from reserved)`)}),
      created as (
        insert into one_time_tokens (user_id, purpose, token, payload, expires_at)
        select ${userId}, 'email_code', ${tokenHash}, ${JSON.stringify({ code: hash })}::jsonb,
          now() + make_interval(mins => ${EMAIL_CODE_MINUTES}::int)
        from reserved
      )
      select (select failures from reserved) as reserved, ${remainingWait(key, "mail")} as "waitSeconds" from account`),
  });
  const outcome = started.rows[0];
  if (!outcome) throw new AppError("two_factor_method_on");
  if (outcome.reserved === null) throw tooManyAttempts(outcome.waitSeconds);
  const expiresAt = new Date(Date.now() + EMAIL_CODE_MINUTES * 60_000).toISOString();
  await sendCode(platform, { userId, code, expiresAt });
}

/** One trip: the attempt is counted before the code is compared. @throws AppError incorrect_code */
export async function confirmEmail(platform: Platform, actor: Actor, code: string): Promise<RecoveryCodes> {
  const { userId } = actor;
  const hashes = await platform.secrets.keyedHashes("email-code", setUpCode(userId, code));
  const recovery = await newRecoveryCodes(platform);
  const live = sql`user_id = ${userId} and purpose = 'email_code' and used_at is null and expires_at > now()`;
  await changeFactors(platform, actor, {
    // Counts one attempt beyond the limit, so that the first one over it finds itself too late.
    before: platform.db.execute(sql`
      update one_time_tokens set attempts = attempts + 1, updated_at = now()
      where ${live} and attempts <= ${CODE_TRIES}::int`),
    proof: sql`
      update one_time_tokens set used_at = now(), updated_at = now()
      where ${live} and attempts <= ${CODE_TRIES}::int and payload->>'code' = any(${sql.param(hashes)}::text[])
      returning user_id`,
    change: sql`
      insert into two_factor_methods as m (user_id, type, confirmed_at) select user_id, 'email', now() from proof
      on conflict (user_id, type) do update set confirmed_at = now(), updated_at = now() where m.confirmed_at is null
      returning m.user_id`,
    entails: (done) => recovery.replace(userId, done),
    event: "two_factor.enabled",
    data: { method: "email" },
    otherwise: incorrectCode,
  });
  return { recoveryCodes: recovery.codes };
}

/** Those that are turned off as one; passkeys are removed one by one. */
export type Method = (typeof TWO_FACTOR_TYPES)[number];

/** The last factor takes the recovery codes with it. @throws AppError not_found for a method that is not on. */
export async function turnOff(platform: Platform, actor: Actor, method: Method): Promise<void> {
  const { userId, sessionId } = actor;
  const { since, remove, grade } = factorNamed(method);
  await changeFactors(platform, actor, {
    change: remove(userId, sql`${since(userId)} is not null`),
    entails: (done) => ({
      ...(grade.administers && {
        lowered: sql`
          update refresh_tokens t set updated_at = now(),
            methods = array(select shown from unnest(t.methods) as shown where shown <> all(${sql.param(grade.methods)}::text[]))
          where t.session_id = ${sessionId}::uuid and ${done}`,
      }),
      dropped: recoveryCodes.remove(userId, sql`${done} and not ${isGuarded(userId)}`),
    }),
    // This session continues, but its use of an authenticator no longer counts.
    event: grade.administers ? "totp.disabled" : "two_factor.disabled",
    data: { method },
    otherwise: () => new AppError("not_found"),
  });
}

/** @throws AppError not_found if no second factor is on. */
export async function replaceRecoveryCodes(platform: Platform, actor: Actor): Promise<RecoveryCodes> {
  const { userId } = actor;
  const recovery = await newRecoveryCodes(platform);
  await changeFactors(platform, actor, {
    change: sql`select id as user_id from users where id = ${userId} and ${isGuarded(userId)}`,
    entails: (done) => recovery.replace(userId, done),
    event: "recovery_codes.replaced",
    otherwise: () => new AppError("not_found"),
  });
  return { recoveryCodes: recovery.codes };
}

function setUpCode(userId: number, code: string): string {
  return `set-up:${userId}:${code}`;
}
