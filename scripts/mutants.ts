/**
 * `npm run mutants [-- words]`: breaks each rule of test/attacks/mutants.ts and other-mutants.ts on purpose, in a copy of
 * the tree, and runs the attack, or other test, that must notice. It must fail, and by an expectation, not by a crash. Exit
 * code 1 when a mutant survives, when its text no longer exists, or when an attack has no mutant. With words: those whose
 * file or title contains one.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { findMisfits, mutantsByTest, patternOf } from "./check/mutants.ts";
import { functionChanges, joinStatements, readFunctions, type Functions } from "./database/functions.ts";
import { readMigrations } from "./database/migration-files.ts";
import { startChild } from "./process/child-processes.ts";
import { runCommand } from "./process/command.ts";
import { copyTree } from "./process/copy-tree.ts";
import type { Mutant } from "../test/attacks/mutants.ts";

const HELP = `Usage: npm run mutants [-- <word> …]

Breaks each rule of test/attacks/mutants.ts in a copy, and requires that its attack in the tests notices; takes a while.
With words: only those whose test, title or file contains one.`;

const ROOT = resolve(import.meta.dirname, "..");
/** Tests of the project `node`, as .vitest.config.ts has it. */
const IN_NODE = /^test\/(docs|oracles|scripts|system)\//;
/** Each waits for its database half of the time. */
const AT_ONCE = 2;
/** The limit for attacks that wait in vain; the others have none. */
const SILENCE_MS = 10_000;

/** Failures that show a broken promise, not broken code. */
const EXPECTATION =
  /^AssertionError|outside of the contract|^Error: (?:Secrets were kept or logged|Acts that don't keep to the locks)/m;
const SILENCE = /^TestTimeoutError: /m;

interface Trial extends Mutant {
  test: string;
  title: string;
}

interface Report {
  testResults: {
    message: string;
    assertionResults: { title: string; status: string; failureMessages: string[] }[];
  }[];
}

await runCommand("mutants", async () => {
  const { values, positionals: words } = parseArgs({
    allowPositionals: true,
    options: { help: { type: "boolean", short: "h" } },
  });
  if (values.help) return console.log(HELP);
  const misfits = findMisfits(ROOT);
  if (misfits.length > 0) throw new Error(`mend the tables of mutants first:\n${misfits.join("\n")}`);
  const trials = Object.entries(mutantsByTest())
    .flatMap(([test, titles]) =>
      Object.entries(titles).flatMap(([title, mutants]) =>
        mutants.map((mutant): Trial => ({ ...mutant, test, title })),
      ),
    )
    .filter(
      ({ test, title, file }) => words.length === 0 || words.some((word) => `${test} ${title} ${file}`.includes(word)),
    );
  const outcomes: { trial: Trial; outcome: string }[] = [];
  const waiting = [...trials];
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, trials.length) }, async () => {
      const copy = await copyTree();
      try {
        for (let trial = waiting.shift(); trial; trial = waiting.shift()) {
          const outcome = await attempt(copy, trial);
          outcomes.push({ trial, outcome });
          console.log(`${String(outcomes.length).padStart(3)}/${trials.length}  ${describe(trial, outcome)}`);
        }
      } finally {
        await rm(copy, { recursive: true, force: true });
      }
    }),
  );
  const survivors = outcomes.filter(({ outcome }) => outcome !== "killed");
  console.log(`\n${outcomes.length - survivors.length} of ${trials.length} mutants killed`);
  for (const { trial, outcome } of survivors) console.log(describe(trial, outcome));
  if (survivors.length > 0) process.exitCode = 1;
});

function describe({ test, title, file, text }: Trial, outcome: string): string {
  return `${outcome.padEnd(8)} ${test}: ${title}\n         by ${file}: ${text.trim().split("\n")[0]!.slice(0, 100)}`;
}

async function attempt(copy: string, trial: Trial): Promise<string> {
  const path = join(copy, trial.file);
  const source = await readFile(path, "utf8");
  if (source.split(trial.text).length !== 2) return source.includes(trial.text) ? "ambiguous" : "outdated";
  const functions = readFunctions(join(copy, "drizzle"));
  await writeFile(
    path,
    source.replace(trial.text, () => trial.replacement),
  );
  const undo = await migrateFunctions(copy, functions);
  try {
    return judge(await runAttack(copy, trial), trial);
  } finally {
    await writeFile(path, source);
    await undo();
  }
}

/** A changed function takes effect through the last migration, which creates every database of the attack. */
async function migrateFunctions(copy: string, before: Functions): Promise<() => Promise<void>> {
  const folder = join(copy, "drizzle");
  const changes = functionChanges(before, readFunctions(folder));
  if (changes.length === 0) return async () => {};
  const file = join(folder, `${readMigrations(folder).at(-1)!.tag}.sql`);
  const migration = await readFile(file, "utf8");
  await writeFile(file, joinStatements([migration, ...changes]));
  return () => writeFile(file, migration);
}

async function runAttack(copy: string, { test, title, silences }: Trial): Promise<Report | undefined> {
  const report = join(copy, "report.json");
  await rm(report, { force: true });
  const child = await startChild(
    "vitest",
    [
      "run",
      "--config",
      ".vitest.config.ts",
      "--project",
      IN_NODE.test(test) ? "node" : "workers",
      test,
      "-t",
      // With values in it, it runs with all of them; before it stands the group.
      patternOf(title).source.slice(1),
      "--reporter",
      "json",
      "--outputFile",
      report,
      ...(silences ? ["--testTimeout", String(SILENCE_MS)] : []),
    ],
    {
      cwd: copy,
      stdio: "ignore",
      env: { ...process.env, PATH: `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"]}` },
    },
  );
  await child.exited;
  return readFile(report, "utf8").then(
    (text) => JSON.parse(text) as Report,
    () => undefined,
  );
}

function judge(report: Report | undefined, { silences }: Trial): string {
  const ran =
    report?.testResults
      .flatMap((file) => file.assertionResults)
      .filter(({ status }) => status === "passed" || status === "failed") ?? [];
  if (ran.length === 0) return "crashed";
  const failures = ran.flatMap(({ failureMessages }) => failureMessages);
  if (failures.length === 0) return "SURVIVED";
  return failures.some((message) => EXPECTATION.test(message) || (silences && SILENCE.test(message)))
    ? "killed"
    : "crashed";
}
