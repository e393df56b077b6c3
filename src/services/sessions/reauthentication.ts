/**
 * Reauthentication makes a session fresh for ten minutes. Two trips; counted like any other guess, before it is
 * checked.
 */
import { sql, type SQL } from "drizzle-orm";
import { writtenHere } from "../../db/batch.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import {
  clearAttempts,
  remainingWait,
  reserveAttempt,
  secondFactorKey,
  throttleKey,
  tooManyAttempts,
} from "../login/throttle.ts";
import { happened } from "../events/happened.ts";
import { normalisePassword } from "../accounts/password-rules.ts";
import { incorrectPassword, verify } from "../accounts/passwords.ts";
import type { Proof } from "../factors/factor.ts";
import {
  checkFactor,
  factorNamed,
  methodsOf,
  statesOf,
  type AuthenticationMethod,
  type FactorStates,
  type SecondFactor,
} from "../factors/list.ts";
import { asActor, readAs, type Actor } from "../access/actor.ts";
import { joinRole } from "../access/held-role.ts";
import { issueAccessToken, type Tokens } from "./session.ts";

/** A password, or a factor with what its schema asks for. */
export type Reauthentication = { password: string } | { method: SecondFactor };

/** @throws AppError incorrect_password, incorrect_code, incorrect_passkey or too_many_attempts. */
export async function reauthenticate(
  platform: Platform,
  actor: Actor,
  input: Reauthentication,
): Promise<Omit<Tokens, "refreshToken">> {
  return "password" in input ? byPassword(platform, actor, input.password) : byFactor(platform, actor, input);
}

interface Reserved extends Record<string, unknown> {
  reserved: number | null;
  waitSeconds: number;
}

async function byPassword(platform: Platform, actor: Actor, password: string) {
  const { userId } = actor;
  const key = await throttleKey(platform, { userId });
  const { read } = await readAs(platform, actor, {
    read: platform.db.execute<Reserved & { passwordHash: string | null }>(sql`
      with reserved as (${reserveAttempt(key)})
      select password_hash as "passwordHash", (select failures from reserved) as reserved, ${remainingWait(key)} as "waitSeconds"
      from users where id = ${userId}`),
  });
  const { passwordHash, reserved, waitSeconds } = read.rows[0]!;
  if (reserved === null) throw tooManyAttempts(waitSeconds);
  const matches =
    passwordHash !== null &&
    (await verify(platform, {
      password: normalisePassword(password),
      storedHash: passwordHash,
      throttle: key,
      patience: "known",
    }));
  if (!matches) throw incorrectPassword("#/password");
  return refreshen(platform, actor, {
    // A password that was changed meanwhile proves nothing any more.
    proven: sql`select id as user_id from users where id = ${userId} and password_hash = ${passwordHash}`,
    methods: [],
    key,
    otherwise: () => incorrectPassword("#/password"),
  });
}

async function byFactor(platform: Platform, actor: Actor, input: { method: SecondFactor }) {
  const { userId, sessionId } = actor;
  const { method } = input;
  const key = secondFactorKey(userId, null);
  const { read } = await readAs(platform, actor, {
    read: platform.db.execute<Reserved & { states: FactorStates }>(sql`
      with reserved as (${reserveAttempt(key, "second_factor")})
      select (select failures from reserved) as reserved, ${remainingWait(key, "second_factor")} as "waitSeconds", ${statesOf(userId)} as states`),
  });
  const { states, reserved, waitSeconds } = read.rows[0]!;
  if (reserved === null) throw tooManyAttempts(waitSeconds);
  const proof = await checkFactor(platform, { userId, method, answer: input, states, boundTo: { sessionId } });
  const { signedIn: wrong } = factorNamed(method).wrong;
  if (!proof) throw wrong();
  return refreshen(platform, actor, {
    before: proof.before,
    proven: proof.use(sql`true`),
    methods: methodsOf(method, proof),
    key,
    told: proof.told,
    otherwise: wrong,
  });
}

interface Refreshing {
  /** Statement that runs before. */
  before?: SQL | undefined;
  /** CTE body: one row if the proof holds, none if it was used or has changed meanwhile. */
  proven: SQL;
  methods: AuthenticationMethod[];
  key: string;
  told?: Proof["told"] | undefined;
  otherwise: () => AppError;
}

async function refreshen(platform: Platform, actor: Actor, input: Refreshing) {
  const { userId, sessionId } = actor;
  const { before, proven, methods, key, told, otherwise } = input;
  const { db } = platform;
  const done = sql`exists (
    select from refresh_tokens t where t.session_id = ${sessionId}::uuid and ${writtenHere("t")})`;
  const issuedAt = new Date();
  const { updated } = await asActor(platform, actor, {
    before: before && db.execute(before),
    updated: db.execute<{ roleId: number; permissions: string[]; methods: string[]; authenticatedAt: string }>(sql`
      with proven as (${proven}), cleared as (${clearAttempts(key)} and exists (select from proven))
      update refresh_tokens t set authenticated_at = now(), updated_at = now(),
        methods = array(select distinct unnest(t.methods || ${sql.param(methods)}::text[]))
      from proven join users u on u.id = proven.user_id ${joinRole}
      where t.session_id = ${sessionId}::uuid and t.revoked_at is null
      returning r.id as "roleId", r.permissions, t.methods, t.authenticated_at as "authenticatedAt"`),
    ...(told && happened(platform, { event: told.event, userId, where: done, facts: { data: told.data } })),
  });
  const session = updated.rows[0];
  if (!session) throw otherwise();
  return issueAccessToken(platform, { ...session, account: { id: userId, ...session }, sessionId, issuedAt });
}
