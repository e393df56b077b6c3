/** Pause points of the local Neon endpoint: what a held trip has done, whom it keeps waiting, and that it goes on when told to. */
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { openDatabase, useLocalNeon } from "./local-neon.ts";

const local = useLocalNeon();
let url: string;

beforeAll(async () => {
  ({ url } = await openDatabase(local, "marks (mark text primary key, count int not null default 0)"));
});

afterEach(() => local.endpoint.pauses.clear());

const insert = (mark: string) => `INSERT INTO marks VALUES ('${mark}')`;
const count = (mark: string) => `UPDATE marks SET count = count + 1 WHERE mark = '${mark}' RETURNING count`;

/** As the service sends a trip: one statement, or a batch. */
async function send(requestId: string, ...queries: string[]): Promise<any> {
  const statements = queries.map((query) => ({ query, params: [] }));
  const response = await fetch(local.endpoint.url, {
    method: "POST",
    headers: { "Neon-Connection-String": url, "X-Request-Id": requestId },
    body: JSON.stringify(statements.length === 1 ? statements[0] : { queries: statements }),
  });
  return response.json();
}

const marks = async () =>
  (await local.control.query<{ mark: string }>(url, "SELECT mark FROM marks ORDER BY mark")).map(({ mark }) => mark);

describe("a trip that is held", () => {
  test("before a statement has run those before it, and nothing is committed", async () => {
    await local.control.watch("held-between", { trip: 0, statement: 1 });
    const held = send("held-between", insert("a"), insert("b"));
    expect(await local.control.held("held-between")).toBe(true);
    // The row of the first statement is there, uncommitted: whoever inserts it too must wait.
    await local.control.watch("who-waits");
    const waiting = send("who-waits", insert("a"));
    await expect
      .poll(() => local.control.blockedAt("who-waits", url), { interval: 5 })
      .toEqual({ trip: 0, statement: 0 });
    expect(await marks()).toEqual([]);
    await local.control.go("held-between");
    await held;
    expect((await waiting).code).toBe("23505");
    expect(await marks()).toEqual(["a", "b"]);
    const tables = { touched: ["marks"], written: ["marks"] };
    expect(await local.control.forget("held-between")).toEqual([{ statements: 2, ...tables }]);
    expect(await local.control.forget("who-waits")).toEqual([{ statements: 1, sqlState: "23505" }]);
  });

  test("before its commit has run all its statements, a single one too", async () => {
    for (const [requestId, queries] of Object.entries({
      "a-batch-held": [insert("c"), count("c")],
      "a-single-held": [insert("d")],
    })) {
      await local.control.watch(requestId, { trip: 0, statement: queries.length });
      const held = send(requestId, ...queries);
      expect(await local.control.held(requestId), requestId).toBe(true);
      const before = await marks();
      await local.control.go(requestId);
      await held;
      expect((await marks()).length, requestId).toBe(before.length + 1);
    }
  });

  test("before its answer has committed, and its client knows nothing yet", async () => {
    for (const [requestId, queries] of Object.entries({
      "a-batch-answered": [insert("x"), count("x")],
      "a-single-answered": [insert("y")],
    })) {
      await local.control.watch(requestId, { trip: 0, statement: "answer" });
      let isAnswered = false;
      const held = send(requestId, ...queries).then(() => (isAnswered = true));
      expect(await local.control.held(requestId), requestId).toBe(true);
      expect(await marks(), requestId).toContain(requestId.includes("batch") ? "x" : "y");
      expect(isAnswered, requestId).toBe(false);
      await local.control.go(requestId);
      await held;
    }
  });

  test("notes whether it only read: no row written or locked, and no lock that the application made up", async () => {
    for (const [onlyReads, query] of [
      [true, "SELECT FROM marks"],
      [undefined, insert("r")],
      [undefined, "SELECT FROM marks FOR NO KEY UPDATE"],
      [undefined, "SELECT pg_advisory_xact_lock(1)"],
    ] as const) {
      await local.control.watch(query, { trip: 0, statement: 0 });
      const held = send(query, query);
      await local.control.held(query);
      await local.control.go(query);
      await held;
      expect((await local.control.forget(query))[0]!.onlyReads, query).toBe(onlyReads);
    }
  });

  test("is the one that was chosen, of the request that was chosen", async () => {
    await local.control.watch("the-second-trip", { trip: 1, statement: 0 });
    await send("the-second-trip", insert("e"));
    await send("another-request", insert("f"));
    const held = send("the-second-trip", insert("g"));
    expect(await local.control.held("the-second-trip")).toBe(true);
    expect(await marks()).toEqual(expect.arrayContaining(["e", "f"]));
    expect(await marks()).not.toContain("g");
    await local.control.go("the-second-trip");
    await held;
    expect(await marks()).toContain("g");
  });
});

test("whoever waits for a pause that never comes is told so", async () => {
  await local.control.watch("never-held", { trip: 3, statement: 0 });
  const held = local.control.held("never-held");
  await send("never-held", insert("h"));
  await local.control.go("never-held");
  expect(await held).toBe(false);
});
