/**
 * One temporary PostgreSQL for the whole run, with Neon's protocol in front; each test file copies the migrated
 * template.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProvidedContext } from "vitest";
import type { TestProject } from "vitest/node";
import { startLocalDatabase } from "../../scripts/database/local-database.ts";
import { migrate } from "../../scripts/database/migrations.ts";
import { createControl } from "../../scripts/neon/control.ts";
import { startMailbox } from "./mailbox.ts";
import { declaredStatements, type DeclaredRow } from "./rows/declared.ts";
import { startNeonEndpoint } from "../../scripts/neon/endpoint.ts";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { endpoint, stop } = await startStage((key, value) => project.provide(key, value));
  const declared = process.env["ROW_MARKS"] === "off" ? [] : declaredStatements();
  project.provide("declaredRows", Object.fromEntries(declared.map(({ site, row }) => [site, row])));
  return async () => {
    await requireAllSeen(
      project,
      declared.map(({ site }) => site).filter((site) => !endpoint.marksSeen().has(site)),
    );
    await stop();
  };
}

type Provide = <Key extends keyof ProvidedContext>(key: Key, value: ProvidedContext[Key]) => void;

/** The database, the endpoint and the outside world; `provide` receives what tests need to know about them. */
export async function startStage(provide: Provide) {
  const directory = await mkdtemp(join(tmpdir(), "auth-api-test-"));
  const database = await startLocalDatabase({ directory, persistent: false });
  const endpoint = await startNeonEndpoint({ control: true, defaultDatabaseUrl: database.url });
  const template = await createControl(endpoint.url).createDatabase(undefined, "template_migrated");
  await migrate(template);
  const outside = await startMailbox();
  provide("endpointUrl", endpoint.url);
  provide("mailboxUrl", outside.url);
  const { FUZZ_RUNS = "5", FUZZ_SEED } = process.env;
  provide("fuzz", { runs: Number(FUZZ_RUNS), seed: FUZZ_SEED === undefined ? undefined : Number(FUZZ_SEED) });
  const { RACE_ROUNDS } = process.env;
  provide("races", { rounds: Number(RACE_ROUNDS ?? 1), requests: Number(RACE_ROUNDS ?? 40) });
  const stop = async () => {
    await outside.stop();
    await endpoint.stop();
    await database.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return { endpoint, stop };
}

/** A statement that no test runs is never checked. Only a run of the whole suite can report this. */
async function requireAllSeen(project: TestProject, unseen: string[]): Promise<void> {
  const { testFiles } = await project.globTestFiles();
  const run = project.vitest.state.getFiles().filter((file) => file.projectName === project.name);
  if (run.length < testFiles.length || unseen.length === 0) return;
  process.exitCode = 1;
  console.error(
    `\nNo test runs these statements, so nothing compares their rows with the database:\n${unseen.join("\n")}`,
  );
}

declare module "vitest" {
  interface ProvidedContext {
    /** The address of the local Neon endpoint, including `/control`. */
    endpointUrl: string;
    /** The address of the mailbox that stands in for Resend, and of the stand-in for the breach check. */
    mailboxUrl: string;
    /** By mark: the row that each statement of the service declares. */
    declaredRows: Record<string, DeclaredRow>;
    /** Inputs per route; the seed of a run to repeat (`npm run fuzz`). */
    fuzz: { runs: number; seed: number | undefined };
    /** How often each race of test/attacks runs, and how many requests a hot account gets. */
    races: { rounds: number; requests: number };
  }
}
