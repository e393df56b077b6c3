/** One schedule: acts that start one after the other, each but the last held at a point of its own, and what came of it. */
import type { Trip } from "../neon/control.ts";
import { ACTS, type Act } from "./acts.ts";
import { readFacts, type Facts } from "./facts.ts";
import { createSubject, type Hand, type State, type Subject } from "./subject.ts";
import type { Answer, World } from "./world.ts";

/** Before a statement of a trip; one past the last: before its commit; two past it: before its answer. */
export interface Point {
  trip: number;
  statement: number;
}

export interface Step {
  act: Act;
  /** Which hand of the subject's acts. */
  hand: number;
  /** Where it is held until the others have run; not at all if absent. */
  point?: Point | undefined;
  /** How many others begin before it goes on, where that is fewer than all. */
  patience?: number;
}

export interface Done {
  act: Act;
  hand: Hand;
  answer: Answer;
  trips: Trip[];
  /** Whether it came to its point. */
  wasHeld: boolean;
  /** Where it waited for a lock that another held. */
  waitedAt: Point | undefined;
  /** Of the schedule's events: what ended before another began can't have raced it. */
  began: number;
  ended: number;
}

export interface Outcome {
  subject: Subject;
  done: Done[];
  before: Facts;
  after: Facts;
}

/** Undefined where the acts need the account to be two things at once. */
export function stateFor(acts: Act[]): State | undefined {
  const state: State = {};
  for (const [key, value] of acts.flatMap(({ needs = {} }) => Object.entries(needs) as [keyof State, never][])) {
    if (state[key] !== undefined && state[key] !== value) return undefined;
    state[key] = value;
  }
  return state;
}

/** After how long it is asked whether an act waits for a lock, since PostgreSQL tells nobody by itself; and at most. */
const [FIRST_POLL_MS, LAST_POLL_MS] = [4, 50];

let sent = 0;

export async function runSchedule(world: World, steps: Step[]): Promise<Outcome> {
  const state = stateFor(steps.map(({ act }) => act));
  if (!state) throw new Error("These acts never meet: they need the account to be two things at once.");
  const lastHand = Math.max(...steps.map(({ hand }) => hand));
  const subject = await createSubject(world, state, lastHand % 2 === 0 ? lastHand + 2 : lastHand + 1);
  const before = await readFacts(world, subject);
  let clock = 0;
  const runs: Awaited<ReturnType<typeof start>>[] = [];
  for (const step of steps) {
    const run = await start(step);
    runs.push(run);
    // Until it is held, has ended, or waits for one that is held.
    await settled(run, run.reached);
    for (const [at, { patience = Infinity }] of steps.slice(0, runs.length).entries())
      if (at + patience === runs.length - 1) await letGo(runs[at]!);
  }
  const done: Done[] = [];
  for (const run of runs) await letGo(run);
  for (const run of runs) {
    const answer = await run.answered;
    const trips = await world.pauses.forget(run.requestId);
    const { act, hand, began } = run;
    done.push({ act, hand, answer, trips, wasHeld: run.wasHeld, waitedAt: run.waitedAt, began, ended: run.ended });
  }
  return { subject, done, before, after: await readFacts(world, subject, before.lastAuditId) };

  async function start({ act, hand: at, point }: Step) {
    const requestId = `race-${(++sent).toString(36).padStart(8, "0")}-${crypto.randomUUID().slice(0, 8)}`;
    const hand = subject.hands[at]!;
    await world.pauses.watch(requestId, point);
    const run = {
      act,
      hand,
      requestId,
      began: ++clock,
      ended: Infinity,
      wasHeld: false,
      waitedAt: undefined as Point | undefined,
      reached: Promise.resolve() as Promise<unknown>,
      answered: Promise.resolve() as unknown as Promise<Answer>,
    };
    const request = await act.request({ world, subject, hand, other: subject.hands[at ^ 1]! });
    run.answered = world.send({ ...request, requestId }).then((answer) => {
      run.ended = ++clock;
      return act.read ? act.read(answer, world) : answer;
    });
    const held = point && world.pauses.held(requestId).then((isHeld) => (run.wasHeld = isHeld));
    run.reached = held ? Promise.race([held, run.answered]) : run.answered;
    return run;
  }

  async function letGo(run: Parameters<typeof settled>[0] & { answered: Promise<Answer> }): Promise<void> {
    await world.pauses.go(run.requestId);
    await settled(run, run.answered);
  }

  /** Until `event`, or until the run waits for a lock. */
  async function settled(
    run: { requestId: string; waitedAt: Point | undefined },
    event: Promise<unknown>,
  ): Promise<void> {
    const state = { isOver: false };
    const over = event.finally(() => (state.isOver = true));
    // Where the others are over or have not begun, nobody holds what it could wait for.
    if (runs.every(({ requestId, ended }) => requestId === run.requestId || ended < Infinity)) return void (await over);
    for (let pollMs = FIRST_POLL_MS; !state.isOver; pollMs = Math.min(2 * pollMs, LAST_POLL_MS)) {
      await Promise.race([over, new Promise((resolve) => setTimeout(resolve, pollMs))]);
      const at = state.isOver ? undefined : await world.pauses.blockedAt(run.requestId, world.databaseUrl);
      if (at) {
        run.waitedAt = at;
        return;
      }
    }
  }
}

/** `reset@2/0 x login`, with `*` behind acts of the first one's hand. */
export function scheduleName(steps: Step[]): string {
  return steps
    .map(({ act, hand, point }, at) => {
      const where = point ? `@${point.trip}/${point.statement}` : "";
      return `${act.name}${where}${at > 0 && hand === 0 ? "*" : ""}`;
    })
    .join(" x ");
}

/** The inverse of `scheduleName`. @throws Error for what names no schedule. */
export function parseSchedule(name: string): Step[] {
  return name.split(/\s+x\s+/).map((part, at) => {
    const [, act, trip, statement, same] = /^([\w-]+)(?:@(\d+)\/(\d+))?(\*?)$/.exec(part.trim()) ?? [];
    const found = ACTS.find(({ name }) => name === act);
    if (!found) throw new Error(`There is no act "${part}": ${ACTS.map(({ name }) => name).join(", ")}.`);
    const point = trip === undefined ? undefined : { trip: Number(trip), statement: Number(statement) };
    return { act: found, hand: same ? 0 : at, point };
  });
}
