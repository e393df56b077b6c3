/** One statement or one batch: a trip is one HTTP request to Neon, limited in time, and a read that the network lost is sent once more. */
import { neon, neonConfig } from "@neondatabase/serverless";
import { drizzle, type NeonHttpDatabase } from "drizzle-orm/neon-http";

const TIME_LIMIT_MS = 5_000;

export type Database = NeonHttpDatabase<Record<string, never>> & { $client: unknown };

interface DatabaseOptions {
  url: string;
  /** Where to send the statements instead of the host in `url`; local only. */
  endpoint?: string | undefined;
  /** Sent along, so that a trip can be traced to the request that made it; the queue's and the hubs' have none. */
  requestId: string | null;
  /** Called after each trip with its duration. */
  onTrip: (milliseconds: number) => void;
}

/** A connection costs nothing, there is none: made anew for each request, so that `onTrip` times that request alone. */
export function createDatabase({ url, endpoint, requestId, onTrip }: DatabaseOptions): Database {
  neonConfig.fetchFunction = sendStatements;
  if (endpoint) neonConfig.fetchEndpoint = endpoint;
  return drizzle({ client: neon(url, { fetchOptions: { requestId, onTrip } }) });
}

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
    // A write may have happened before its answer was lost: only a read can be asked again.
    if (isTimeout(error) || !isRead(request.body)) throw error;
    return await sendOnce(endpoint, request);
  } finally {
    onTrip(Date.now() - startedAt);
  }
}

async function sendOnce(endpoint: string, request: RequestInit): Promise<Response> {
  // Not AbortSignal.timeout: its timer runs on after the answer, and an object with a timer can't go to sleep.
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new DOMException("no answer in time", "TimeoutError")), TIME_LIMIT_MS);
  try {
    const response = await fetch(endpoint, { ...request, signal: limit.signal, redirect: "manual" });
    // Neon answers 400 for what PostgreSQL refuses; anything else that is not 200 is the road, not the database.
    if (response.status !== 200 && response.status !== 400) throw new DatabaseUnreachable(`HTTP ${response.status}`);
    // Read to the end here, so that an answer cut in the middle is a failure of the road too.
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
  /** PostgreSQL's own code; none when the database was not reached. */
  sqlState: string | undefined;
  /** The constraint that was violated, if one was. */
  constraint?: string | undefined;
}

/** What went wrong in the database, if it was the database. */
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
