/** Codes by mail, sent when the client asks for one: a second proof of the mailbox, which also resets the password. */
import { sql } from "drizzle-orm";
import { codeAnswer, wrongCode, type CodeAnswer } from "./code.ts";
import type { Factor } from "./factor.ts";
import { keptAsMethod } from "./two-factor-methods.ts";

/** What a login's challenge keeps of the code last sent for it. */
export interface SentCode {
  emailCode: { hash: string; expiresAt: string };
}

const method = keptAsMethod("email");

export const emailCode = {
  name: "email",
  guards: true,
  grade: { methods: ["email"], administers: false, changesFactors: false, reauthenticates: false },
  ...method,
  state: (userId) => sql`case when ${method.since(userId)} is not null then 'true'::jsonb end`,
  answer: codeAnswer,
  wrong: wrongCode,
  async check({ secrets }, { userId, answer, boundTo }) {
    if (!("kept" in boundTo)) return undefined;
    const { emailCode: sent } = boundTo.kept as Partial<SentCode>;
    const hashes = await secrets.keyedHashes("email-code", challengeCode(boundTo.tokenHash, answer.code));
    if (!sent || Date.parse(sent.expiresAt) <= Date.now() || !hashes.includes(sent.hash)) return undefined;
    // Used up with the challenge that holds it, so the gate is all there is to pass.
    return { use: (gate) => sql`select ${userId}::int as user_id where ${gate}` };
  },
} as const satisfies Factor<true, CodeAnswer>;

/** A code is good for the challenge that it was sent for, and for no other. */
export function challengeCode(tokenHash: string, code: string): string {
  return `${tokenHash}:${code}`;
}
