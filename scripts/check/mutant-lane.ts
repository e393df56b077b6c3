/**
 * A child of `npm run mutants`, with its own copy of the tree as the working directory: one Vitest, with its database and
 * the code it has read, for many mutants. The parent changes a file of the copy, tells of it, and takes it back afterwards.
 */
import { resolve } from "node:path";
import { createVitest, type TestProject } from "vitest/node";
import { createControl } from "../neon/control.ts";
import { reportOf, type Report } from "./mutant-report.ts";

/** One run of one test. */
export interface Order {
  test: string;
  /** Of the titles that run. */
  pattern: string;
  /** Files that have changed since the last run. */
  changed: string[];
  /** Statements for the database that every test's is a copy of, and those that undo them. */
  migration: { up: string[]; down: string[] };
  timeoutMs?: number | undefined;
}

/** As test/support/global-setup.ts names it. */
const TEMPLATE = "template_migrated";
/** Tests of the project `node`, as .vitest.config.ts has it. */
const IN_NODE = /^test\/(docs|oracles|scripts|system)\//;

// Marks stand at places of the code as it was.
process.env["ROW_MARKS"] = "off";
const vitest = await createVitest("test", { watch: false, run: true, config: ".vitest.config.ts", reporters: [{}] });

async function run(project: TestProject, { test, pattern, timeoutMs }: Order): Promise<Report> {
  vitest.setGlobalTestNamePattern(pattern);
  const usualMs = project.config.testTimeout;
  if (timeoutMs !== undefined) project.config.testTimeout = timeoutMs;
  const file = resolve(test);
  const result = await vitest.runTestSpecifications([project.createSpecification(file)]);
  project.config.testTimeout = usualMs;
  return reportOf(result, file);
}

async function carryOut(order: Order): Promise<Report> {
  const project = vitest.projects.find(({ name }) => name === (IN_NODE.test(order.test) ? "node" : "workers"))!;
  for (const file of order.changed) vitest.invalidateFile(resolve(file));
  const { up, down } = order.migration;
  if (up.length === 0) return run(project, order);
  // The set-up belongs to the first run.
  if (project.getProvidedContext().endpointUrl === undefined) await run(project, { ...order, pattern: "(?!)" });
  const control = createControl(project.getProvidedContext().endpointUrl);
  for (const statement of up) await control.query(TEMPLATE, statement);
  try {
    return await run(project, order);
  } finally {
    for (const statement of down) await control.query(TEMPLATE, statement);
  }
}

process.on("message", (order: Order) => {
  void carryOut(order).then(
    (report) => process.send!(report),
    (error: Error) => process.send!({ ran: 0, failures: [error.message] }),
  );
});
const end = () => void vitest.close().finally(() => process.exit());
process.once("disconnect", end);
process.once("SIGTERM", end);
process.send!("ready");
