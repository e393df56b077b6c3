/**
 * Hashes take turns: one blocks its isolate for about 25 ms, so however many are asked for at once, what is cheap gets its
 * time between two of them. A time to begin is kept and no queue, since a request that is cancelled can't leave one.
 */
const SPACING_MS = 50;
/** Whoever would have to wait for longer is told to come back. */
const LONGEST_WAIT_MS = 1_000;

let nextAt = 0;

/** Milliseconds until a hash asked for at `now` may begin; undefined where too many wait. `scale` is RATE_LIMIT_SCALE. */
export function takeTurn(now: number, scale: number): number | undefined {
  // A clock that was set back must not keep everyone waiting.
  if (nextAt > now + LONGEST_WAIT_MS + SPACING_MS) nextAt = now;
  const at = Math.max(now, nextAt);
  if (at - now > LONGEST_WAIT_MS) return undefined;
  nextAt = at + SPACING_MS / scale;
  return at - now;
}
