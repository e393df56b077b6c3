/** What the triggers cost that note which accounts and sessions the totals have to count again. */
import { OPERATIONS } from "./operations.ts";
import { startRuntime, type Runtime } from "./runtime.ts";
import { createClient, runSql, type Stage } from "./service.ts";
import { quantile } from "./statistics.ts";
import { decimal, times, type Table } from "./table.ts";

const ACTS = ["register", "login", "refresh", "logout"];

const DISABLE = `
  do $$
  declare each record;
  begin
    for each in select tgrelid::regclass as of, tgname from pg_trigger where tgname like '%\\_uncounted%' loop
      execute format('alter table %s disable trigger %I', each.of, each.tgname);
    end loop;
  end $$`;

export async function triggers({ quick, bundles, endpoint, createDatabase, variables, log }: Stage): Promise<Table> {
  const databases = [await createDatabase("triggers"), await createDatabase("no_triggers")];
  await runSql(databases[1]!, DISABLE);
  const runtimes: Runtime[] = [];
  try {
    for (const url of databases)
      runtimes.push(await startRuntime([{ bundle: bundles.service, variables: variables(url) }]));
    const clients = databases.map((databaseUrl, at) => createClient(runtimes[at]!.urls[0]!, databaseUrl));
    const members = await Promise.all(clients.map((client) => client.createMember()));
    const rows = [];
    for (const { name, prepare, run } of OPERATIONS.filter((operation) => ACTS.includes(operation.name))) {
      log(name);
      const measured = clients.map((): number[] => []);
      for (let turn = 0; turn <= (quick ? 10 : 200); turn++) {
        for (const [at, client] of clients.entries()) {
          const prepared = await prepare?.(client, members[at]!);
          endpoint.resetTrips(client.databaseUrl);
          await run(client, members[at]!, prepared);
          // The first has nothing cached.
          if (turn > 0) measured[at]!.push(endpoint.requestMs(client.databaseUrl));
        }
      }
      const [best, median] = [0.1, 0.5].map((share) => measured.map((each) => quantile(each, share)));
      rows.push([
        name,
        ...[best!, median!].flatMap(([on, off]) => [decimal(on!, 2), decimal(off!, 2), times(on! / off!)]),
      ]);
    }
    return {
      title: "The triggers of the totals",
      note: "Milliseconds in the database for all trips of an act, in alternation, with the triggers and with them disabled: the best tenth, and the median.",
      columns: ["act", "with", "without", "×", "median, with", "without", "×"],
      rows,
    };
  } finally {
    for (const runtime of runtimes) await runtime.stop();
  }
}
