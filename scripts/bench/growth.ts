/** Each operation's time in the database, in a small and in a large one, in alternation. */
import { dataStatements, type DataVolume } from "../database/generate-data.ts";
import { measureEach, OPERATIONS, type Operation } from "./operations.ts";
import { startRuntime, type Runtime } from "./runtime.ts";
import { createClient, runSql, type Client, type Member, type Stage } from "./service.ts";
import { median } from "./statistics.ts";
import { decimal, times, verdict, whole, type Table } from "./table.ts";

const BUDGET = 1.5;
const SMALL: DataVolume = { users: 1_000, logins: 5_000, auditLogs: 1_000 };
const LARGE: DataVolume = { users: 1_000_000, logins: 5_000_000, auditLogs: 100_000 };
const QUICK_LARGE: DataVolume = { users: 20_000, logins: 100_000, auditLogs: 10_000 };

export async function growth(stage: Stage): Promise<Table> {
  const { quick, bundles, variables, log } = stage;
  const volumes = [SMALL, quick ? QUICK_LARGE : LARGE];
  const urls: string[] = [];
  for (const volume of volumes) urls.push(await fill(stage, volume));
  const runtimes: Runtime[] = [];
  try {
    for (const url of urls) runtimes.push(await startRuntime([{ bundle: bundles.service, variables: variables(url) }]));
    const clients = runtimes.map((runtime, at) => createClient(runtime.urls[0]!, urls[at]!));
    const operations = OPERATIONS.filter(({ budget }) => budget > 0);
    const rows = await measureEach(operations, async (operation) => {
      log(operation.name);
      const [small, large] = (await compare(stage, operation, clients)) as [number, number];
      const ratio = large / small;
      return [decimal(small, 2), decimal(large, 2), times(ratio), `≤ ${times(BUDGET)}`, verdict(ratio <= BUDGET)];
    });
    return {
      title: "Growth",
      note: `Milliseconds in the database by operation, all its trips together, medians: at ${volumes.map(({ users, logins, auditLogs }) => `${whole(users)} accounts, ${whole(logins)} logins and ${whole(auditLogs)} audit records`).join(", and at ")}.`,
      columns: ["operation", "small", "large", "ratio", "budget", ""],
      rows,
    };
  } finally {
    for (const runtime of runtimes) await runtime.stop();
  }
}

async function fill({ createDatabase, log }: Stage, volume: DataVolume): Promise<string> {
  const url = await createDatabase(`growth_${volume.users}`);
  const startedAt = performance.now();
  for (const statement of dataStatements(volume)) {
    const what = statement.trim().split(/\s+/, 3).join(" ");
    log(`${whole(volume.users)} accounts: ${what}, ${((performance.now() - startedAt) / 1000).toFixed(0)} s so far`);
    await runSql(url, statement);
  }
  return url;
}

/** Medians in milliseconds, by client. */
async function compare({ quick, endpoint }: Stage, operation: Operation, clients: Client[]): Promise<number[]> {
  const members = await Promise.all(clients.map((client) => client.createMember(operation.roleId)));
  const measured = clients.map((): number[] => []);
  for (let turn = 0; turn <= (quick ? 5 : 25); turn++) {
    for (const [at, client] of clients.entries()) {
      const milliseconds = await runOnce(client, members[at]!);
      // The first run has nothing cached.
      if (turn > 0) measured[at]!.push(milliseconds);
    }
  }
  return measured.map(median);

  async function runOnce(client: Client, member: Member): Promise<number> {
    const prepared = await operation.prepare?.(client, member);
    endpoint.resetTrips(client.databaseUrl);
    await operation.run(client, member, prepared);
    return endpoint.requestMs(client.databaseUrl);
  }
}
