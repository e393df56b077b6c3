/** Clients who act on their accounts at a steady rate: every act, each account in a state that suits the first of its acts. */
import { setTimeout as sleep } from "node:timers/promises";
import { ACTS, type Act } from "../races/acts.ts";
import { createSubject, type State, type Subject } from "../races/subject.ts";
import { STATES } from "../races/walks.ts";
import type { World } from "../races/world.ts";
import { ERRANDS } from "./errands.ts";
import type { Random } from "./random.ts";

export interface Answered {
  act: Act;
  requestId: string;
  /** 0: there was no answer. */
  status: number;
  /** Why it was refused. */
  code: string | undefined;
}

export interface TrafficOptions {
  random: Random;
  /** Acts begun in a second. */
  rate: number;
  /** Milliseconds since 1970. */
  until: number;
  /** Before each act. */
  onAct: () => void;
  onAnswer: (answered: Answered) => void;
}

interface Player {
  subject: Subject;
  acts: Act[];
}

/** Sessions of an account. */
const HANDS = 4;
/** Accounts that somebody acts on at one time. */
const POOL = 24;
const MAX_UNDER_WAY = 30;
/** What should have begun that long ago is left out: a machine that stood still must not get it all at once. */
const TOO_LATE_MS = 500;
const ERRAND_SHARE = 0.3;

const suits = (act: Act, state: State) =>
  Object.entries({ active: true, deleted: false, ...act.needs }).every(
    ([key, value]) => ({ active: true, deleted: false, ...state })[key as keyof State] === value,
  );

export interface Driven {
  /** Acts left out, since too many were under way, no account was ready, or the machine stood still. */
  late: number;
  /** Of the clients themselves. */
  failures: unknown[];
}

/** Of the clients: then the run ends. */
const MAX_FAILURES = 20;

export async function drive(world: World, { random, rate, until, onAct, onAnswer }: TrafficOptions): Promise<Driven> {
  const pool: Player[] = [];
  const underWay = new Set<Promise<void>>();
  /** Each act leads in turn: a short run has them all too. */
  const leads = ACTS.toSorted(() => random.share() - 0.5);
  const failures: unknown[] = [];
  let [led, sent, late] = [0, 0, 0];

  async function enlist(): Promise<void> {
    const lead = leads[led++ % leads.length]!;
    const state: State = { ...random.pick(STATES), ...lead.needs };
    // What enables or restores an account comes first.
    const after = { ...state, active: true, deleted: false };
    const suitable = ACTS.filter((act) => suits(act, after));
    const others = Array.from({ length: 3 + random.below(6) }, () =>
      random.pick(random.share() < ERRAND_SHARE ? ERRANDS : suitable),
    );
    pool.push({ subject: await createSubject(world, state, HANDS), acts: [lead, ...others] });
  }

  async function perform({ subject }: Player, act: Act): Promise<void> {
    const requestId = `endure-${(++sent).toString(36).padStart(6, "0")}-${crypto.randomUUID().slice(0, 8)}`;
    const at = random.below(HANDS);
    const hand = subject.hands[at]!;
    const request = await act.request({ world, subject, hand, other: subject.hands[at ^ 1]! });
    const answer = await world
      .send({ ...request, requestId })
      .then((answer) => act.read?.(answer, world) ?? answer)
      .catch((error: Error) => ({ status: 0, body: { code: `${error.message}: ${(error.cause as Error)?.message}` } }));
    // OAuth has names of its own.
    const code = answer.status < 400 ? undefined : (answer.body?.code ?? answer.body?.error);
    onAnswer({ act, requestId, status: answer.status, code });
  }

  const track = (work: Promise<void>) => {
    const tracked = work.catch((error: unknown) => void failures.push(error)).finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  };
  const enlisting = new Set<Promise<void>>();
  const topUp = () => {
    while (pool.length + enlisting.size < POOL && enlisting.size < 2) {
      const work: Promise<void> = enlist()
        .catch((error: unknown) => void failures.push(error))
        .finally(() => enlisting.delete(work));
      enlisting.add(work);
    }
  };
  for (let next = Date.now(); Date.now() < until && failures.length < MAX_FAILURES; next += 1_000 / rate) {
    topUp();
    await sleep(Math.max(0, next - Date.now()));
    if (Date.now() - next > TOO_LATE_MS) {
      late += 1;
      continue;
    }
    const at = random.below(pool.length);
    const player = pool[at];
    if (!player || underWay.size >= MAX_UNDER_WAY) {
      late += 1;
      continue;
    }
    onAct();
    track(perform(player, player.acts.shift()!));
    if (player.acts.length === 0) pool.splice(at, 1);
  }
  await Promise.all([...underWay, ...enlisting]);
  return { late, failures };
}
