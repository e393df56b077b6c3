/** Trips of the same act on either side: those that the client waits for, and those after the answer. */
import type { Stage } from "../service.ts";
import { times, type Cell, type Table } from "../table.ts";
import { TRIP_MS, settle } from "../trips.ts";
import { runOnce } from "./flows.ts";
import { setScene, type Side } from "./scene.ts";

export async function peerTrips(stage: Stage): Promise<Table> {
  const { log } = stage;
  const { betterAuth, pairs, stop } = await setScene(stage, "peer_trips");
  const rows: Cell[][] = [];
  try {
    for (const { name, sides } of pairs) {
      log(name);
      const [ours, theirs] = [await count(stage, sides[0]), await count(stage, sides[1])];
      const ratio = ours.waited > 0 ? times(theirs.waited / ours.waited) : "";
      rows.push([name, ours.waited, theirs.waited, ratio, ours.after || "", theirs.after || ""]);
    }
  } finally {
    await stop();
  }
  return {
    title: "Beside Better Auth: trips to the database",
    note: `Better Auth ${betterAuth.version}. Counted like our own trips, both warm; passkey and authorization are two requests each.`,
    columns: ["act", "waited for, ours", "theirs", "×", "after the answer, ours", "theirs"],
    rows,
  };
}

async function count(stage: Stage, { flow, databaseUrl }: Side): Promise<{ waited: number; after: number }> {
  const { endpoint } = stage;
  // Warm: what an isolate keeps is there.
  await runOnce(flow);
  await settle(stage, databaseUrl);
  endpoint.resetTrips(databaseUrl);
  endpoint.injectFault({ kind: "delay", ms: TRIP_MS }, { database: databaseUrl, times: Infinity });
  try {
    const [elapsed = 0] = (await runOnce(flow)).milliseconds;
    await settle(stage, databaseUrl);
    const all = endpoint.trips(databaseUrl, "request") || endpoint.trips(databaseUrl);
    // On a busy machine, what is not a trip may take as long as one.
    const waited = Math.min(Math.floor(elapsed / TRIP_MS), all);
    return { waited, after: all - waited };
  } finally {
    endpoint.clearFaults(databaseUrl);
  }
}
