/** What a second factor is: an object with these few functions. `list.ts` holds them all. */
import type { SQL } from "drizzle-orm";
import type * as z from "zod/mini";
import type { AppError, ErrorCode } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import type { EventName } from "../events/catalogue.ts";
import type { Happening } from "../events/happened.ts";

/** `State` is what `state` selects, as JSON; `Answer` what the client sends besides the factor's name. */
export interface Factor<State, Answer> {
  /** As clients, the login history and the owner's list name it. */
  name: string;
  /** With it on, a login asks for a second step. Without this, it only stands in where another asks. */
  guards: boolean;
  grade: Grade;
  /** Since when `userId` (a value or a column) has it on: SQL expression, null while it is off. */
  since: (userId: SQL | number) => SQL;
  /** What `check` must know of the account: SQL expression, as JSON, read where a try is counted; null while it is off. */
  state: (userId: SQL | number) => SQL;
  /** What a login carries in its own answer, where the name of the factor does not say enough. */
  challenge?: Challenge;
  /** Schemas of what the client sends besides the name; one object for factors that are answered alike. */
  answer: Record<string, z.ZodMiniType>;
  /** How a wrong answer is refused. */
  wrong: { atLogin: ErrorCode; signedIn: () => AppError };
  /** Undefined for what proves nothing. */
  check: (platform: Platform, attempt: FactorAttempt<State, Answer>) => Promise<Proof | undefined>;
  /** Statement: takes it off the account `userId` where `gate` holds, returning a row for whatever was there. */
  remove: (userId: number, gate: SQL) => SQL;
}

/** What a session counts for that has shown it. */
export interface Grade {
  /** What the session may say of itself, as `amr` does (RFC 8176). */
  methods: readonly string[];
  /** Whether it opens administration where the policy asks for a second factor (drizzle/functions/assert_session.sql). */
  administers: boolean;
  /** Whether it may change second factors where an authenticator is on (assert_may_change_factors.sql). */
  changesFactors: boolean;
  /** Whether a signed-in session can prove itself again by it. */
  reauthenticates: boolean;
}

/** Read in the trip of the password, so that it costs none of its own. */
export interface Challenge {
  /** What it is made of: SQL expression, as JSON. */
  source: (userId: SQL) => SQL;
  /** What the client is sent, and what the login's challenge keeps for `check`. */
  make: (platform: Platform, source: unknown) => Promise<{ sent: unknown; kept: Record<string, unknown> }>;
  /** Schema of what is sent. */
  sent: z.ZodMiniType;
}

export interface FactorAttempt<State, Answer> {
  userId: number;
  state: State;
  answer: Answer;
  /** What the proof is good for: one login's challenge, with what that keeps, or one session. */
  boundTo: { tokenHash: string; kept: Record<string, unknown> } | { sessionId: string };
}

/** A right answer, not yet used up. */
export interface Proof {
  /** What the session may say of itself, where that is not all of the grade's methods. */
  methods?: readonly string[];
  /** Statement that runs before `use`, in its batch. */
  before?: SQL;
  /** CTE body: uses the answer up where `gate` holds, and returns a row to exactly one of those who try. */
  use: (gate: SQL) => SQL;
  /** What the owner is told where it is right and can't be used: `gate` holds where nothing else stands against it. */
  suspicion?: (gate: SQL) => Happening;
  /** What the owner is told. */
  told?: { event: EventName; data: Record<string, number> };
}
