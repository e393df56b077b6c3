/** Recovery codes, for whoever has lost the other factors: ten, each good once, shown when they are made. */
import { sql, type SQL } from "drizzle-orm";
import { generateRecoveryCodes, normaliseRecoveryCode } from "../../crypto/one-time-code.ts";
import type { Platform } from "../../platform/index.ts";
import { codeAnswer, wrongCode, type CodeAnswer } from "./code.ts";
import type { Factor } from "./factor.ts";

export const recoveryCodes = {
  name: "recovery_code",
  guards: false,
  grade: { methods: ["recovery_code"], administers: false, changesFactors: true, reauthenticates: true },
  since: (userId) => sql`(
    select min(c.created_at) from recovery_codes c where c.user_id = ${userId} and c.used_at is null)`,
  /** Keyed hashes of those unused. */
  state: (userId) => sql`(
    select jsonb_agg(c.code) from recovery_codes c where c.user_id = ${userId} and c.used_at is null)`,
  answer: codeAnswer,
  wrong: wrongCode,
  async check({ secrets }, { userId, state, answer }) {
    const hashes = await secrets.keyedHashes("recovery-code", normaliseRecoveryCode(answer.code));
    const found = hashes.find((hash) => state.includes(hash));
    if (found === undefined) return undefined;
    return {
      use: (gate) => sql`
        update recovery_codes c set used_at = now(), updated_at = now()
        where c.user_id = ${userId} and c.code = ${found} and c.used_at is null and ${gate}
        returning c.user_id`,
      told: { event: "recovery_code.used", data: { left: state.length - 1 } },
    };
  },
  remove: (userId, gate) => sql`delete from recovery_codes where user_id = ${userId} and ${gate} returning user_id`,
} as const satisfies Factor<string[], CodeAnswer>;

/** How many of an account's codes are unused: a statement. */
export function countRecoveryCodes(userId: number): SQL {
  return sql`select count(*)::int as left from recovery_codes where user_id = ${userId} and used_at is null`;
}

/** Shown once: only their keyed hashes are kept. */
export interface RecoveryCodes {
  recoveryCodes: string[];
}

interface NewRecoveryCodes {
  codes: string[];
  /** The statements that put the codes in the place of the old ones, where `done` holds. */
  replace: (userId: number, done: SQL) => { dropped: SQL; issued: SQL };
  /** The statement that stores them, and returns rows, where `done` holds and no unused ones are there. */
  issueFirst: (userId: number, done: SQL) => SQL;
}

export async function newRecoveryCodes({ secrets }: Platform): Promise<NewRecoveryCodes> {
  const codes = generateRecoveryCodes();
  const hashes = await Promise.all(
    codes.map((code) => secrets.keyedHash("recovery-code", normaliseRecoveryCode(code))),
  );
  const issue = (userId: number, where: SQL) => sql`
    insert into recovery_codes (user_id, code)
    select ${userId}, hash from unnest(${sql.param(hashes)}::text[]) as hash where ${where}`;
  return {
    codes,
    issueFirst: (userId, done) => sql`
      ${issue(userId, sql`${done} and ${recoveryCodes.since(userId)} is null`)} returning id`,
    replace: (userId, done) => ({
      dropped: recoveryCodes.remove(userId, done),
      issued: issue(userId, done),
    }),
  };
}
