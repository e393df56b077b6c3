/** Allows browser calls from the pages of ALLOWED_ORIGINS, and from no others. */
import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { AppEnv } from "./context.ts";

export function crossOrigin(): MiddlewareHandler<AppEnv> {
  const answerOrigin = cors({
    origin: (origin, c) => (c.var.platform.config.ALLOWED_ORIGINS.includes(origin) ? origin : null),
    credentials: true,
    allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    allowHeaders: ["Authorization", "Content-Type", "Accept-Language", "X-Request-Id"],
    exposeHeaders: ["X-Request-Id", "Server-Timing", "RateLimit", "RateLimit-Policy", "Retry-After"],
    maxAge: 600,
  });
  return async function crossOrigin(c, next) {
    if (c.req.header("Origin") !== undefined) return answerOrigin(c, next);
    // Servers and apps have no use for these headers, which cost as much as the rest of a small request.
    c.header("Vary", "Origin");
    await next();
  };
}
