/** What the tests of the service rely on: trips that are counted, faults that strike as announced, and a barrier. */
import { neon, type NeonQueryFunction } from "@neondatabase/serverless";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { openDatabase, useLocalNeon } from "./local-neon.ts";

const local = useLocalNeon();
let url: string;
let sql: NeonQueryFunction<false, false>;

beforeAll(async () => {
  ({ url, sql } = await openDatabase(local, "marks (mark text)"));
});

afterEach(() => local.control.clear());

const wasRun = async (mark: string) =>
  (await local.control.query(url, "SELECT FROM marks WHERE mark = $1", [mark])).length > 0;

describe("faults that strike before the statement runs", () => {
  test.each([
    [{ kind: "status", status: 503 }, "HTTP status 503"],
    [{ kind: "cut" }, "Error connecting to database"],
    [{ kind: "garbage" }, "JSON"],
  ] as const)("%o", async (fault, message) => {
    await local.control.inject(fault, { database: url });
    await expect(sql`INSERT INTO marks VALUES (${fault.kind})`).rejects.toThrow(message);
    expect(await wasRun(fault.kind)).toBe(false);
    await expect(sql`SELECT 1 AS one`).resolves.toEqual([{ one: 1 }]);
  });

  test("a delay is only late", async () => {
    await local.control.inject({ kind: "delay", ms: 150 }, { database: url });
    const startedAt = performance.now();
    await sql`SELECT 1`;
    expect(performance.now() - startedAt).toBeGreaterThan(140);
  });
});

describe("faults that strike after the statement was committed", () => {
  test.each([{ kind: "cut-after" }, { kind: "truncate" }] as const)("%o", async (fault) => {
    await local.control.inject(fault, { database: url });
    const batch = sql.transaction([sql`INSERT INTO marks VALUES (${fault.kind})`, sql`SELECT repeat('x', 100000)`]);
    await expect(batch).rejects.toThrow();
    expect(await wasRun(fault.kind)).toBe(true);
  });

  test("a late answer has run at once", async () => {
    await local.control.inject({ kind: "delay-after", ms: 120_000 }, { database: url });
    const client = new AbortController();
    const fetchOptions = { signal: client.signal };
    const insert = sql.transaction([sql`INSERT INTO marks VALUES ('late')`], { fetchOptions });
    const answer = expect(insert).rejects.toThrow(/abort/i);
    await expect.poll(() => wasRun("late")).toBe(true);
    client.abort();
    await answer;
  });
});

describe("scope", () => {
  test("a fault strikes only its database, its statements, and as often as told", async () => {
    const other = neon(await local.control.createDatabase());
    await local.control.inject({ kind: "status", status: 500 }, { database: url, match: /from\s+marks/, times: 2 });
    await other`SELECT 1`;
    await sql`SELECT 1`;
    await expect(sql`SELECT * FROM marks`).rejects.toThrow("500");
    await expect(sql.transaction([sql`SELECT 1`, sql`SELECT * FROM marks`])).rejects.toThrow("500");
    await sql`SELECT * FROM marks`;
  });

  test("clear takes back what is left", async () => {
    await local.control.inject({ kind: "status", status: 500 }, { database: url, times: 5 });
    await local.control.clear(url);
    await sql`SELECT 1`;
  });
});

describe("the barrier", () => {
  test("holds requests until all have come", async () => {
    await local.control.inject({ kind: "hold", count: 3 }, { database: url, match: /marks/ });
    let done = 0;
    const held = ["a", "b"].map((mark) => sql`INSERT INTO marks VALUES (${mark})`.then(() => done++));
    await sql`SELECT 1`;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(done).toBe(0);
    await sql`INSERT INTO marks VALUES ('c')`;
    await Promise.all(held);
    expect(done).toBe(2);
    await sql`INSERT INTO marks VALUES ('d')`;
  });

  test("gives up with an error instead of hanging", async () => {
    await local.control.inject({ kind: "hold", count: 2, timeoutMs: 100 }, { database: url });
    await expect(sql`SELECT 1`).rejects.toThrow("504");
  });

  test("clear lets go of those that wait", async () => {
    await local.control.inject({ kind: "hold", count: 2 }, { database: url });
    const held = Promise.resolve(sql`SELECT 1 AS one`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await local.control.clear(url);
    expect(await held).toEqual([{ one: 1 }]);
  });
});

describe("the control", () => {
  test("counts HTTP requests of each database, a batch as one, and never its own queries", async () => {
    const database = await local.control.createDatabase();
    const counted = neon(database);
    await counted`SELECT 1`;
    await counted.transaction([counted`SELECT 2`, counted`SELECT 3`]);
    await local.control.query(database, "SELECT 4");
    expect(await local.control.trips(database)).toBe(2);
    expect(await local.control.trips(new URL(database).pathname.slice(1))).toBe(2);
    expect(await local.control.statements(database)).toEqual(["SELECT 1", "SELECT 2", "SELECT 3"]);
    await local.control.resetTrips(database);
    expect(await local.control.trips(database)).toBe(0);
    expect(await local.control.statements(database)).toEqual([]);
  });

  test("records no parameter", async () => {
    await sql`SELECT ${"a secret"}::text`;
    expect(JSON.stringify(await local.control.statements(url))).not.toContain("a secret");
  });

  test("copies a template that was just in use, several at once", async () => {
    const template = await local.control.createDatabase();
    await neon(template)`CREATE TABLE copied (a int)`;
    const copies = await Promise.all([1, 2, 3].map(() => local.control.createDatabase(template)));
    expect(new Set(copies).size).toBe(3);
    for (const copy of copies) expect(await neon(copy)`SELECT * FROM copied`).toEqual([]);
  });

  test("answers a failed query with PostgreSQL's reason", async () => {
    await expect(local.control.query(url, "SELECT nothing")).rejects.toMatchObject({ code: "42703" });
  });
});
