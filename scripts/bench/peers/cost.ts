/** Where the time of an act goes on either side: the runtime, PostgreSQL, and the process of client and endpoint. */
import { processorTime } from "../processes.ts";
import { runSql, type Stage } from "../service.ts";
import { decimal, times, type Cell, type Table } from "../table.ts";
import { CONNECTIONS, setScene, type Side } from "./scene.ts";

export async function peerCost(stage: Stage): Promise<Table> {
  const { quick, log } = stage;
  const { betterAuth, pairs, stop } = await setScene(stage, "peer_cost");
  const rows: Cell[][] = [];
  try {
    for (const { name, sides } of pairs) {
      log(name);
      const [ours, theirs] = [await costOf(sides[0], quick), await costOf(sides[1], quick)];
      const columns = ours.map((milliseconds, at) => [decimal(milliseconds), decimal(theirs[at]!)]);
      rows.push([name, ...columns.flat(), times(sum(theirs) / sum(ours))]);
    }
  } finally {
    await stop();
  }
  return {
    title: "Beside Better Auth: processor time",
    note: `Better Auth ${betterAuth.version}. Milliseconds of processor time an act, what it sets off afterwards included. Linux alone counts it.`,
    columns: [
      "act",
      "runtime, ours",
      "theirs",
      "PostgreSQL, ours",
      "theirs",
      "client and endpoint, ours",
      "theirs",
      "×",
    ],
    rows,
  };
}

async function costOf({ flow, databaseUrl }: Side, quick: boolean): Promise<number[]> {
  const [server] = await runSql<{ id: number }>(
    databaseUrl,
    "select split_part(pg_read_file('postmaster.pid'), e'\\n', 1)::int as id",
  );
  const run = (seconds: number) => flow.run({ seconds, connections: CONNECTIONS });
  await run(quick ? 0.2 : 1);
  const before = { ...processorTime(server!.id), here: process.cpuUsage() };
  const { length: acts } = (await run(quick ? 0.2 : 3)).milliseconds;
  const { runtime, database } = processorTime(server!.id);
  const { user, system } = process.cpuUsage(before.here);
  return [runtime - before.runtime, database - before.database, (user + system) / 1000].map((spent) => spent / acts);
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
