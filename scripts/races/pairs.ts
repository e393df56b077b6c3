/** Every ordered pair of acts: the first held at each of its points while the second runs to its end, then let go. */
import { ACTS, type Act } from "./acts.ts";
import { endsTokens, judge } from "./invariants.ts";
import { scheduleName, runSchedule, stateFor, type Done, type Outcome, type Point, type Step } from "./schedule.ts";
import type { World } from "./world.ts";

export interface Pair {
  first: Act;
  second: Act;
  /** Both with the same session, link or code. */
  shared: boolean;
}

export function allPairs(acts = ACTS): Pair[] {
  return acts.flatMap((first) =>
    acts
      .filter((second) => stateFor([first, second]) !== undefined)
      .flatMap((second) => {
        const mayShare = first.uses?.some((thing) => second.uses?.includes(thing)) ?? false;
        return [false, ...(mayShare ? [true] : [])].map((shared) => ({ first, second, shared }));
      }),
  );
}

export interface Verdict {
  schedule: string;
  /** How each act was answered. */
  answers: string;
  /** Whether the second waited for a lock of the first. */
  waited: boolean;
  failures: string[];
}

export async function tryOut(world: World, steps: Step[]): Promise<Verdict & { outcome: Outcome }> {
  const startedAt = Date.now();
  const outcome = await runSchedule(world, steps);
  const failures = await judge(outcome, world);
  if (failures.length > 0 && world.stoodStill?.(startedAt)) return tryOut(world, steps);
  const answers = outcome.done.map(
    ({ answer }) => `${answer.status}${answer.body?.code ? ` ${answer.body.code}` : ""}`,
  );
  const waited = outcome.done.some((one) => one.waitedAt);
  return { schedule: scheduleName(steps), answers: answers.join(", "), waited, failures, outcome };
}

/** Before it waited: that was at the first statement of a trip, and the trips before only read. */
const hasOnlyRead = ({ waitedAt, trips }: Done): boolean =>
  waitedAt?.statement === 0 && trips.slice(0, waitedAt.trip).every(({ onlyReads }) => onlyReads);

/**
 * The schedules of a pair, found as they go: how many trips an act makes, and of how many statements, shows when it is
 * held there. Of schedules that can't differ, one is tried:
 * - Locks only add up within a trip: where the second waits at the same place for the first one's early locks as for all of
 *   them, it does so at every point between. Where it has only read until then, it can't wait any earlier.
 * - Before the commit of a trip that only read is where the next trip begins: nobody waited, and nothing is committed.
 * Last, a first that answers a token is held between its last commit and the answer, while the second ends what tokens stand
 * on: a stamp that is put on the token then would be too late.
 */
export async function* racePair(world: World, { first, second, shared }: Pair): AsyncGenerator<Verdict> {
  const at = (point: Point) =>
    tryOut(world, [
      { act: first, hand: 0, point },
      { act: second, hand: shared ? 0 : 1 },
    ]);
  let answer: Point | undefined;
  let answersToken = false;
  // What a trip answers is settled before its commit, and so is whether another follows: one past the last need not be tried.
  for (let trip = 0, trips = 1; trip < trips; trip++) {
    let waitedAt: string | undefined;
    let beginsNext = false;
    const see = ({ done: [held] }: Outcome): void => {
      trips = Math.max(trips, held!.trips.length);
      answersToken ||= typeof held!.answer.body?.token === "string";
    };
    for (let statement = 0, last = 0; statement <= last; statement++) {
      if (statement > 0 && statement === last && beginsNext) break;
      const { outcome, ...verdict } = await at({ trip, statement });
      const [held, other] = outcome.done;
      // It was over before, or refused on the way.
      if (!held!.wasHeld) break;
      yield verdict;
      see(outcome);
      if (statement === 0) last = held!.trips[trip]!.statements;
      answer = { trip, statement: held!.trips[trip]!.statements + 1 };
      beginsNext = held!.trips[trip]!.onlyReads === true && held!.trips.length > trip + 1 && !other!.waitedAt;
      if (other!.waitedAt && hasOnlyRead(other!)) break;
      if (waitedAt !== undefined || !other!.waitedAt || statement === last) continue;
      waitedAt = JSON.stringify(other!.waitedAt);
      const { outcome: final, ...finalVerdict } = await at({ trip, statement: last });
      see(final);
      if (final.done[0]!.wasHeld) yield finalVerdict;
      if (JSON.stringify(final.done[1]!.waitedAt) === waitedAt) break;
      last -= 1;
    }
  }
  if (!answer || !answersToken || !endsTokens(second)) return;
  const { outcome: committed, ...verdict } = await at(answer);
  if (committed.done[0]!.wasHeld) yield verdict;
}
