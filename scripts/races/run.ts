/** Many schedules over several lanes: who takes which, how far it has come, and what it comes to. */
import { formatTable } from "../bench/table.ts";
import type { Lane } from "./lane.ts";
import { racePair, type Pair, type Verdict } from "./pairs.ts";
import { raceTriple } from "./triples.ts";
import type { Step } from "./schedule.ts";
import type { World } from "./world.ts";

export interface Course {
  /** The act that is held first. */
  first: string;
  race: (world: World) => AsyncGenerator<Verdict>;
}

export const courseOfPair = (pair: Pair): Course => ({
  first: pair.first.name,
  race: (world) => racePair(world, pair),
});
export const courseOfTriple = (acts: Step["act"][]): Course => ({
  first: "three at once",
  race: (world) => raceTriple(world, acts),
});

export interface Result {
  courses: number;
  schedules: number;
  /** Of those, how many had an act wait for another's lock. */
  waited: number;
  failed: number;
}

export type Results = Map<string, Result>;

const PROGRESS_MS = 10_000;

export async function raceAll(
  lanes: Lane[],
  courses: Course[],
  { untilFailure = false }: { untilFailure?: boolean },
): Promise<Results> {
  const results: Results = new Map();
  const startedAt = performance.now();
  // Any part of a run says something about the whole.
  const waiting = courses
    .map((course) => ({ course, order: Math.random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ course }) => course);
  const progress = setInterval(() => {
    const seconds = (performance.now() - startedAt) / 1000;
    const share = 1 - waiting.length / courses.length;
    const { schedules, failed } = sum(results);
    const left = share > 0.02 ? `, about ${(seconds / share - seconds).toFixed(0)} s to go` : "";
    console.error(
      `  ${(100 * share).toFixed(0)} %: ${schedules} schedules, ${failed} failed, ${seconds.toFixed(0)} s${left}`,
    );
  }, PROGRESS_MS);
  const race = async ({ world }: Lane) => {
    for (let course = waiting.shift(); course; course = waiting.shift()) {
      const result = results.get(course.first) ?? { courses: 0, schedules: 0, waited: 0, failed: 0 };
      results.set(course.first, result);
      result.courses += 1;
      for await (const verdict of course.race(world)) {
        result.schedules += 1;
        if (verdict.waited) result.waited += 1;
        if (verdict.failures.length === 0) continue;
        result.failed += 1;
        console.log(describe(verdict));
        if (untilFailure) waiting.length = 0;
      }
    }
  };
  try {
    await Promise.all(lanes.map(race));
  } finally {
    clearInterval(progress);
  }
  return results;
}

export function sum(results: Results): Result {
  const total = { courses: 0, schedules: 0, waited: 0, failed: 0 };
  for (const result of results.values())
    for (const key of Object.keys(total) as (keyof Result)[]) total[key] += result[key];
  return total;
}

/** A row for each act that is held first, in the order of `names`. */
export function tableOf(results: Results, names: string[]): string {
  const row = (name: string, { courses, schedules, waited, failed }: Result) => [
    name,
    courses,
    schedules,
    waited,
    schedules - failed,
  ];
  return formatTable({
    title: "Races",
    columns: ["held first", "pairs", "schedules", "waited", "held"],
    rows: [
      ...names.flatMap((name) => (results.has(name) ? [row(name, results.get(name)!)] : [])),
      row("all", sum(results)),
    ],
  });
}

export function describe({ schedule, answers, waited, failures }: Verdict): string {
  return [`"${schedule}": ${answers}${waited ? ", waited" : ""}`, ...failures.map((failure) => `    ${failure}`)].join(
    "\n",
  );
}
