/** Round trips to the database per operation: those that the client waits for, and those after the answer. */
import { setTimeout as sleep } from "node:timers/promises";
import { measureEach, OPERATIONS, type Operation } from "./operations.ts";
import { startRuntime } from "./runtime.ts";
import { createClient, type Client, type Stage } from "./service.ts";
import { decimal, verdict, type Cell, type Table } from "./table.ts";

/**
 * The delay of each trip during a counted run: much longer than everything else takes, so that the waiting time reveals
 * the number of trips.
 */
export const TRIP_MS = 300;

export async function trips(stage: Stage): Promise<Table> {
  const { bundles, variables, log } = stage;
  const databaseUrl = await stage.createDatabase("trips");
  const runtime = await startRuntime([{ bundle: bundles.service, variables: variables(databaseUrl) }]);
  try {
    const client = createClient(runtime.urls[0]!, databaseUrl);
    const rows = await measureEach(OPERATIONS, (operation) => {
      log(operation.name);
      return countTrips(stage, operation, client);
    });
    return {
      title: "Trips to the database",
      note: `Counted in front of the database, with a delay of ${TRIP_MS} ms for every trip: the client's waiting time shows how many trips it waits for. Jobs of the queue are not counted.`,
      columns: ["operation", "waited for", "after the answer", "budget", "", "ms besides"],
      rows,
    };
  } finally {
    await runtime.stop();
  }
}

async function countTrips(stage: Stage, operation: Operation, client: Client): Promise<Cell[]> {
  const { endpoint } = stage;
  const { databaseUrl } = client;
  const { budget, roleId, prepare, run } = operation;
  const member = await client.createMember(roleId);
  const prepared = await prepare?.(client, member);
  // Work deferred by an earlier answer has finished.
  await settle(stage, databaseUrl);
  endpoint.resetTrips(databaseUrl);
  endpoint.injectFault({ kind: "delay", ms: TRIP_MS }, { database: databaseUrl, times: Infinity });
  try {
    const startedAt = performance.now();
    await run(client, member, prepared);
    const elapsed = performance.now() - startedAt;
    const waited = Math.floor(elapsed / TRIP_MS);
    await settle(stage, databaseUrl);
    const after = endpoint.trips(databaseUrl, "request") - waited;
    const besides = decimal(elapsed - waited * TRIP_MS, 0);
    return [waited, after || "", `≤ ${budget}`, verdict(waited <= budget), besides];
  } finally {
    endpoint.clearFaults(databaseUrl);
  }
}

/** Until no trip has come for twice as long as one takes. */
export async function settle({ endpoint }: Stage, databaseUrl: string): Promise<void> {
  for (let seen = -1; seen !== endpoint.trips(databaseUrl);) {
    seen = endpoint.trips(databaseUrl);
    await sleep(2 * TRIP_MS);
  }
}
