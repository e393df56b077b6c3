/** Every ordered pair of acts: the first held at each of its points while the second runs to its end, then let go. */
import { ACTS, type Act } from "./acts.ts";
import type { Trip } from "../neon/control.ts";
import { endsTokens, judge, succeeded } from "./invariants.ts";
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

/** With what it was judged by. */
export type Tried = Verdict & { outcome: Outcome };

export async function tryOut(world: World, steps: Step[]): Promise<Tried> {
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

const touches = (trip: Trip, tables: string[] | undefined): boolean =>
  tables === undefined || tables.some((table) => trip.touched?.includes(table) ?? true);

/** Whether what a trip committed is nothing that an act touches. */
const isApart = ({ onlyReads, written }: Trip, { trips }: Done): boolean =>
  onlyReads === true || !trips.some((trip) => touches(trip, written));

/** No act reads what others added there, and their order is what it may be. */
const ADDED_TO = ["audit_logs", "outbox"];

/** Whether a trip touches nothing that an act wrote, so that it matters to none of its statements who was first. */
const ignores = (trip: Trip, { trips }: Done): boolean =>
  !trips.some(
    ({ onlyReads, written }) =>
      !onlyReads &&
      touches(
        trip,
        written?.filter((table) => !ADDED_TO.includes(table)),
      ),
  );

/**
 * Whether the schedules that hold the first inside this trip are tried elsewhere, as the one that held it before the trip
 * shows.
 * - The second only reads: it sees what is committed, which is the same before the trip and inside it.
 * - The trip begins with the lock of an account, and so does the second's first write, whose choice of accounts the trip
 *   doesn't change. The checks before a lock are repeated under it. So the second waits there, having changed nothing,
 *   until the first is over; and the first hasn't seen it. That is the pair the other way round: the second held before
 *   that trip of its own, while the first runs whole.
 */
function isTriedElsewhere(trip: number, held: Done, other: Done): boolean {
  const writes = other.trips.find(({ onlyReads }) => !onlyReads);
  if (!writes) return true;
  const [locked, awaited] = [held.trips[trip]?.firstLock, writes.firstLock];
  // A first that the second had refused may have gone on otherwise.
  const isWhole = succeeded(held) && held.trips.length === trip + 1;
  if (!isWhole || !locked || !awaited?.asks) return false;
  // One of the two may also have the lock of administration before; both would meet there.
  if (locked.statement > 0 && (awaited.statement > 0 || !locked.asserted)) return false;
  if (awaited.statement > 0 && !(awaited.asserted && succeeded(other))) return false;
  const ranApart = held.trips.slice(0, trip).every((earlier) => isApart(earlier, other));
  const staysTheSame = !awaited.asks.some((table) => held.trips[trip]!.written?.includes(table) ?? true);
  return ranApart && staysTheSame && locked.accounts.some((id) => awaited.accounts.includes(id));
}

/**
 * The schedules of a pair, found as they go: how many trips an act makes, and of how many statements, shows when it is
 * held there. Of schedules that can't differ, one is tried:
 * - Locks only add up within a trip: where the second waits at the same place for the first one's early locks as for all of
 *   them, it does so at every point between. Where it has only read until then, it can't wait any earlier.
 * - Before the commit of a trip that wrote nothing which the second touches is where the next trip begins, if nobody waited.
 * - Inside a trip that touches nothing which the second wrote, all statements come to the same before it as after it; held
 *   before its commit it has all its locks, and shows where the second waits for any.
 * - What is tried elsewhere, as `isTriedElsewhere` says.
 * Last, a first that answers a token is held between its last commit and the answer, while the second ends what tokens stand
 * on: a stamp that is put on the token then would be too late.
 */
export async function* racePair(world: World, { first, second, shared }: Pair): AsyncGenerator<Tried> {
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
      const verdict = await at({ trip, statement });
      const { outcome } = verdict;
      const [held, other] = outcome.done;
      // It was over before, or refused on the way.
      if (!held!.wasHeld) break;
      yield verdict;
      see(outcome);
      if (statement === 0) last = held!.trips[trip]!.statements;
      answer = { trip, statement: held!.trips[trip]!.statements + 1 };
      beginsNext = isApart(held!.trips[trip]!, other!) && held!.trips.length > trip + 1 && !other!.waitedAt;
      if (other!.waitedAt && hasOnlyRead(other!)) break;
      if (statement === 0 && isTriedElsewhere(trip, held!, other!)) break;
      if (statement === 0 && last > 0 && ignores(held!.trips[trip]!, other!)) statement = last - 1;
      if (waitedAt !== undefined || !other!.waitedAt || statement === last) continue;
      waitedAt = JSON.stringify(other!.waitedAt);
      const finalVerdict = await at({ trip, statement: last });
      const { outcome: final } = finalVerdict;
      see(final);
      if (final.done[0]!.wasHeld) yield finalVerdict;
      if (JSON.stringify(final.done[1]!.waitedAt) === waitedAt) break;
      last -= 1;
    }
  }
  if (!answer || !answersToken || !endsTokens(second)) return;
  const committed = await at(answer);
  if (committed.outcome.done[0]!.wasHeld) yield committed;
}
