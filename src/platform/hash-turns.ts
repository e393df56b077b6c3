/**
 * Lets password hashes take turns, since each blocks its isolate while it runs: after one, the isolate has as long for
 * everything else, however many are waiting and however slow the machine is. Stores the next start time instead of a
 * queue: a cancelled request could not leave a queue.
 */

/** What a current hash takes where nothing else runs; a production Worker's clock might show less, never more. */
const SHORTEST_HASH_MS = 25;
/** However long the machine takes, some logins get through. */
const LONGEST_HASH_MS = 250;
/** Version 0.1 accepted bcrypt up to cost 14, which takes about 1.2 s. */
const LONGEST_TURN_MS = 2_000;

/** How long somebody stays who finds no turn. */
const DOOR_MS = 1_000;

/** Milliseconds that somebody may have to wait; beyond that they are told to come back. */
export const PATIENCE = {
  stranger: 1_000,
  /** On a known device, or signed in: strangers can't fill this part of the time. */
  known: 2_000,
} as const;

export type Patience = keyof typeof PATIENCE;

/** When the next turn begins, for whoever asks. */
let nextAt = 0;
/** By how much turns have begun and ended later than planned: everybody who waits does so for as much longer. */
let lateMs = 0;
/** What a current hash takes, by the last ones. */
let hashMs = SHORTEST_HASH_MS;

interface Turn {
  /** How many current hashes take as long as this one. */
  runs: number;
  patience: Patience;
  /** RATE_LIMIT_SCALE. */
  scale: number;
}

/** Whether a hash requested at `now` would have to wait too long. */
export function isCrowded(now: number, patience: Patience): boolean {
  // A clock that was set back must not keep everyone waiting.
  if (nextAt > now + PATIENCE.known + LONGEST_TURN_MS) nextAt = now;
  return nextAt - now > PATIENCE[patience];
}

/** Milliseconds until a hash requested at `now` may start, and how long it and the rest are; undefined if too many wait. */
export function takeTurn(now: number, turn: Turn): { wait: number; length: number } | undefined {
  if (isCrowded(now, turn.patience)) return undefined;
  const wait = Math.max(nextAt - now, 0);
  const length = Math.min(2 * hashMs * Math.max(turn.runs, 1), LONGEST_TURN_MS) / turn.scale;
  nextAt = now + wait + length;
  return { wait, length };
}

/**
 * Whether there will be a turn, asked before anything else is done for a request. Who finds none stays for a while before
 * they hear so, and may find one then: refused at once, a flood would ask again at once, and refusing would fill the time.
 */
export async function hasRoom({ patience, scale }: Omit<Turn, "runs">): Promise<boolean> {
  if (!isCrowded(Date.now(), patience)) return true;
  await sleep(DOOR_MS / scale);
  return !isCrowded(Date.now(), patience);
}

/** Runs the hash in its turn. @returns undefined if too many are waiting. */
export async function inTurn<Result>(run: () => Promise<Result>, turn: Turn): Promise<{ result: Result } | undefined> {
  const askedAt = Date.now();
  const lateBefore = lateMs;
  const taken = takeTurn(askedAt, turn);
  if (taken === undefined) return undefined;
  const { wait, length } = taken;
  const early = () => askedAt + wait + (lateMs - lateBefore) - Date.now();
  for (let rest = early(); rest > 0; rest = early()) await sleep(rest);
  delay(-early());
  const startedAt = Date.now();
  try {
    return { result: await run() };
  } finally {
    // The clock stands still during the hash: it goes on with the next event.
    setTimeout(() => {
      const took = noteLength(Date.now() - startedAt, turn.runs);
      delay(Math.min(2 * took, LONGEST_TURN_MS) / turn.scale - length);
    }, 0);
  }
}

function delay(milliseconds: number): void {
  lateMs += Math.max(milliseconds, 0);
  nextAt += Math.max(milliseconds, 0);
}

/**
 * What a hash took, and whatever came before the next event: of what is much longer than the last ones, most was not the
 * hash. @returns what counts.
 */
export function noteLength(milliseconds: number, runs: number): number {
  const each = milliseconds / Math.max(runs, 1);
  const likely = Math.min(Math.max(each, SHORTEST_HASH_MS), 1.5 * hashMs, LONGEST_HASH_MS);
  hashMs += (likely - hashMs) / 4;
  return likely * Math.max(runs, 1);
}

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
