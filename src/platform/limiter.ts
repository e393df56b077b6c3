/**
 * Counts requests. The rate-limiting binding counts bursts (per location, exact enough); KV holds quotas over hours, as
 * a sliding window made of two fixed ones. KV accepts one write per second and key and can be a minute old, so it only
 * limits abuse; the database counts where the count must be exact.
 */

/** What is left of a limit, as far as this isolate knows. */
export interface Quota {
  allowed: boolean;
  remaining: number;
  /** Until there is room again, or the window ends. */
  resetSeconds: number;
}

interface Window {
  /** Names the limit and the client; contains no address in plain text. */
  key: string;
  quota: number;
}

export interface Limiter {
  /** At most `quota` requests per minute. @throws StoreUnavailable */
  burst: (window: Window) => Promise<Quota>;
  /** At most `quota` requests per hour. @throws StoreUnavailable */
  hourly: (window: Window) => Promise<Quota>;
  /** At most one request per `seconds`, which is at least 60. @throws StoreUnavailable */
  pause: (key: string, seconds: number) => Promise<Quota>;
}

/** The store failed or did not answer in time: the caller decides whether to continue without it. */
export class StoreUnavailable extends Error {
  override name = "StoreUnavailable";
}

const TIME_LIMIT_MS = 1_000;
const MINUTE = 60;
const HOUR = 3600;
const MAX_COUNTED_KEYS = 10_000;

/** This isolate's own counts, by key and window: it sees its own requests at once, but KV may not. */
const counted = new Map<string, number>();

/** With any other `scale` than 1, only this isolate counts bursts: a binding's limits are fixed at deploy. */
export function createLimiter(env: Env, scale: number): Limiter {
  return {
    async burst({ key, quota }) {
      const { index, resetSeconds } = windowAt(MINUTE);
      const count = countHere(`${key}:${index}`);
      const binding = scale === 1 ? bindingOf(env, quota) : undefined;
      const allowed = binding ? (await inTime(() => binding.limit({ key }))).success : count <= quota;
      return { allowed, remaining: allowed ? Math.max(quota - count, 0) : 0, resetSeconds };
    },

    async hourly({ key, quota }) {
      const { index, elapsed, resetSeconds } = windowAt(HOUR);
      const [current, previous] = [`limit:${key}:${index}`, `limit:${key}:${index - 1}`];
      const stored = await inTime(() => env.KV.get<number>([current, previous], "json"));
      const count = countHere(current, stored.get(current) ?? 0);
      const before = Math.max(stored.get(previous) ?? 0, counted.get(previous) ?? 0);
      const used = before * (1 - elapsed) + count;
      if (used > quota) {
        counted.set(current, count - 1);
        return { allowed: false, remaining: 0, resetSeconds };
      }
      const written = await write(env.KV, current, count, 2 * HOUR);
      return {
        allowed: written,
        remaining: written ? Math.floor(quota - used) : 0,
        resetSeconds: written ? resetSeconds : 1,
      };
    },

    async pause(key, seconds) {
      const name = `limit:${key}`;
      const until = Number((await inTime(() => env.KV.get(name))) ?? 0);
      const now = Date.now() / 1000;
      if (until > now) return { allowed: false, remaining: 0, resetSeconds: Math.ceil(until - now) };
      const allowed = await write(env.KV, name, now + seconds, Math.max(seconds, MINUTE));
      return { allowed, remaining: 0, resetSeconds: allowed ? seconds : 1 };
    },
  };
}

/**
 * False when KV refuses the write because the key was written less than a second ago: that counts as over the limit.
 */
async function write(store: KVNamespace, key: string, value: number, expirationTtl: number): Promise<boolean> {
  try {
    await inTime(() => store.put(key, JSON.stringify(value), { expirationTtl }));
    return true;
  } catch (error) {
    if (error instanceof StoreUnavailable && /\b429\b/.test(String(error.cause))) return false;
    throw error;
  }
}

async function inTime<Result>(operation: () => Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("late")), TIME_LIMIT_MS);
  });
  try {
    return await Promise.race([operation(), late]);
  } catch (cause) {
    throw new StoreUnavailable("limiter", { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** No await between reading and writing the count, so that parallel requests can't take the same place. */
function countHere(key: string, atLeast = 0): number {
  if (counted.size >= MAX_COUNTED_KEYS) counted.clear();
  const count = Math.max(counted.get(key) ?? 0, atLeast) + 1;
  counted.set(key, count);
  return count;
}

function windowAt(seconds: number): { index: number; elapsed: number; resetSeconds: number } {
  const position = Date.now() / 1000 / seconds;
  const index = Math.floor(position);
  return { index, elapsed: position - index, resetSeconds: Math.ceil((index + 1 - position) * seconds) };
}

function bindingOf(env: Env, quota: number): RateLimit {
  const bindings: Record<number, RateLimit> = {
    5: env.LIMIT_5,
    10: env.LIMIT_10,
    60: env.LIMIT_60,
    300: env.LIMIT_300,
    600: env.LIMIT_600,
  };
  const binding = bindings[quota];
  if (!binding) throw new Error(`wrangler.toml has no binding LIMIT_${quota}`);
  return binding;
}
