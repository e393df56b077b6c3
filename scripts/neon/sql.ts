/** Runs what Neon's HTTP protocol asks for on ordinary PostgreSQL connections: one statement, or a batch as one transaction. */

import pg from "pg";
import type { Visit } from "./pauses.ts";

export interface SqlRequest {
  query: string;
  params?: unknown[];
}

export interface SqlOptions {
  /** Values as PostgreSQL's own text, or parsed to JSON values. */
  rawText: boolean;
  /** Rows as arrays, or as objects. */
  arrayMode: boolean;
  isolationLevel?: string | undefined;
  readOnly?: boolean | undefined;
  deferrable?: boolean | undefined;
  /** Where the trip may be held. */
  visit?: Visit | undefined;
}

export interface SqlResult {
  fields: { name: string; dataTypeID: number }[];
  rows: unknown[];
  command: string;
  rowCount: number | null;
  rowAsArray: boolean;
}

export interface Pools {
  /** Runs one statement, in its own transaction. */
  runSingle(url: string, request: SqlRequest, options: SqlOptions): Promise<SqlResult>;
  /** Runs all or nothing. */
  runBatch(url: string, requests: SqlRequest[], options: SqlOptions): Promise<SqlResult[]>;
  /** Runs one statement or, without parameters, several; answers the rows of the last, as objects with parsed values. */
  runText(url: string, text: string, params: unknown[]): Promise<unknown[]>;
  /** Closes the connections to one database, or all. */
  close(database?: string): Promise<void>;
}

/**
 * PostgreSQL gives a transaction an id for its first write or row lock, and keeps its locks of tables until the end: what
 * functions, rules and foreign keys touched is among them.
 */
const WHAT_IT_TOUCHED = `
  select pg_current_xact_id_if_assigned() is null and not coalesce(bool_or(l.locktype = 'advisory'), false) as "onlyReads",
    coalesce(array_agg(distinct c.relname::text) filter (where c.relkind in ('r', 'p')), '{}') as touched,
    coalesce(array_agg(distinct c.relname::text) filter (where c.relkind in ('r', 'p') and l.mode = 'RowExclusiveLock'), '{}') as written
  from pg_locks l left join pg_class c on c.oid = l.relation and l.locktype = 'relation' and c.relnamespace = 'public'::regnamespace
  where l.pid = pg_backend_pid()`;

const ISOLATION_LEVELS: Record<string, string> = {
  ReadUncommitted: "READ UNCOMMITTED",
  ReadCommitted: "READ COMMITTED",
  RepeatableRead: "REPEATABLE READ",
  Serializable: "SERIALIZABLE",
};

/**
 * Statements that change the session itself; a pooled connection must not carry that over to the next request. A setting
 * that is local to its transaction ends with it.
 */
const LEAVES_TRACES =
  /(^|;)\s*(set|reset|listen|prepare|declare|load|create\s+(local\s+|global\s+)?temp)|set_config(?!\([^]*, true\))|advisory_lock/i;

const RAW = { getTypeParser: () => (value: string) => value };

/** A pool for each connection string, so that each database has its own. */
export function createPools({ maxConnections = 50, idleSeconds = 5 } = {}): Pools {
  const pools = new Map<string, pg.Pool>();

  function poolFor(url: string): pg.Pool {
    let pool = pools.get(url);
    if (!pool) {
      // Only idle ones can be let go of; the bound is on databases known, not on work under way.
      for (const [key, old] of pools) {
        if (pools.size < 50) break;
        if (old.totalCount === 0) pools.delete(key);
      }
      pool = new pg.Pool({
        ...connectionConfig(url),
        max: maxConnections,
        idleTimeoutMillis: idleSeconds * 1000,
        connectionTimeoutMillis: 30_000,
        allowExitOnIdle: true,
      });
      pool.on("error", () => {});
      pools.set(url, pool);
    }
    return pool;
  }

  async function withConnection<T>(
    url: string,
    requests: SqlRequest[],
    run: (client: pg.PoolClient) => Promise<T>,
  ): Promise<T> {
    const client = await poolFor(url).connect();
    let reusable = !requests.some(({ query }) => LEAVES_TRACES.test(query));
    // A connection that breaks while we hold it emits an error besides failing the query.
    const onError = () => (reusable = false);
    client.on("error", onError);
    try {
      return await run(client);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) reusable = false;
      throw error;
    } finally {
      client.off("error", onError);
      // A statement such as BEGIN would leave a transaction open for whoever comes next.
      client.release(!reusable || client.getTransactionStatus() !== "I");
    }
  }

  return {
    runSingle: (url, request, options) =>
      withConnection(url, [request], (client) => {
        options.visit?.started(processOf(client));
        return runQuery(client, request, options);
      }),

    runBatch: (url, requests, options) =>
      withConnection(url, requests, async (client) => {
        const { visit } = options;
        visit?.started(processOf(client));
        await client.query(beginStatement(options));
        try {
          const results: SqlResult[] = [];
          for (const [at, request] of requests.entries()) {
            await visit?.before(at);
            const result = await runQuery(client, request, options);
            results.push(result);
            visit?.ran(request.query, result.rows);
          }
          if (visit) visit.touched((await client.query({ name: "what-it-touched", text: WHAT_IT_TOUCHED })).rows[0]);
          await visit?.before(requests.length);
          await client.query("COMMIT");
          await visit?.before(requests.length + 1);
          return results;
        } catch (error) {
          await client.query("ROLLBACK").catch(() => {});
          throw error;
        }
      }),

    runText: (url, text, params) =>
      withConnection(url, [{ query: text }], async (client) => {
        const result = await client.query(text, params.length > 0 ? params : undefined).catch(async (error) => {
          // The driver reports the error before it knows that a transaction of the text is still open.
          await client.query("ROLLBACK").catch(() => {});
          throw error;
        });
        return (Array.isArray(result) ? result.at(-1) : result).rows;
      }),

    async close(database) {
      const chosen = [...pools].filter(([url]) => database === undefined || databaseName(url) === database);
      for (const [url] of chosen) pools.delete(url);
      await Promise.all(chosen.map(([, pool]) => pool.end()));
    },
  };
}

/** The `pg` settings for a connection string. Today's meaning of `sslmode=require` in `pg` is spelled out, as it warns about it. */
export function connectionConfig(url: string): pg.ClientConfig {
  const parsed = new URL(url);
  if (["require", "prefer", "verify-ca"].includes(parsed.searchParams.get("sslmode") ?? ""))
    parsed.searchParams.set("sslmode", "verify-full");
  // The client's own name, a package URL, is cut by PostgreSQL with a notice at each connection.
  parsed.searchParams.delete("application_name");
  return { connectionString: parsed.href };
}

/** The database a connection string leads to. */
export function databaseName(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

/** The process of PostgreSQL behind a connection, which `pg` knows and its types don't. */
function processOf(client: pg.PoolClient): number | undefined {
  return (client as { processID?: number }).processID;
}

async function runQuery(
  client: pg.PoolClient,
  { query, params = [] }: SqlRequest,
  options: SqlOptions,
): Promise<SqlResult> {
  const result = await client.query({
    text: query,
    values: params,
    // Neon prepares every statement, so that two in one string are an error there.
    queryMode: "extended",
    ...(options.rawText ? { types: RAW } : {}),
    ...(options.arrayMode ? { rowMode: "array" } : {}),
  } as pg.QueryConfig);
  return {
    fields: result.fields,
    rows: result.rows,
    command: result.command,
    rowCount: result.rowCount,
    rowAsArray: options.arrayMode,
  };
}

function beginStatement({ isolationLevel, readOnly, deferrable }: SqlOptions): string {
  const parts = ["BEGIN"];
  if (isolationLevel !== undefined) {
    const level = ISOLATION_LEVELS[isolationLevel];
    if (!level) throw new Error(`Unknown isolation level: ${isolationLevel}`);
    parts.push(`ISOLATION LEVEL ${level}`);
  }
  if (readOnly !== undefined) parts.push(readOnly ? "READ ONLY" : "READ WRITE");
  if (deferrable !== undefined) parts.push(deferrable ? "DEFERRABLE" : "NOT DEFERRABLE");
  return parts.join(" ");
}
