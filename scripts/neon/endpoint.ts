/**
 * Neon's HTTP protocol in front of an ordinary PostgreSQL, so that the production driver runs locally; tests count
 * trips and break things here.
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import type { NeonEndpoint } from "./running-endpoint.ts";
import { createFaults } from "./faults.ts";
import { describeError, header, readBody, send, sendJson } from "./http.ts";
import { createPauses, type Visit } from "./pauses.ts";
import { createRemoteControl } from "./remote-control.ts";
import { createRowRecord } from "./rows.ts";
import { createPools, databaseName, type SqlRequest, type SqlResult } from "./sql.ts";

export type { NeonEndpoint };

export interface NeonEndpointOptions {
  port?: number;
  /** Where requests go that name no database themselves, and the server on which `control` creates databases. */
  defaultDatabaseUrl?: string;
  /** Answers `POST /control` (see neon-endpoint-control.ts): for tests, as it runs any SQL. */
  control?: boolean;
  /** Connections to each database, at most (default 50). */
  maxConnections?: number;
}

const MAX_STATEMENTS = 10_000;

/** Of the processes $1, those that wait for one of $2, be it behind others. */
const BLOCKED = `
  with recursive chain as (
    select pid, unnest(pg_blocking_pids(pid)) as blocker from pg_stat_activity
    where pid = any($1) and wait_event_type = 'Lock'
    union
    select pid, unnest(pg_blocking_pids(blocker)) from chain
  )
  select distinct pid from chain where blocker = any($2)`;

/**
 * Starts the endpoint on 127.0.0.1.
 * @throws Error, one line, when the port is taken.
 */
export async function startNeonEndpoint(options: NeonEndpointOptions = {}): Promise<NeonEndpoint> {
  const pools = createPools(options.maxConnections === undefined ? {} : { maxConnections: options.maxConnections });
  const controlPools = createPools();
  const faults = createFaults();
  const pauses = createPauses();
  const rowRecord = createRowRecord();
  const counts = new Map<string, { trips: number; byRequests: number; requestMs: number; statements: string[] }>();
  const batches = new Map<string, Map<string, string[]>>();
  const underWay = new Set<Promise<void>>();
  const plainName = (database?: string) => (database?.includes("://") ? databaseName(database) : database);

  const server = createServer((request, response) => {
    const work = handle(request, response)
      .catch((error: Error) => sendJson(response, 500, { message: error.message }))
      .finally(() => underWay.delete(work));
    underWay.add(work);
  });
  // A connection that the server closes while a client is about to use it would fail requests at random.
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new Error(`Port ${options.port} is taken: the Neon endpoint can't use it.`)
          : error,
      ),
    );
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;

  const endpoint: NeonEndpoint = {
    url: `http://127.0.0.1:${port}/sql`,
    port,
    trips: (database, source) =>
      chosen(database).reduce((sum, count) => sum + (source ? count.byRequests : count.trips), 0),
    requestMs: (database) => chosen(database).reduce((sum, count) => sum + count.requestMs, 0),
    statements: (database) => chosen(database).flatMap((count) => count.statements),
    batches: (database) => [...(batches.get(plainName(database)!)?.values() ?? [])],
    rows: (database) => rowRecord.read(plainName(database)!),
    marksSeen: () => rowRecord.seen(),
    resetTrips: (database) => void (database === undefined ? counts.clear() : counts.delete(plainName(database)!)),
    injectFault: (fault, scope = {}) => faults.inject(fault, { ...scope, database: plainName(scope.database) }),
    clearFaults: (database) => faults.clear(plainName(database)),
    pauses,
    async blockedAt(requestId, databaseUrl) {
      const running = pauses.running(requestId);
      if (running.length === 0) return undefined;
      const { rows } = await pools.runSingle(
        databaseUrl,
        { query: BLOCKED, params: [running.map(({ processId }) => processId), pauses.processes()] },
        { rawText: false, arrayMode: false },
      );
      const waiting = (rows as { pid: number }[]).map(({ pid }) => pid);
      const blocked = running.find(({ processId }) => waiting.includes(processId));
      return blocked && { trip: blocked.trip, statement: blocked.statement };
    },
    async stop() {
      faults.clear();
      pauses.clear();
      server.close();
      server.closeIdleConnections();
      await Promise.allSettled(underWay);
      server.closeAllConnections();
      await Promise.all([pools.close(), controlPools.close()]);
    },
  };
  const control = options.control
    ? createRemoteControl(endpoint, pools, controlPools, options.defaultDatabaseUrl)
    : undefined;
  return endpoint;

  function chosen(database?: string) {
    return database === undefined
      ? [...counts.values()]
      : [counts.get(plainName(database)!)].filter((count) => count !== undefined);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A web page that a developer visits must not reach the database, not even by rebinding its name to this address.
    if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? ""))
      return sendJson(response, 403, { message: "Loopback only." });
    if (request.method !== "POST") return sendJson(response, 405, { message: "POST only." });
    if (!["/sql", "/control"].includes(request.url ?? "") || (request.url === "/control" && !control))
      return sendJson(response, 404, { message: "Not found." });
    const body = await readBody(request);
    if (body === "aborted") return;
    if (body === "too large") return sendJson(response, 413, { message: "Request too large." });
    let input: unknown;
    try {
      input = JSON.parse(body.toString("utf8"));
    } catch {
      return sendJson(response, 400, { message: "The body is not JSON." });
    }
    if (request.url === "/control") {
      // This type makes browsers ask first, and we never allow it.
      if (!request.headers["content-type"]?.startsWith("application/json"))
        return sendJson(response, 415, { message: "application/json only." });
      return control!(input as Record<string, unknown>).then(
        (answer) => sendJson(response, 200, answer),
        (error: Error) => sendJson(response, 400, describeError(error)),
      );
    }
    return handleSql(request, response, input as SqlRequest | { queries: SqlRequest[] });
  }

  async function handleSql(
    request: IncomingMessage,
    response: ServerResponse,
    input: SqlRequest | { queries: SqlRequest[] },
  ): Promise<void> {
    const url = header(request, "neon-connection-string") ?? options.defaultDatabaseUrl;
    const requests = input && "queries" in input ? input.queries : [input];
    const isSound = Array.isArray(requests) && requests.every((each) => typeof each?.query === "string");
    if (!url || !URL.canParse(url) || !isSound) {
      return sendJson(response, 400, { message: "A connection string and a query, or queries, are needed." });
    }
    const database = databaseName(url);
    const statements = requests.map((each) => each.query);
    const count = counts.get(database) ?? { trips: 0, byRequests: 0, requestMs: 0, statements: [] };
    counts.set(database, count);
    const requestId = header(request, "x-request-id");
    const source = requestId === undefined ? undefined : "request";
    count.trips += 1;
    if (source) count.byRequests += 1;
    if (control) {
      if (count.statements.length < MAX_STATEMENTS) count.statements.push(...statements);
      const known = batches.get(database) ?? new Map<string, string[]>();
      batches.set(database, known.set(statements.join(";\n"), statements));
    }

    const fault = faults.take(database, statements, source);
    if (fault?.kind === "delay" && !(await pause(fault.ms, response))) return;
    if (fault?.kind === "status") return sendJson(response, fault.status, { message: "Injected fault." });
    if (fault?.kind === "cut") return void request.socket.destroy();
    if (fault?.kind === "garbage") return send(response, 200, "<html><body>Bad gateway</body></html>");
    if (fault?.kind === "held" && !(await fault.released))
      return sendJson(response, 504, { message: "Injected barrier: too few requests came." });

    const startedAt = performance.now();
    const answer = await run(url, input, request, pauses.visit(requestId, statements.length));
    if (source) count.requestMs += performance.now() - startedAt;
    if (fault?.kind === "delay-after" && !(await pause(fault.ms, response))) return;
    if (fault?.kind === "truncate") return send(response, 200, answer.text.slice(0, answer.text.length / 2));
    if (fault?.kind === "cut-after") {
      response.writeHead(answer.status, {
        "Content-Type": "application/json",
        "Content-Length": Buffer.byteLength(answer.text),
      });
      response.write(answer.text.slice(0, answer.text.length / 2), () => request.socket.destroy());
      return;
    }
    send(response, answer.status, answer.text);
  }

  function noteRows(url: string, requests: SqlRequest[], results: SqlResult[]): SqlResult[] {
    if (control)
      for (const [at, result] of results.entries()) rowRecord.note(databaseName(url), requests[at]!.query, result);
    return results;
  }

  /** Runs to the end whether or not the client still listens: a batch is never left half-way. */
  async function run(
    url: string,
    input: SqlRequest | { queries: SqlRequest[] },
    request: IncomingMessage,
    visit: Visit | undefined,
  ): Promise<{ status: number; text: string }> {
    const flag = (name: string) => (header(request, name) === undefined ? undefined : header(request, name) === "true");
    const sqlOptions = {
      rawText: flag("neon-raw-text-output") ?? false,
      arrayMode: flag("neon-array-mode") ?? false,
      visit,
    };
    let sqlState: string | undefined;
    try {
      if (!("queries" in input)) {
        const results = visit
          ? await pools.runBatch(url, [input], sqlOptions)
          : [await pools.runSingle(url, input, sqlOptions)];
        return { status: 200, text: JSON.stringify(noteRows(url, [input], results)[0]) };
      }
      const results = await pools.runBatch(url, input.queries, {
        ...sqlOptions,
        isolationLevel: header(request, "neon-batch-isolation-level"),
        readOnly: flag("neon-batch-read-only"),
        deferrable: flag("neon-batch-deferrable"),
      });
      return { status: 200, text: JSON.stringify({ results: noteRows(url, input.queries, results) }) };
    } catch (error) {
      sqlState = error instanceof pg.DatabaseError ? error.code : undefined;
      return {
        status: error instanceof pg.DatabaseError ? 400 : 503,
        text: JSON.stringify(describeError(error as Error)),
      };
    } finally {
      visit?.ended(sqlState);
    }
  }
}

/** Whether the client is still there afterwards; it is not waited for when it is gone. */
function pause(milliseconds: number, response: ServerResponse): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), milliseconds);
    response.once("close", () => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}
