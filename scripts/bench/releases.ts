/** An earlier checkout of the service and this one, measured in turn: what each act cost then, and what it costs now. */
import path from "node:path";
import { bundle } from "../check/bundle.ts";
import { migrate } from "../database/migrations.ts";
import { describeFailure } from "../process/command.ts";
import { load, type Route } from "./load.ts";
import { measureEach, OPERATIONS } from "./operations.ts";
import { startRuntime, type Runtime } from "./runtime.ts";
import { createClient, credentialsOf, type Client, type Member, type Stage } from "./service.ts";
import { quantile } from "./statistics.ts";
import { decimal, times, whole, type Cell, type Table } from "./table.ts";

const CONNECTIONS = 16;

export async function releases(stage: Stage): Promise<Table> {
  const { beside, bundles, log } = stage;
  if (beside === undefined) throw new Error("--beside needs the folder of another checkout, with its packages.");
  log("bundling the other checkout");
  const former = await bundle(path.join(beside, "wrangler.toml"), path.join(bundles.service.folder, "../former"));
  const urls = [
    await stage.createDatabase("releases_former", (url) => migrate(url, { folder: path.join(beside, "drizzle") })),
    await stage.createDatabase("releases_present"),
  ];
  const runtimes: Runtime[] = [];
  try {
    for (const [at, each] of [former, bundles.service].entries())
      runtimes.push(await startRuntime([{ bundle: each, variables: stage.variables(urls[at]!) }]));
    const clients = runtimes.map((runtime, at) => createClient(runtime.urls[0]!, urls[at]!));
    const rows = await measureEach(
      OPERATIONS.filter(({ budget }) => budget > 0),
      (operation) => {
        log(operation.name);
        return compare(stage, operation, clients);
      },
    );
    return {
      title: "This release beside a former one",
      note: `Trips of a request, and milliseconds in the database for all of them together, in alternation; below, requests a second of ${CONNECTIONS} connections, in alternating slices. Other work on the machine only adds time, so the values are those of the best tenth.`,
      columns: ["operation", "trips, former", "trips, now", "former", "now", "ratio"],
      rows: [
        ...rows,
        ...(await compareRates(stage, clients).catch((error: unknown) => [[`FAILED: ${describeFailure(error)}`]])),
      ],
    };
  } finally {
    for (const runtime of runtimes) await runtime.stop();
  }
}

async function compare(
  { quick, endpoint }: Stage,
  { prepare, run, roleId }: (typeof OPERATIONS)[number],
  clients: Client[],
): Promise<Cell[]> {
  const members = await Promise.all(clients.map((client) => client.createMember(roleId)));
  const milliseconds = clients.map((): number[] => []);
  const trips = clients.map(() => 0);
  for (let turn = 0; turn <= (quick ? 5 : 25); turn++) {
    for (const [at, client] of clients.entries()) {
      const prepared = await prepare?.(client, members[at]!);
      endpoint.resetTrips(client.databaseUrl);
      await run(client, members[at]!, prepared);
      trips[at] = endpoint.trips(client.databaseUrl, "request");
      // The first run has nothing cached.
      if (turn > 0) milliseconds[at]!.push(endpoint.requestMs(client.databaseUrl));
    }
  }
  const [former, now] = milliseconds.map((each) => quantile(each, 0.1)) as [number, number];
  return [...trips, decimal(former, 2), decimal(now, 2), times(now / former)];
}

async function compareRates({ quick, log }: Stage, clients: Client[]): Promise<Cell[][]> {
  const members: Member[][] = [];
  // One after the other: a service refuses registrations while too many hashes wait.
  for (const client of clients) {
    const own: Member[] = [];
    for (let at = 0; at < CONNECTIONS; at++) own.push(await client.createMember());
    members.push(own);
  }
  const kinds: [string, (client: Client, own: Member[]) => Route][] = [
    ["refresh", refreshing],
    ["login", loggingIn],
  ];
  const rows: Cell[][] = [];
  for (const [name, routeOf] of kinds) {
    log(`${name}: requests a second`);
    const rates = clients.map((): number[] => []);
    for (let round = 0; round <= (quick ? 1 : 12); round++) {
      for (const [at, client] of clients.entries()) {
        const route = routeOf(client, members[at]!);
        const { requestsPerSecond } = await load(route, { seconds: quick ? 0.3 : 0.8, connections: CONNECTIONS });
        if (round > 0) rates[at]!.push(requestsPerSecond);
      }
    }
    const [former, now] = rates.map((each) => quantile(each, 0.9)) as [number, number];
    rows.push([`${name}, a second`, "", "", whole(former), whole(now), times(now / former)]);
  }
  return rows;
}

const refreshing = ({ url }: Client, members: Member[]): Route => ({
  name: "refresh",
  url,
  next: (at) => ({ method: "POST", path: "/api/auth/refresh", body: { refreshToken: members[at]!.refreshToken } }),
  onAnswer: (at, body) => Object.assign(members[at]!, JSON.parse(body)),
});

const loggingIn = ({ url }: Client, members: Member[]): Route => ({
  name: "login",
  url,
  next: (at) => ({ method: "POST", path: "/api/auth/login", body: credentialsOf(members[at]!) }),
});
