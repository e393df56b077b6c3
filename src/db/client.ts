/**
 * Runs one statement or one batch. A trip is one HTTP request to Neon, with a time limit; a read that fails on the
 * network is retried once. Drizzle's `sql` composes the statements and Neon's driver runs them: Drizzle's own session
 * would add its query builders, which nothing here uses, to the bundle (20 KiB gzip) and to every request.
 */
import { neon, neonConfig, types, type FullQueryResults, type NeonQueryPromise } from "@neondatabase/serverless";
import type { SQL } from "drizzle-orm";
import { CasingCache } from "drizzle-orm/casing";

const TIME_LIMIT_MS = 5_000;

type Row = Record<string, unknown>;
type Result<R extends Row> = Omit<FullQueryResults<false>, "rows"> & { rows: R[] };

/** Runs when awaited, or as part of a batch. */
export type Statement<R extends Row = Row> = Promise<Result<R>>;
/** The statements of a batch by name, in order; undefined ones are left out. */
export type Statements = Readonly<Record<string, Statement | undefined>>;
export type Results<Named extends Statements> = { -readonly [Name in keyof Named]: Awaited<Named[Name]> };

export interface Database {
  execute<R extends Row = Row>(statement: SQL): Statement<R>;
  /** One transaction: all of them, or none. `first` runs before them, and its results are dropped. */
  batch<const Named extends Statements>(statements: Named, first?: readonly Statement[]): Promise<Results<Named>>;
}

interface DatabaseOptions {
  url: string;
  /** Sends the statements here instead of to the host in `url`; local only. */
  endpoint?: string | undefined;
  /** Sent with each trip, to trace it to its request. Trips of the queue and the hubs have none. */
  requestId: string | null;
  /** Called after each trip with its duration. */
  onTrip: (milliseconds: number) => void;
}

/**
 * Creating a client is free, since it holds no connection: each request makes its own, so `onTrip` times that request
 * alone.
 */
export function createDatabase({ url, endpoint, requestId, onTrip }: DatabaseOptions): Database {
  neonConfig.fetchFunction = sendStatements;
  if (endpoint) neonConfig.fetchEndpoint = endpoint;
  const client = neon(url, { fullResults: true, fetchOptions: { requestId, onTrip } });
  return {
    execute: <R extends Row>(statement: SQL) => {
      const { sql, params } = statement.toQuery(POSTGRES);
      return client.query(sql, params, { types: AS_TEXT }) as unknown as Statement<R>;
    },
    batch: async <Named extends Statements>(statements: Named, first: readonly Statement[] = []) => {
      const named = Object.entries(statements).filter(([, statement]) => statement !== undefined);
      const all = [...first, ...named.map(([, statement]) => statement)];
      const results = await client.transaction(all as unknown as NeonQueryPromise<false, true>[]);
      return Object.fromEntries(named.map(([name], i) => [name, results[first.length + i]])) as Results<Named>;
    },
  };
}

/** How PostgreSQL writes names, parameters and texts. */
const POSTGRES: Parameters<SQL["toQuery"]>[0] = {
  casing: new CasingCache(),
  escapeName: (name) => `"${name.replaceAll('"', '""')}"`,
  escapeParam: (at) => `$${at + 1}`,
  escapeString: (text) => `'${text.replaceAll("'", "''")}'`,
};

/** Times stay as PostgreSQL writes them, to the microsecond: a Date would round them. */
const TIMES: readonly (number | undefined)[] = [
  types.builtins.TIMESTAMPTZ,
  types.builtins.TIMESTAMP,
  types.builtins.DATE,
];
const AS_TEXT = {
  getTypeParser: (type: number, format?: "text") =>
    TIMES.includes(type) ? (text: string) => text : types.getTypeParser(type, format),
} as typeof types;

interface StatementRequest extends RequestInit {
  body: string;
  headers: Record<string, string>;
  requestId: string | null;
  onTrip: (milliseconds: number) => void;
}

async function sendStatements(
  endpoint: string,
  { requestId, onTrip, ...request }: StatementRequest,
): Promise<Response> {
  const startedAt = Date.now();
  if (requestId !== null) request.headers["X-Request-Id"] = requestId;
  try {
    return await sendOnce(endpoint, request);
  } catch (error) {
    // A write may have been committed before its answer was lost, so only reads are retried.
    if (isTimeout(error) || !isRead(request.body)) throw error;
    return await sendOnce(endpoint, request);
  } finally {
    onTrip(Date.now() - startedAt);
  }
}

async function sendOnce(endpoint: string, request: RequestInit): Promise<Response> {
  // Not AbortSignal.timeout: its timer keeps running after the answer, and a Durable Object with a timer can't
  // hibernate.
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new DOMException("no answer in time", "TimeoutError")), TIME_LIMIT_MS);
  try {
    const response = await fetch(endpoint, { ...request, signal: limit.signal, redirect: "manual" });
    // Neon answers 400 for an error from PostgreSQL. Any other status than 200 is a network failure, not a database
    // error.
    if (response.status !== 200 && response.status !== 400) throw new DatabaseUnreachable(`HTTP ${response.status}`);
    // Read the whole body here, so that a truncated answer counts as a network failure too.
    const body = await response.text();
    try {
      JSON.parse(body);
    } catch (cause) {
      throw new DatabaseUnreachable("not JSON", { cause });
    }
    return new Response(body, { status: response.status, headers: response.headers });
  } finally {
    clearTimeout(timer);
  }
}

class DatabaseUnreachable extends Error {
  override name = "DatabaseUnreachable";
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === "TimeoutError";
}

function isRead(body: string): boolean {
  const { query, queries } = JSON.parse(body) as { query?: string; queries?: { query: string }[] };
  return (queries?.map((statement) => statement.query) ?? [query ?? ""]).every((text) => /^\s*select\b/i.test(text));
}

interface DatabaseFailure {
  /** PostgreSQL's own code; absent when the database was not reached. */
  sqlState: string | undefined;
  /** The violated constraint, if any. */
  constraint?: string | undefined;
}

/** What went wrong in the database, if the database failed. */
export function databaseFailure(error: unknown): DatabaseFailure | undefined {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === "NeonDbError") {
      const { code, constraint } = cause as { code?: string; constraint?: string };
      return { sqlState: code, constraint };
    }
    if (cause.name === "DatabaseUnreachable" || cause.name === "TimeoutError") return { sqlState: undefined };
  }
  return undefined;
}
