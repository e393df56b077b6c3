/** One JSON line per request; never a query string, a body, an address, a token or a bound parameter. */
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { logEvent } from "../platform/log.ts";
import type { AppEnv } from "./context.ts";

export { logEvent };

/** Logs each answered request, and reports in `Server-Timing` where its time went. */
export function accessLog(): MiddlewareHandler<AppEnv> {
  return async function accessLog(c, next) {
    const startedAt = Date.now();
    await next();
    const total = Date.now() - startedAt;
    const { timings, checksPassword } = c.var.platform;
    // No duration if a password was checked: it would show what kind of hash the account has.
    const hashing = checksPassword ? "hash" : `hash;dur=${timings.hash}`;
    c.res.headers.set("Server-Timing", `db;dur=${timings.database}, ${hashing}, total;dur=${total}`);
    logEvent("request", {
      requestId: c.var.requestId,
      method: c.req.method,
      route: routePath(c, -1),
      status: c.res.status,
      durationMs: total,
      userId: c.var.actor?.userId,
      country: c.var.platform.client.country,
    });
  };
}
