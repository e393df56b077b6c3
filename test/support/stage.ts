/** What stands around the service under test: a PostgreSQL that has its schema, Neon's protocol, the outside world. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startLocalDatabase } from "../../scripts/database/local-database.ts";
import { migrate } from "../../scripts/database/migrations.ts";
import { createControl } from "../../scripts/neon/control.ts";
import { startNeonEndpoint } from "../../scripts/neon/endpoint.ts";
import { startMailbox } from "./mailbox.ts";

/** A PostgreSQL with the template that each test file copies. */
export async function startDatabase(): Promise<{ url: string; stop: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "auth-api-test-"));
  const database = await startLocalDatabase({ directory, persistent: false });
  const endpoint = await startNeonEndpoint({ control: true, defaultDatabaseUrl: database.url });
  await migrate(await createControl(endpoint.url).createDatabase(undefined, "template_migrated"));
  await endpoint.stop();
  return {
    url: database.url,
    async stop() {
      await database.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Shared by the set-ups of the projects, each of which has its own copy of this module. */
const run = ((globalThis as { testRun?: { users: number; database?: ReturnType<typeof startDatabase> } }).testRun ??= {
  users: 0,
});

/** Starts the PostgreSQL of the run, which the processes of the tests find in TEST_DATABASE. @returns how to leave it. */
export async function shareDatabase(): Promise<() => Promise<void>> {
  run.users++;
  const database = await (run.database ??= startDatabase());
  process.env["TEST_DATABASE"] = database.url;
  return async () => {
    if (--run.users === 0) await database.stop();
  };
}

/** The endpoint and the outside world, on the PostgreSQL of the run; outside of a run on one of its own. */
export async function startStage() {
  const shared = process.env["TEST_DATABASE"];
  const database = shared === undefined ? await startDatabase() : undefined;
  const endpoint = await startNeonEndpoint({ control: true, defaultDatabaseUrl: shared ?? database!.url });
  const outside = await startMailbox();
  const stop = async () => {
    await outside.stop();
    await endpoint.stop();
    await database?.stop();
  };
  return { endpoint, outside, stop };
}
