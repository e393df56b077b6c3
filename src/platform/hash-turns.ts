/**
 * Lets password hashes take turns: one blocks its isolate for about 25 ms, so cheap requests get time between two
 * hashes however many are waiting. Stores the next start time instead of a queue: a cancelled request could not leave a
 * queue.
 */
const SPACING_MS = 50;
/** A request that would have to wait longer is told to come back later. */
const LONGEST_WAIT_MS = 1_000;

let nextAt = 0;

/**
 * Milliseconds until a hash requested at `now` may start; undefined if too many are waiting. `scale` is
 * RATE_LIMIT_SCALE.
 */
export function takeTurn(now: number, scale: number): number | undefined {
  // A clock that was set back must not keep everyone waiting.
  if (nextAt > now + LONGEST_WAIT_MS + SPACING_MS) nextAt = now;
  const at = Math.max(now, nextAt);
  if (at - now > LONGEST_WAIT_MS) return undefined;
  nextAt = at + SPACING_MS / scale;
  return at - now;
}
