/** The first statements of an act, the lock of the account and the check of its session: as two, as one function, and without the lock. */
import pg from "pg";
import { startRuntime } from "./runtime.ts";
import { connectionConfig } from "../neon/sql.ts";
import { createClient, runSql, type Stage } from "./service.ts";
import { quantile } from "./statistics.ts";
import { decimal, times, type Table } from "./table.ts";

const ASSERTION = "select assert_session($1::uuid, $2::int, null, null, '{}'::text[])";
const AS_ONE_FUNCTION = `
  create function lock_and_assert(asserted_session uuid, asserted_user int) returns void language plpgsql as $$
  begin
    perform from users u where u.id = any(array[asserted_user]) order by u.id for no key update;
    perform assert_session(asserted_session, asserted_user, null, null, '{}'::text[]);
  end $$`;

export async function lock({ quick, bundles, createDatabase, variables }: Stage): Promise<Table> {
  const databaseUrl = await createDatabase("lock");
  const runtime = await startRuntime([{ bundle: bundles.service, variables: variables(databaseUrl) }]);
  const { userId } = await createClient(runtime.urls[0]!, databaseUrl).createMember();
  await runtime.stop();
  await runSql(databaseUrl, AS_ONE_FUNCTION);
  const [session] = await runSql<{ id: string }>(databaseUrl, "select session_id as id from refresh_tokens");
  const both = [session!.id, userId];
  const ways: [string, [string, unknown[]][]][] = [
    [
      "two statements: lock, then check",
      [
        ["select u.id from users u where u.id = any($1::int[]) order by u.id for no key update", [[userId]]],
        [ASSERTION, both],
      ],
    ],
    ["one function that does both", [["select lock_and_assert($1::uuid, $2::int)", both]]],
    ["the check alone, as before there was a lock", [[ASSERTION, both]]],
  ];
  const client = new pg.Client(connectionConfig(databaseUrl));
  await client.connect();
  const measured = ways.map((): number[] => []);
  try {
    for (let round = 0; round < (quick ? 50 : 1_000); round++) {
      for (const [at, [, statements]] of ways.entries()) {
        const startedAt = performance.now();
        await client.query("begin");
        for (const [text, values] of statements) await client.query(text, values);
        await client.query("commit");
        if (round > 9) measured[at]!.push(performance.now() - startedAt);
      }
    }
  } finally {
    await client.end();
  }
  const best = measured.map((each) => quantile(each, 0.1));
  return {
    title: "Lock and check",
    note: "Milliseconds of a transaction that does nothing else, on a connection of its own, in alternation: the best tenth.",
    columns: ["first statements", "ms", "of two statements"],
    rows: ways.map(([name], at) => [name, decimal(best[at]!, 3), times(best[at]! / best[0]!)]),
  };
}
