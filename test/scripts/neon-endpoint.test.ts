/** The production driver against the local endpoint: what it gets must be what Neon would answer. */
import { neon, type NeonDbError, type NeonQueryFunction } from "@neondatabase/serverless";
import pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { startNeonEndpoint } from "../../scripts/neon/endpoint.ts";
import { openDatabase, useLocalNeon } from "./local-neon.ts";

const local = useLocalNeon();
let url: string;
let sql: NeonQueryFunction<false, false>;

beforeAll(async () => {
  const columns = "id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email varchar(255) UNIQUE NOT NULL";
  ({ url, sql } = await openDatabase(local, `people (${columns})`));
});

async function failureOf(promise: Promise<unknown>): Promise<NeonDbError> {
  return promise.then(
    () => expect.fail("it succeeded"),
    (error: NeonDbError) => error,
  );
}

describe("values", () => {
  const when = new Date("2026-02-03T04:05:06.789Z");
  test.each([
    ["integer", 42, 42],
    ["bigint", "9007199254740993", "9007199254740993"],
    ["text", 'Zoé\'s 😀 "quoted" \\ $1\n', 'Zoé\'s 😀 "quoted" \\ $1\n'],
    ["text", "", ""],
    ["varchar(255)", "été", "été"],
    ["boolean", true, true],
    ["boolean", false, false],
    ["timestamptz", when, when],
    ["jsonb", { a: [1, null, { b: "é😀'" }], c: false }, { a: [1, null, { b: "é😀'" }], c: false }],
    ["jsonb", JSON.stringify(["*"]), ["*"]],
    ["uuid", "0198e0f4-6d0c-7c35-8f2b-0f0f0f0f0f0f", "0198e0f4-6d0c-7c35-8f2b-0f0f0f0f0f0f"],
    ["integer[]", [1, null, 3], [1, null, 3]],
    ["text[]", ["a", null, 'b"c', "d,e", "{f}", "NULL", ""], ["a", null, 'b"c', "d,e", "{f}", "NULL", ""]],
    ["numeric", "12345678901234567890.123", "12345678901234567890.123"],
    ["bytea", Buffer.from([0, 1, 254, 255]), Buffer.from([0, 1, 254, 255])],
  ])("%s keeps %o", async (type, value, expected) => {
    expect(await sql.query(`SELECT $1::${type} AS value`, [value])).toEqual([{ value: expected }]);
  });

  test.each(["integer", "bigint", "text", "boolean", "timestamptz", "jsonb", "uuid", "integer[]", "numeric", "bytea"])(
    "null stays null as %s",
    async (type) => {
      expect(await sql.query(`SELECT $1::${type} AS value`, [null])).toEqual([{ value: null }]);
    },
  );

  test("count(*) is a string, as on Neon", async () => {
    expect(await sql`SELECT count(*) FROM people`).toEqual([{ count: "0" }]);
  });

  test("the session's time zone is UTC", async () => {
    expect(await sql`SHOW timezone`).toEqual([{ TimeZone: "UTC" }]);
  });
});

describe("results", () => {
  test("full results carry fields, command and row count", async () => {
    const result = await neon(url, { fullResults: true })`SELECT 1 AS one, 'a'::varchar(7) AS a`;
    expect(result).toMatchObject({ command: "SELECT", rowCount: 1, rowAsArray: false, rows: [{ one: 1, a: "a" }] });
    expect(result.fields[0]).toEqual({
      name: "one",
      tableID: 0,
      columnID: 0,
      dataTypeID: 23,
      dataTypeSize: 4,
      dataTypeModifier: -1,
      format: "text",
    });
    expect(result.fields[1]).toMatchObject({ dataTypeID: 1043, dataTypeModifier: 11 });
  });

  test("array mode keeps two columns of one name apart", async () => {
    expect(await neon(url, { arrayMode: true })`SELECT 1 AS a, 2 AS a`).toEqual([[1, 2]]);
  });

  test("objects and parsed values, for a client that asks for neither arrays nor text", async () => {
    const response = await fetch(local.endpoint.url, {
      method: "POST",
      headers: { "Neon-Connection-String": url },
      body: JSON.stringify({ query: "SELECT $1::int AS n, true AS b", params: [7] }),
    });
    expect(await response.json()).toMatchObject({ rows: [{ n: 7, b: true }], rowAsArray: false });
  });
});

describe("errors", () => {
  test("a unique violation names the constraint and the table", async () => {
    await sql`INSERT INTO people (email) VALUES ('twice@example.com')`;
    const error = await failureOf(sql`INSERT INTO people (email) VALUES ('twice@example.com')`);
    expect(error).toMatchObject({
      name: "NeonDbError",
      code: "23505",
      severity: "ERROR",
      constraint: "people_email_key",
      schema: "public",
      table: "people",
      detail: "Key (email)=(twice@example.com) already exists.",
    });
  });

  test("a syntax error tells its position", async () => {
    expect(await failureOf(sql`SELECT FROM FROM people`)).toMatchObject({ code: "42601", position: "13" });
  });

  test("two statements in one string are refused, as by Neon", async () => {
    expect(await failureOf(sql.query("SELECT 1; SELECT 2"))).toMatchObject({ code: "42601" });
  });

  test("an unknown database is PostgreSQL's error, an unreachable server is a 503", async () => {
    expect(await failureOf(neon(url.replace(/[^/]*$/, "nowhere"))`SELECT 1`)).toMatchObject({ code: "3D000" });
    const error = await failureOf(neon("postgresql://a:b@127.0.0.1:1/c")`SELECT 1`);
    expect(error.message).toContain("503");
  });
});

describe("batches", () => {
  test("commit as one", async () => {
    const [inserted, found] = await sql.transaction([
      sql`INSERT INTO people (email) VALUES ('batch@example.com') RETURNING email`,
      sql`SELECT count(*)::int AS count FROM people WHERE email = 'batch@example.com'`,
    ]);
    expect([inserted, found]).toEqual([[{ email: "batch@example.com" }], [{ count: 1 }]]);
  });

  test("roll back as one, and answer the error", async () => {
    const error = await failureOf(
      sql.transaction([sql`INSERT INTO people (email) VALUES ('gone@example.com')`, sql`SELECT 1 / 0`]),
    );
    expect(error.code).toBe("22012");
    expect(await sql`SELECT 1 FROM people WHERE email = 'gone@example.com'`).toEqual([]);
  });

  test.each([
    ["ReadCommitted", "read committed"],
    ["RepeatableRead", "repeatable read"],
    ["Serializable", "serializable"],
  ] as const)("run at %s when asked", async (isolationLevel, shown) => {
    expect(await sql.transaction([sql`SHOW transaction_isolation`], { isolationLevel })).toEqual([
      [{ transaction_isolation: shown }],
    ]);
  });

  test("refuse a write when read-only", async () => {
    const write = sql.transaction([sql`INSERT INTO people (email) VALUES ('no@example.com')`], { readOnly: true });
    expect((await failureOf(write)).code).toBe("25006");
  });

  test("an error at commit is answered too", async () => {
    await local.control.query(url, "CREATE TABLE deferred (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    const error = await failureOf(
      sql.transaction([sql`INSERT INTO deferred VALUES (1)`, sql`INSERT INTO deferred VALUES (1)`]),
    );
    expect(error.code).toBe("23505");
    expect(await sql`SELECT a FROM deferred`).toEqual([]);
  });
});

describe("connections", () => {
  test("a session's settings and open transactions don't reach the next request", async () => {
    await sql`SET application_name = 'left behind'`;
    await sql`BEGIN`;
    const names = await Promise.all(Array.from({ length: 5 }, () => sql`SHOW application_name`));
    expect(JSON.stringify(names)).not.toContain("left behind");
    expect(await openTransactions()).toEqual([]);
  });

  test("are kept after a setting that ends with its transaction, and closed after one that stays", async () => {
    const after = async (statement: string) => {
      const [[first], [second]] = [await sql.query(statement), await sql`SELECT pg_backend_pid() AS pid`];
      return { isKept: first!.pid === second!.pid, left: await sql`SELECT current_setting('some.mark', true) AS mark` };
    };
    const set = (isLocal: boolean) =>
      after(`SELECT pg_backend_pid() AS pid, set_config('some.mark', (1 + 1)::text, ${isLocal})`);
    expect(await set(true)).toEqual({ isKept: true, left: [{ mark: "" }] });
    expect(await set(false)).toEqual({ isKept: false, left: [{ mark: null }] });
  });

  test("fifty requests run at the same time", async () => {
    const release = await lockPeople();
    const requests = Array.from({ length: 50 }, () => sql`SELECT count(*)::int AS found FROM people`);
    const answers = Promise.all(requests);
    await expect.poll(async () => (await openTransactions()).length).toBe(51);
    await release();
    expect(await answers).toHaveLength(50);
  });

  test("a batch whose client has gone away is still completed, and leaves no transaction open", async () => {
    const release = await lockPeople();
    const client = new AbortController();
    const batch = sql.transaction([sql`SELECT 1`, sql`INSERT INTO people (email) VALUES ('away@example.com')`], {
      fetchOptions: { signal: client.signal },
    });
    const answer = expect(batch).rejects.toThrow(/abort/i);
    await expect.poll(async () => (await openTransactions()).length).toBe(2);
    client.abort();
    await answer;
    expect(await openTransactions()).toHaveLength(2);
    await release();
    await expect.poll(openTransactions).toEqual([]);
    expect(await sql`SELECT 1 AS found FROM people WHERE email = 'away@example.com'`).toEqual([{ found: 1 }]);
  });

  /** Whoever wants the table then waits. */
  async function lockPeople(): Promise<() => Promise<void>> {
    const client = new pg.Client(url);
    await client.connect();
    await client.query("BEGIN");
    await client.query("LOCK TABLE people");
    return () => client.end();
  }

  function openTransactions(): Promise<unknown[]> {
    return local.control.query(
      url,
      `SELECT query FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND (state LIKE 'idle in%' OR state = 'active')`,
    );
  }
});

describe("the door", () => {
  const post = (path: string, headers: Record<string, string>, body: string) =>
    fetch(new URL(path, local.endpoint.url), { method: "POST", headers, body });

  test("bad requests are answered, not died of", async () => {
    expect((await post("/sql", {}, "{")).status).toBe(400);
    expect((await post("/sql", { "Neon-Connection-String": url }, '{"queries":7}')).status).toBe(400);
    expect((await post("/sql", { "Neon-Connection-String": "nonsense" }, '{"query":"SELECT 1"}')).status).toBe(400);
    expect((await post("/nowhere", {}, "{}")).status).toBe(404);
    expect((await fetch(local.endpoint.url)).status).toBe(405);
  });

  test("a web page can't use the control", async () => {
    expect((await post("/control", { "Content-Type": "text/plain" }, '{"action":"trips"}')).status).toBe(415);
  });

  test("there is no control unless asked for", async () => {
    const plain = await startNeonEndpoint();
    const response = await fetch(new URL("/control", plain.url), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: '{"action":"trips"}',
    });
    expect(response.status).toBe(404);
    await plain.stop();
  });

  test("a taken port is one clear line", async () => {
    await expect(startNeonEndpoint({ port: local.endpoint.port })).rejects.toThrow(/^Port \d+ is taken/);
  });
});
