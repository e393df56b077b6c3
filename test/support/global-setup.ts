/** For the tests inside the Workers runtime: one endpoint with Neon's protocol, on the PostgreSQL of the run. */
import type { TestProject } from "vitest/node";
import { declaredStatements, type DeclaredRow } from "./rows/declared.ts";
import { shareDatabase, startStage } from "./stage.ts";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const leaveDatabase = await shareDatabase();
  const { endpoint, outside, stop } = await startStage();
  project.provide("endpointUrl", endpoint.url);
  project.provide("mailboxUrl", outside.url);
  const { FUZZ_RUNS = "5", FUZZ_SEED } = process.env;
  project.provide("fuzz", { runs: Number(FUZZ_RUNS), seed: FUZZ_SEED === undefined ? undefined : Number(FUZZ_SEED) });
  const { RACE_ROUNDS } = process.env;
  project.provide("races", { rounds: Number(RACE_ROUNDS ?? 1), requests: Number(RACE_ROUNDS ?? 40) });
  const declared = process.env["ROW_MARKS"] === "off" ? [] : declaredStatements();
  project.provide("declaredRows", Object.fromEntries(declared.map(({ site, row }) => [site, row])));
  return async () => {
    await requireAllSeen(
      project,
      declared.map(({ site }) => site).filter((site) => !endpoint.marksSeen().has(site)),
    );
    await stop();
    await leaveDatabase();
  };
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
