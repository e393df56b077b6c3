/** One throw-away PostgreSQL for the whole run, with Neon's protocol in front; each test file copies the migrated template. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startLocalDatabase } from "../../scripts/database/local-database.ts";
import { migrate } from "../../scripts/database/migrations.ts";
import { createControl } from "../../scripts/neon/control.ts";
import { startMailbox } from "./mailbox.ts";
import { startNeonEndpoint } from "../../scripts/neon/endpoint.ts";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), "auth-api-test-"));
  const database = await startLocalDatabase({ directory, persistent: false });
  const endpoint = await startNeonEndpoint({ control: true, defaultDatabaseUrl: database.url });
  const template = await createControl(endpoint.url).createDatabase(undefined, "template_migrated");
  await migrate(template);
  const outside = await startMailbox();
  project.provide("endpointUrl", endpoint.url);
  project.provide("mailboxUrl", outside.url);
  const { FUZZ_RUNS = "5", FUZZ_SEED } = process.env;
  project.provide("fuzz", { runs: Number(FUZZ_RUNS), seed: FUZZ_SEED === undefined ? undefined : Number(FUZZ_SEED) });
  return async () => {
    await outside.stop();
    await endpoint.stop();
    await database.stop();
    await rm(directory, { recursive: true, force: true });
  };
}

declare module "vitest" {
  interface ProvidedContext {
    /** Where the local Neon endpoint listens, `/control` included. */
    endpointUrl: string;
    /** Where the mailbox listens that stands in for Resend, the breach check's stand-in included. */
    mailboxUrl: string;
    /** Inputs a route; the seed of a run to repeat (`npm run fuzz`). */
    fuzz: { runs: number; seed: number | undefined };
  }
}
