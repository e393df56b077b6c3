/**
 * How often a client may call: one table, and every route names its row. services/login/throttle.ts has the exact
 * limits per account.
 */
import type { Context, MiddlewareHandler, Next } from "hono";
import { AppError } from "../errors.ts";
import type { Platform } from "../platform/index.ts";
import { StoreUnavailable, type Quota } from "../platform/limiter.ts";
import { networkOf, siteOf } from "./client.ts";
import type { AppEnv } from "./context.ts";
import { logEvent } from "./log.ts";

interface Rule {
  /** Requests per minute; wrangler.toml has the binding `LIMIT_<burst>`. */
  burst: number;
  /** Requests per hour. */
  hourly?: number;
  /**
   * Where a secret can be guessed or a mail sent: without its counters such a route answers 503 instead of running
   * unlimited.
   */
  failClosed?: true;
}

export const LIMITS = {
  login: { burst: 10, hourly: 100, failClosed: true },
  register: { burst: 5, hourly: 20, failClosed: true },
  /** Routes that send a mail. */
  mail: { burst: 5, hourly: 30, failClosed: true },
  /** Routes that take a token from a mail. */
  link: { burst: 10, hourly: 60, failClosed: true },
  refresh: { burst: 60 },
  "verify-token": { burst: 600 },
  default: { burst: 300 },
} as const satisfies Record<string, Rule>;

export type LimitName = keyof typeof LIMITS;

/** Per IPv6 /48, which one customer may have: requests per minute on routes that hash a password or send a mail. */
const NETWORK_BURST = 60;

/** Per e-mail address, from any caller: one a minute, and this many an hour. */
const ADDRESS_LIMITS = { mail: { pauseSeconds: 60, hourly: 10 } } as const;

export type Limit = MiddlewareHandler<AppEnv> & { limit: LimitName };

/**
 * First on the route's own line: counts the request for its client, adds the headers, refuses requests over the limit.
 */
export function limit(name: LimitName): Limit {
  return Object.assign(
    async function limit(c: Context<AppEnv>, next: Next) {
      const quotas = await countRequest(c, name, LIMITS[name]);
      announce(c, quotas);
      const refused = quotas.filter(({ quota }) => !quota.allowed).map(({ quota }) => quota);
      if (refused.length > 0) throw rateLimited(refused);
      await next();
    },
    // Set on the function itself, so that a test can read each route's limit from the app's own routes.
    { limit: name },
  );
}

/**
 * Whether one more request for this e-mail address, known or not, is allowed. If not, the answer is the same and the
 * work is skipped: a refusal would tell callers that they can block somebody else's next request.
 * @throws AppError service_unavailable
 */
export async function hasRoom(
  platform: Platform,
  name: keyof typeof ADDRESS_LIMITS,
  address: string,
): Promise<boolean> {
  const key = await platform.secrets.keyedHash("throttle-key", `${name}:${address}`);
  try {
    const pauseSeconds = ADDRESS_LIMITS[name].pauseSeconds / platform.config.RATE_LIMIT_SCALE;
    const paused = pauseSeconds < 1 ? undefined : await platform.limiter.pause(`${name}-pause:${key}`, pauseSeconds);
    if (paused?.allowed === false) return false;
    const hourly = await platform.limiter.hourly({
      key: `${name}-address:${key}`,
      quota: scaled(platform, ADDRESS_LIMITS[name].hourly),
    });
    return hourly.allowed;
  } catch (error) {
    throw error instanceof StoreUnavailable ? new AppError("service_unavailable", { cause: error }) : error;
  }
}

interface Counted {
  policy: string;
  limit: number;
  windowSeconds: number;
  quota: Quota;
}

async function countRequest(c: Context<AppEnv>, name: LimitName, rule: Rule): Promise<Counted[]> {
  const { platform } = c.var;
  const client = networkOf(platform.client.ipAddress);
  const burst = scaled(platform, rule.burst);
  try {
    const counts: Counted[] = [
      {
        policy: name,
        limit: burst,
        windowSeconds: 60,
        quota: await platform.limiter.burst({ key: `${name}:${client}`, quota: burst }),
      },
    ];
    const network = siteOf(platform.client.ipAddress);
    if ("failClosed" in rule && network !== undefined && counts[0]!.quota.allowed) {
      const quota = scaled(platform, NETWORK_BURST);
      const left = await platform.limiter.burst({ key: `${name}-network:${network}`, quota });
      counts.push({ policy: `${name}-network`, limit: quota, windowSeconds: 60, quota: left });
      if (!left.allowed) return counts;
    }
    // A refused burst uses up nothing of the hourly quota.
    if (rule.hourly !== undefined && counts[0]!.quota.allowed) {
      const hourly = scaled(platform, rule.hourly);
      const key = `${name}:${await platform.secrets.keyedHash("throttle-key", client)}`;
      const quota = await platform.limiter.hourly({ key, quota: hourly });
      counts.push({ policy: `${name}-hourly`, limit: hourly, windowSeconds: 3600, quota });
    }
    return counts;
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    logEvent("limiter_unavailable", { requestId: c.var.requestId, limit: name });
    if (rule.failClosed) throw new AppError("service_unavailable", { cause: error });
    return [];
  }
}

/** draft-ietf-httpapi-ratelimit-headers: the remaining count is a hint, since other isolates count too. */
function announce(c: Context<AppEnv>, quotas: Counted[]): void {
  if (quotas.length === 0) return;
  c.header("RateLimit-Policy", quotas.map((q) => `"${q.policy}";q=${q.limit};w=${q.windowSeconds}`).join(", "));
  c.header("RateLimit", quotas.map((q) => `"${q.policy}";r=${q.quota.remaining};t=${q.quota.resetSeconds}`).join(", "));
}

function scaled({ config }: Platform, quota: number): number {
  return Math.max(1, Math.floor(quota * config.RATE_LIMIT_SCALE));
}

function rateLimited(refused: Quota[]): AppError {
  const seconds = Math.max(...refused.map((quota) => quota.resetSeconds), 1);
  return new AppError("rate_limited", { headers: { "Retry-After": String(seconds) } });
}
