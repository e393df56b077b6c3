/** `npm run races`: every ordered pair of acts on one account, the first paused at each of its points, and what must hold after. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "./check/bundle.ts";
import { createMigratedDatabase } from "./bench/service.ts";
import { startLocalDatabase } from "./database/local-database.ts";
import { PROJECT_FOLDER } from "./database/url.ts";
import { startNeonEndpoint } from "./neon/endpoint.ts";
import { runCommand } from "./process/command.ts";
import { ACTS } from "./races/acts.ts";
import { startMailbox } from "../test/support/mailbox.ts";
import { createMailbox } from "../test/support/mailbox-control.ts";
import { openProvider } from "./races/federation.ts";
import { cheapHashes } from "./races/hashes.ts";
import { succeeded } from "./races/invariants.ts";
import { openLane, type Lane } from "./races/lane.ts";
import { raceMutants } from "./races/mutants.ts";
import { allPairs, racePair, tryOut, type Verdict } from "./races/pairs.ts";
import { courseOfPair, courseOfTriple, describe, raceAll, sum, tableOf, type Results } from "./races/run.ts";
import { parseSchedule } from "./races/schedule.ts";
import { allTriples, raceTriple } from "./races/triples.ts";
import { raceWalks, type WalkOptions } from "./races/walks.ts";

const HELP = `Usage: npm run races [-- --only "reset@2/0 x login"] [-- --acts reset,login] [-- --lanes 3] [-- --mutants]

Tries every ordered pair of the acts of scripts/races/acts.ts: the first is held before each statement of each of its
trips, before each commit, and before its answer, while the second runs to its end. Then three acts at once, and random walks. After each
schedule the invariants are asked of database and API. Writes its table to docs/security.md when it has run whole.
  --only           one schedule, as a failure names it, or without \`@\` all of a pair's; several with \`;\` between
                   them; \`*\` behind the second act: with the first one's session, link or code; \`three\` and
                   \`walks\` for those alone
  --acts           pairs of which one act is among these, and nothing else
  --walks          how many random walks (default 200); --seed repeats those of a failure
  --lanes          services that run side by side (default 3)
  --until-failure  stops at the first failure
  --mutants        breaks each law of concurrency in a copy, and demands that a run notices`;

/** Of a walk. */
const MAX_ACTS = 50;

await runCommand("races", async () => {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      acts: { type: "string" },
      walks: { type: "string", default: "200" },
      seed: { type: "string" },
      lanes: { type: "string", default: "3" },
      "until-failure": { type: "boolean" },
      mutants: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(HELP);
  if (values.mutants) return raceMutants();
  const folder = await mkdtemp(path.join(tmpdir(), "auth-api-races-"));
  const database = await startLocalDatabase({ directory: path.join(folder, "database"), persistent: false });
  const endpoint = await startNeonEndpoint();
  const outside = await startMailbox();
  const lanes: Lane[] = [];
  try {
    const provider = await openProvider(createMailbox(outside.url, "races"));
    const service = await cheapHashes(await bundle("wrangler.toml", path.join(folder, "service")));
    const count = values.only ? 1 : Number(values.lanes);
    for (let at = 0; at < count; at++)
      lanes.push(
        await openLane(endpoint, await createMigratedDatabase(database.url, `lane_${at}`), {
          bundle: service,
          provider,
        }),
      );
    const seed = values.seed === undefined ? undefined : Number(values.seed);
    const walking = { walks: Math.ceil(Number(values.walks) / count), maxActs: MAX_ACTS, seed };
    if (values.only) {
      for (const name of values.only.split(";")) await raceOnly(lanes[0]!, name, walking);
      return;
    }
    await requireSuccess(lanes[0]!);
    const acts = values.acts?.split(",");
    const pairs = allPairs().filter(
      (pair) => !acts || acts.some((name) => [pair.first.name, pair.second.name].includes(name)),
    );
    const courses = [...pairs.map(courseOfPair), ...(acts ? [] : allTriples().map(courseOfTriple))];
    console.log(`${cpus().length} cores, ${count} lanes, ${pairs.length} pairs`);
    const startedAt = performance.now();
    const results = await raceAll(lanes, courses, { untilFailure: values["until-failure"] ?? false });
    console.log(`\n${tableOf(results, [...ACTS.map(({ name }) => name), "three at once"])}`);
    const seconds = (performance.now() - startedAt) / 1000;
    console.log(
      `${(seconds / 60).toFixed(1)} minutes, ${(sum(results).schedules / seconds).toFixed(0)} schedules a second`,
    );
    if (sum(results).failed > 0) process.exitCode = 1;
    if (acts || process.exitCode === 1) return;
    const walked = await Promise.all(lanes.map(({ world }) => walk(world, walking)));
    const ofWalks = `${walking.walks * count} random walks of 5 to 50 acts, ${walked.reduce((a, b) => a + b, 0)} acts in all: every promise held.`;
    console.log(ofWalks);
    await writeTable(results, ofWalks);
  } finally {
    for (const lane of lanes) await lane.stop();
    await endpoint.stop();
    await outside.stop();
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

/** A walk that fails is said whole: its acts, what it broke, and the seed that repeats it. */
async function walk(world: Lane["world"], options: WalkOptions): Promise<number> {
  return raceWalks(world, options).catch((error: Error) => {
    console.error(error.message);
    throw error;
  });
}

/** One schedule, or where it names no point, all of its pair. */
async function raceOnly(lane: Lane, name: string, walking: WalkOptions): Promise<void> {
  if (name === "walks") return console.log(`${await walk(lane.world, walking)} acts held`);
  if (name === "three") {
    for (const acts of allTriples()) for await (const verdict of raceTriple(lane.world, acts)) report(verdict);
    return;
  }
  const steps = parseSchedule(name);
  const [first, second] = steps;
  if (first!.point || !second) return report(await tryOut(lane.world, steps));
  const pair = { first: first!.act, second: second.act, shared: second.hand === 0 };
  for await (const verdict of racePair(lane.world, pair)) report(verdict);
}

function report(verdict: Verdict): void {
  console.log(describe(verdict));
  if (verdict.failures.length > 0) process.exitCode = 1;
}

/** An act that is refused even when it is alone races nothing. */
async function requireSuccess({ world }: Lane): Promise<void> {
  const refused = [];
  for (const act of ACTS) {
    const verdict = await tryOut(world, [{ act, hand: 0 }]);
    if (!verdict.outcome.done.every(succeeded) || verdict.failures.length > 0) refused.push(describe(verdict));
  }
  if (refused.length > 0) throw new Error(`Acts that fail by themselves: ${refused.join("; ")}`);
}

/** Between the two marks of docs/security.md. */
async function writeTable(results: Results, ofWalks: string): Promise<void> {
  const file = path.join(PROJECT_FOLDER, "docs/security.md");
  const text = await readFile(file, "utf8");
  const [, ...table] = tableOf(results, [...ACTS.map(({ name }) => name), "three at once"]).split("\n");
  const written = `<!-- races -->\n\n${table.join("\n").trim()}\n\n${ofWalks}\n\n<!-- /races -->`;
  await writeFile(
    file,
    text.replace(/<!-- races -->[^]*<!-- \/races -->/, () => written),
  );
}
