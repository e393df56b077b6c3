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
    const { database, hash } = c.var.platform.timings;
    c.res.headers.set("Server-Timing", `db;dur=${database}, hash;dur=${hash}, total;dur=${total}`);
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
