/** Allows browser calls from the pages of ALLOWED_ORIGINS, and from no others. */
import type { Context, MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { isInDevelopment, type Config } from "../platform/config.ts";
import type { AppEnv } from "./context.ts";

/** Whether pages of this origin may call with a cookie or a socket: ours, if there are any, and those of ALLOWED_ORIGINS. */
export function isAllowedOrigin({ ALLOWED_ORIGINS, PAGES, ISSUER }: Config, origin: string): boolean {
  return ALLOWED_ORIGINS.includes(origin) || (PAGES && origin === ISSUER);
}

/**
 * A browser tells its page nothing of why it withheld an answer. In production anybody could fill the log with it.
 */
function hintAt(origin: string, { var: { platform, requestId } }: Context<AppEnv>): void {
  const { config } = platform;
  if (!isInDevelopment(config) || origin === config.ISSUER || isAllowedOrigin(config, origin)) return;
  platform.log("origin_not_allowed", { requestId, origin, missingIn: "ALLOWED_ORIGINS" });
}

const FOR_APPLICATIONS =
  /^\/(oauth\/(token|revoke|userinfo)|\.well-known\/(openid-configuration|oauth-authorization-server|jwks\.json))$/;

export function crossOrigin(): MiddlewareHandler<AppEnv> {
  const answerOrigin = cors({
    origin: (origin, c) => (isAllowedOrigin(c.var.platform.config, origin) ? origin : null),
    credentials: true,
    allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    allowHeaders: ["Authorization", "Content-Type", "Accept-Language", "X-Request-Id"],
    exposeHeaders: ["X-Request-Id", "Server-Timing", "RateLimit", "RateLimit-Policy", "Retry-After"],
    maxAge: 600,
  });
  const answerAnyOrigin = cors({
    origin: "*",
    allowMethods: ["GET", "POST"],
    allowHeaders: ["Authorization", "Content-Type"],
  });
  return async function crossOrigin(c, next) {
    // Applications in browsers call these from wherever they are; no cookie opens anything there.
    if (FOR_APPLICATIONS.test(c.req.path)) {
      c.header("Vary", "Origin");
      return answerAnyOrigin(c, next);
    }
    const origin = c.req.header("Origin");
    if (origin !== undefined) {
      hintAt(origin, c);
      return answerOrigin(c, next);
    }
    // Servers and apps have no use for these headers, which cost as much as the rest of a small request.
    c.header("Vary", "Origin");
    await next();
  };
}
