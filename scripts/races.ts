/** `npm run races`: every ordered pair of acts on one account, the first paused at each of its points, and what must hold after. */
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "./check/bundle.ts";
import { createMigratedDatabase } from "./bench/service.ts";
import { startLocalDatabase } from "./database/local-database.ts";
import { startNeonEndpoint } from "./neon/endpoint.ts";
import { runCommand } from "./process/command.ts";
import { ACTS } from "./races/acts.ts";
import { openLane, type Lane } from "./races/lane.ts";
import { allPairs, racePair, tryOut, type Pair, type Verdict } from "./races/pairs.ts";
import { parseSchedule } from "./races/schedule.ts";

const HELP = `Usage: npm run races [-- --only "reset@2/0 x login"] [-- --acts reset,login] [-- --lanes 3]

Tries every ordered pair of the acts of scripts/races/acts.ts: the first is held before each statement of each of its
trips, and before each commit, while the second runs to its end. Then the invariants are asked of database and API.
  --only    one schedule, as a failure names it, or without \`@\` all of a pair's; several with \`;\` between them;
            \`*\` behind the second act: with the first one's session, link or code
  --acts    pairs of which one act is among these
  --lanes   services that run side by side (default 3)`;

await runCommand("races", async () => {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      acts: { type: "string" },
      lanes: { type: "string", default: "3" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(HELP);
  const acts = values.acts?.split(",");
  const pairs = allPairs().filter(
    ({ first, second }) => !acts || [first, second].some(({ name }) => acts.includes(name)),
  );
  const folder = await mkdtemp(path.join(tmpdir(), "auth-api-races-"));
  const database = await startLocalDatabase({ directory: path.join(folder, "database"), persistent: false });
  const endpoint = await startNeonEndpoint();
  const lanes: Lane[] = [];
  try {
    const service = await bundle("wrangler.toml", path.join(folder, "service"));
    const count = values.only ? 1 : Number(values.lanes);
    for (let at = 0; at < count; at++)
      lanes.push(await openLane(endpoint, await createMigratedDatabase(database.url, `lane_${at}`), service));
    if (values.only) {
      for (const name of values.only.split(";")) await raceOnly(lanes[0]!, name);
      return;
    }
    console.log(`${cpus().length} cores, ${count} lanes, ${pairs.length} pairs`);
    await requireSuccess(lanes[0]!);
    await raceAll(lanes, pairs);
  } finally {
    for (const lane of lanes) await lane.stop();
    await endpoint.stop();
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

/** One schedule, or where it names no point, all of its pair. */
async function raceOnly(lane: Lane, name: string): Promise<void> {
  const steps = parseSchedule(name);
  const [first, second] = steps;
  if (first!.point || !second) return report([await tryOut(lane.world, steps)]);
  const pair = { first: first!.act, second: second.act, shared: second.hand === 0 };
  for await (const verdict of racePair(lane.world, pair)) report([verdict]);
}

function report(verdicts: Verdict[]): void {
  for (const verdict of verdicts) {
    console.log(describe(verdict));
    if (verdict.failures.length > 0) process.exitCode = 1;
  }
}

/** An act that is refused even when it is alone races nothing. */
async function requireSuccess({ world }: Lane): Promise<void> {
  const refused = [];
  for (const act of ACTS) {
    const verdict = await tryOut(world, [{ act, hand: 0 }]);
    if (!/^2\d\d$/.test(verdict.answers) || verdict.failures.length > 0) refused.push(describe(verdict));
  }
  if (refused.length > 0) throw new Error(`Acts that fail by themselves:\n${refused.join("\n")}`);
}

async function raceAll(lanes: Lane[], pairs: Pair[]): Promise<void> {
  const startedAt = performance.now();
  const waiting = [...pairs];
  let [schedules, waits, failed] = [0, 0, 0];
  const progress = setInterval(() => {
    const seconds = (performance.now() - startedAt) / 1000;
    const share = 1 - waiting.length / pairs.length;
    console.error(
      `  ${(100 * share).toFixed(0)} %: ${schedules} schedules, ${failed} failed, ${seconds.toFixed(0)} s` +
        (share > 0.02 ? `, about ${(seconds / share - seconds).toFixed(0)} s to go` : ""),
    );
  }, 10_000);
  try {
    await Promise.all(
      lanes.map(async ({ world }) => {
        for (let pair = waiting.shift(); pair; pair = waiting.shift()) {
          for await (const verdict of racePair(world, pair)) {
            schedules += 1;
            if (verdict.waited) waits += 1;
            if (verdict.failures.length === 0) continue;
            failed += 1;
            console.log(describe(verdict));
          }
        }
      }),
    );
  } finally {
    clearInterval(progress);
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(
    `${pairs.length} pairs, ${schedules} schedules, ${waits} waited for a lock, ${failed} failed, ${seconds} s`,
  );
  if (failed > 0) process.exitCode = 1;
}

function describe({ schedule, answers, waited, failures }: Verdict): string {
  return [`"${schedule}": ${answers}${waited ? ", waited" : ""}`, ...failures.map((failure) => `    ${failure}`)].join(
    "\n",
  );
}
