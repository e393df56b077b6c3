/**
 * `npm run mutants [-- words]`: breaks each rule of test/attacks/mutants.ts and other-mutants.ts on purpose, in a copy of
 * the tree, and runs the attack, or other test, that must notice. It must fail, and by an expectation, not by a crash. Exit
 * code 1 when a mutant survives, when its text no longer exists, or when an attack has no mutant. With words: those whose
 * file or title contains one.
 */
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Order } from "./check/mutant-lane.ts";
import { judge, SILENCE, type Report } from "./check/mutant-report.ts";
import { findMisfits, mutantsByTest, patternOf } from "./check/mutants.ts";
import { functionChanges, readFunctions } from "./database/functions.ts";
import { startChild, type Child } from "./process/child-processes.ts";
import { runCommand } from "./process/command.ts";
import { copyTree } from "./process/copy-tree.ts";
import type { Mutant } from "../test/attacks/mutants.ts";

const HELP = `Usage: npm run mutants [-- <word> …]

Breaks each rule of test/attacks/mutants.ts in a copy, and requires that its attack in the tests notices; takes a while.
With words: only those whose test, title or file contains one.`;

const ROOT = resolve(import.meta.dirname, "..");
/** What the set-up of a Vitest has read, so that the next test needs another. */
const READ_ONCE = /^drizzle\/\d|^src\/(contract\/openapi\.json$|pages\/files\/)/;
/** Each waits for its database half of the time. */
const AT_ONCE = 2;
/** The limit for attacks that wait in vain; the others have none. */
const SILENCE_MS = 10_000;

interface Trial extends Mutant {
  test: string;
  title: string;
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
      const lane = createLane(copy);
      let last: Trial | undefined;
      try {
        for (let trial = waiting.shift(); trial; trial = waiting.shift()) {
          const outcome = await attempt(copy, lane, trial);
          outcomes.push({ trial, outcome });
          console.log(`${String(outcomes.length).padStart(3)}/${trials.length}  ${describe(trial, outcome)}`);
          last = trial;
        }
        if (last) await checkLane(lane, last);
      } finally {
        await lane.stop();
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

async function attempt(copy: string, lane: Lane, { test, title, silences, ...mutant }: Trial): Promise<string> {
  const path = join(copy, mutant.file);
  const source = await readFile(path, "utf8");
  if (source.split(mutant.text).length !== 2) return source.includes(mutant.text) ? "ambiguous" : "outdated";
  const before = readFunctions(join(copy, "drizzle"));
  await writeFile(
    path,
    source.replace(mutant.text, () => mutant.replacement),
  );
  const after = readFunctions(join(copy, "drizzle"));
  const report = await lane.run({
    test,
    // With values in it, it runs with all of them; before it stands the group.
    pattern: patternOf(title).source.slice(1),
    changed: mutant.file,
    migration: { up: functionChanges(before, after), down: functionChanges(after, before) },
    timeoutMs: silences ? SILENCE_MS : undefined,
  });
  await writeFile(path, source);
  return judge(report, silences);
}

/** What a lane has not taken back, or a machine that is too busy, would kill any mutant. */
async function checkLane(lane: Lane, { test, title, file }: Trial): Promise<void> {
  const migration = { up: [], down: [] };
  const report = await lane.run({ test, pattern: patternOf(title).source.slice(1), changed: file, migration });
  if (report?.failures.length === 0) return;
  console.log(`FAILS WITHOUT A MUTANT TOO: ${test}: ${title}\n         ${report?.failures[0]?.split("\n")[0]}`);
  process.exitCode = 1;
}

interface Lane {
  run(order: Omit<Order, "changed"> & { changed: string }): Promise<Report | undefined>;
  stop(): Promise<void>;
}

/** Runs one test after the other in a Vitest that stays, since its start takes longer than most tests do. */
function createLane(copy: string): Lane {
  let child: Child | undefined;
  /** Taken back since, which the lane has to be told. */
  let takenBack: string[] = [];

  async function start(): Promise<Child> {
    const started = await startChild(process.execPath, [join(copy, "scripts/check/mutant-lane.ts")], {
      cwd: copy,
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      env: { ...process.env, PATH: `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"]}` },
    });
    await Promise.race([once(started.process, "message"), started.exited]);
    return started;
  }

  async function stop(): Promise<void> {
    await child?.stop();
    child = undefined;
  }

  return {
    stop,
    async run({ changed, ...order }) {
      if (READ_ONCE.test(changed)) await stop();
      child ??= await start();
      const { process: lane, exited } = child;
      const answered = once(lane, "message").then(([report]) => report as Report);
      if (lane.connected) lane.send({ ...order, changed: [...takenBack, changed] });
      const report = await Promise.race([answered, exited.then(() => undefined)]);
      takenBack = [changed];
      // What ran out of its time goes on in the background.
      const goesOn = report?.failures.some((message) => SILENCE.test(message)) ?? true;
      if (goesOn || READ_ONCE.test(changed)) await stop();
      return report;
    },
  };
}
