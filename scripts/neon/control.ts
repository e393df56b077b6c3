/** The remote control of the local Neon endpoint, for tests: plain fetch, so that it also runs inside the Workers runtime. */

import type { FirstLock } from "./account-lock.ts";
import type { AnsweredColumn } from "./rows.ts";

export type Fault =
  /** Waits before running. */
  | { kind: "delay"; ms: number }
  /** Runs at once, answers late. */
  | { kind: "delay-after"; ms: number }
  /** Answers this HTTP status without running. */
  | { kind: "status"; status: number }
  /** Drops the connection without running. */
  | { kind: "cut" }
  /** Runs and commits, then drops the connection half-way through the answer. */
  | { kind: "cut-after" }
  /** Answers 200 with a page of HTML, without running. */
  | { kind: "garbage" }
  /** Runs and commits, then answers 200 with the first half of the JSON. */
  | { kind: "truncate" }
  /** A barrier: holds requests until `count` have come, then lets all go at once; a 504 after `timeoutMs` (default 10,000). */
  | { kind: "hold"; count: number; timeoutMs?: number };

export interface FaultScope {
  /** A database's name or connection string; every database when absent. */
  database?: string | undefined;
  /** `request`: strikes only what a request of the service asks (it sends `X-Request-Id`), not its queue and objects. */
  source?: Source | undefined;
  /** How many requests it strikes (default 1); for a hold, how many rounds. */
  times?: number | undefined;
  /** Strikes only requests with a statement that matches (a RegExp's source over HTTP, matched without regard to case). */
  match?: RegExp | string | undefined;
}

/** Who asks: a request that the service is answering, or what it does besides. */
export type Source = "request";

/** Where a request is held. */
export interface PausePoint {
  /** As the request's `X-Request-Id` says, which the service forwards. */
  requestId: string;
  /** Its n-th trip, from 0. */
  trip: number;
  /**
   * Before this statement of the trip, from 0; one past the last, or `commit`: before the commit; two past it, or
   * `answer`: after the commit, before the answer goes out.
   */
  statement: number | "commit" | "answer";
}

/** A trip of a request that is watched. */
export interface Trip {
  statements: number;
  /** Where PostgreSQL refused it. */
  sqlState?: string;
  /** It wrote nothing and locked nothing. */
  onlyReads?: true;
  /** The tables that it read, locked or wrote, unless PostgreSQL refused it. */
  touched?: string[];
  written?: string[];
  /** Where it locked accounts before it did anything else. */
  firstLock?: FirstLock;
}

export interface Control {
  /** Copies a template database (none: an empty one) and answers the connection string of the copy. */
  createDatabase(template?: string, name?: string): Promise<string>;
  /** How many HTTP requests the database got since the last reset. */
  trips(database?: string, source?: Source): Promise<number>;
  /** Sets the count to zero and forgets the recorded statements. */
  resetTrips(database?: string): Promise<void>;
  inject(fault: Fault, scope?: FaultScope): Promise<void>;
  /** Takes back faults that are left, and lets held requests go. */
  clear(database?: string): Promise<void>;
  /** Runs SQL directly: no trip, no fault; rows as objects with parsed values. */
  query<Row = Record<string, unknown>>(database: string, sql: string, params?: unknown[]): Promise<Row[]>;
  /** The SQL texts since the last reset, in order, never their parameters. */
  statements(database?: string): Promise<string[]>;
  /** Notes the trips of a request that is about to come, and holds it at `point`, if there is one. */
  watch(requestId: string, point?: Omit<PausePoint, "requestId">): Promise<void>;
  /** Settles once the request is held (true), or was told to go on before it came so far (false). */
  held(requestId: string): Promise<boolean>;
  go(requestId: string): Promise<void>;
  /** Where a watched request waits now for a lock of another, if it does; not for what runs beside them. */
  blockedAt(requestId: string, database: string): Promise<{ trip: number; statement: number } | undefined>;
  /** Lets a watched request go, notes nothing more about it, and answers what was noted. */
  forget(requestId: string): Promise<Trip[]>;
  /** The batches of a database, each once, as the texts of their statements; resetTrips forgets none. */
  batches(database: string): Promise<string[][]>;
  /** What the marked statements answered, by mark (see rows.ts). */
  rows(database: string): Promise<Record<string, AnsweredColumn[]>>;
}

/**
 * @param url the endpoint's own address (`http://127.0.0.1:PORT/sql`), started with `control: true`.
 * Every call throws an Error with the endpoint's message when it is refused or the SQL fails (then with PostgreSQL's `code` too).
 */
export function createControl(url: string): Control {
  async function call(action: string, input: object): Promise<any> {
    const response = await fetch(new URL("/control", url), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ action, ...input }),
    });
    const answer: { message?: string; code?: string } = await response.json();
    if (!response.ok) throw Object.assign(new Error(`${action}: ${answer.message}`), { code: answer.code });
    return answer;
  }

  return {
    createDatabase: async (template, name) => (await call("create-database", { template, name })).url,
    trips: async (database, source) => (await call("trips", { database, source })).trips,
    resetTrips: (database) => call("reset", { database }),
    inject: (fault, { database, source, times, match } = {}) =>
      call("inject", { fault, database, source, times, match: match instanceof RegExp ? match.source : match }),
    clear: (database) => call("clear", { database }),
    query: async (database, sql, params = []) => (await call("query", { database, sql, params })).rows,
    statements: async (database) => (await call("log", { database })).statements,
    watch: (requestId, point) => call("watch", { requestId, ...point }),
    held: async (requestId) => (await call("held", { requestId })).held,
    go: (requestId) => call("go", { requestId }),
    blockedAt: async (requestId, database) => (await call("blocked", { requestId, database })).at,
    forget: async (requestId) => (await call("forget", { requestId })).trips,
    batches: async (database) => (await call("batches", { database })).batches,
    rows: async (database) => (await call("rows", { database })).rows,
  };
}
