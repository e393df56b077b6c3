/**
 * Every second factor, in the order in which a login offers them, and what holds for all of them. A new one is a file of
 * its own and a line here.
 */
import { sql, type SQL } from "drizzle-orm";
import { isoTime } from "../../db/iso-time.ts";
import type { Platform } from "../../platform/index.ts";
import { emailCode } from "./email-code.ts";
import type { Factor, FactorAttempt, Proof } from "./factor.ts";
import { passkey } from "./passkey.ts";
import { recoveryCodes } from "./recovery-codes.ts";
import { totp } from "./totp.ts";

const LIST = [passkey, totp, emailCode, recoveryCodes] as const;

export type SecondFactor = (typeof LIST)[number]["name"];
export type Guard = Extract<(typeof LIST)[number], { guards: true }>["name"];
type Listed = Factor<never, never> & { name: SecondFactor };

export const FACTORS: readonly Listed[] = LIST;
export const FACTOR_NAMES = FACTORS.map(({ name }) => name);

/** Those that make a login ask for a second step, as their owner turns them on and off. */
export const GUARDS = FACTORS.filter((factor): factor is Listed & { name: Guard } => factor.guards);
export const GUARD_NAMES = GUARDS.map(({ name }) => name);

/**
 * How the owner proved themselves, as `amr` says it (RFC 8176): with a password or, our own word, at an identity
 * provider, and after it a second factor.
 */
export type AuthenticationMethod = "pwd" | "fed" | "mfa" | (typeof LIST)[number]["grade"]["methods"][number];

export function factorNamed(name: SecondFactor): Listed {
  return FACTORS.find((factor) => factor.name === name)!;
}

/** What a session has shown with it, by this proof or any. */
export function methodsOf(name: SecondFactor, proof?: Pick<Proof, "methods">): AuthenticationMethod[] {
  const methods = proof?.methods ?? factorNamed(name).grade.methods;
  return [...(methods as AuthenticationMethod[]), "mfa"];
}

/** Of these a session must have shown one to administer, where the policy asks for it. */
export const ADMINISTERING_METHODS: readonly string[] = FACTORS.flatMap(({ grade }) =>
  grade.administers ? grade.methods : [],
);

/** Whether a login that has `shown` these methods has shown the factor: the same mailbox twice is one factor. */
const isShown = ({ grade }: Listed, shown: readonly string[]) => grade.methods.some((method) => shown.includes(method));

/** Condition: a login to `userId` (a value or a column) that has `shown` these methods asks for a second step. */
export function isGuarded(userId: SQL | number, shown: readonly AuthenticationMethod[] = []): SQL {
  return sql`(${sql.join(
    GUARDS.filter((guard) => !isShown(guard, shown)).map(({ since }) => sql`${since(userId)} is not null`),
    sql` or `,
  )})`;
}

/** What is left of things by factor, for a login that has `shown` these methods. */
export function notShown<Thing>(
  byFactor: Partial<Record<SecondFactor, Thing>>,
  shown: readonly AuthenticationMethod[],
): Partial<Record<SecondFactor, Thing>> {
  const left = FACTORS.filter((factor) => !isShown(factor, shown)).map(({ name }) => name);
  return Object.fromEntries(left.flatMap((name) => (name in byFactor ? [[name, byFactor[name]]] : [])));
}

/** SQL expression: one thing of each factor, by its name. */
function ofEach(factors: readonly Listed[], what: (factor: Listed) => SQL): SQL {
  const pairs = factors.map((factor) => sql`${factor.name}::text, ${what(factor)}`);
  return sql`jsonb_build_object(${sql.join(pairs, sql`, `)})`;
}

/** Statement: since when each of them is on. */
export function selectTurnedOn(userId: number): SQL {
  return sql`select ${ofEach(GUARDS, ({ since }) => since(userId))} as since`;
}

/** The row of `selectTurnedOn`. */
export interface TurnedOn extends Record<string, unknown> {
  since: Partial<Record<Guard, string | null>>;
}

/** Those that are on, in their order. */
export function turnedOn({ since }: TurnedOn): { method: Guard; since: string }[] {
  return GUARD_NAMES.flatMap((method) => {
    const time = since[method];
    return time ? [{ method, since: isoTime(time) }] : [];
  });
}

/** What each factor that is on makes its challenge of; null for one that is off. */
export type Offers = Partial<Record<SecondFactor, unknown>>;

/** SQL expression: the Offers of an account. */
export function offersOf(userId: SQL): SQL {
  return ofEach(
    FACTORS,
    ({ since, challenge }) =>
      sql`case when ${since(userId)} is not null then ${challenge?.source(userId) ?? sql`'true'::jsonb`} end`,
  );
}

/** None where nothing guards the account. */
export function offered(offers: Offers): SecondFactor[] {
  const isOn = ({ name }: Listed) => (offers[name] ?? null) !== null;
  return GUARDS.some(isOn) ? FACTORS.filter(isOn).map(({ name }) => name) : [];
}

/** What is sent with a login's answer, by factor, and what its challenge keeps. */
export async function makeChallenges(platform: Platform, offers: Offers) {
  const sent: Partial<Record<SecondFactor, unknown>> = {};
  const kept: Record<string, unknown> = {};
  for (const name of offered(offers)) {
    const made = await factorNamed(name).challenge?.make(platform, offers[name]);
    if (!made) continue;
    sent[name] = made.sent;
    Object.assign(kept, made.kept);
  }
  return { sent, kept };
}

/** What the factors must know of an account to check an answer. */
export type FactorStates = Partial<Record<SecondFactor, unknown>>;

/** SQL expression: the FactorStates of an account. */
export function statesOf(userId: SQL | number): SQL {
  return ofEach(FACTORS, ({ state }) => state(userId));
}

interface Attempt extends Pick<FactorAttempt<never, unknown>, "userId" | "answer" | "boundTo"> {
  method: SecondFactor;
  states: FactorStates;
}

/** Undefined for a wrong answer, a used one, or a factor that is not on. @throws AppError authenticator_lost */
export async function checkFactor(
  platform: Platform,
  { method, states, ...attempt }: Attempt,
): Promise<Proof | undefined> {
  const state = states[method] ?? null;
  if (state === null) return undefined;
  // Of the factor's own making both: the statement and the schema.
  return factorNamed(method).check(platform, { ...attempt, state } as FactorAttempt<never, never>);
}

/** Statement: takes every factor off the account. */
export function removeFactors(userId: number): SQL {
  const removals = FACTORS.map(({ name, remove }) => sql`${sql.identifier(name)} as (${remove(userId, sql`true`)})`);
  return sql`with ${sql.join(removals, sql`, `)} select`;
}
