/**
 * Lets password hashes take turns: a current one blocks its isolate for about 25 ms, an imported one for longer, so cheap
 * requests get as much time between two hashes however many are waiting. Stores the next start time instead of a queue: a
 * cancelled request could not leave a queue.
 */
const SPACING_MS = 50;
/** A request that would have to wait longer is told to come back later. */
const LONGEST_WAIT_MS = 1_000;

/** Version 0.1 accepted bcrypt up to cost 14, which takes about 1.2 s. */
const LONGEST_TURN_MS = 2_000;

let nextAt = 0;

/**
 * Milliseconds until a hash requested at `now` may start; undefined if too many are waiting. `scale` is
 * RATE_LIMIT_SCALE. `runs` is how many current hashes take as long as this one.
 */
export function takeTurn(now: number, scale: number, runs = 1): number | undefined {
  // A clock that was set back must not keep everyone waiting.
  if (nextAt > now + LONGEST_WAIT_MS + LONGEST_TURN_MS) nextAt = now;
  const at = Math.max(now, nextAt);
  if (at - now > LONGEST_WAIT_MS) return undefined;
  nextAt = at + Math.min(SPACING_MS * Math.max(runs, 1), LONGEST_TURN_MS) / scale;
  return at - now;
}
