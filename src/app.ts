/** The table of contents: what happens to every request, in order, and where each group of routes lives. */
import { Hono } from "hono";
import { cors } from "hono/cors";
import { secureHeaders } from "hono/secure-headers";
import { limitBody, requireBodyType } from "./http/body.ts";
import { clientOf, requestIdOf } from "./http/client.ts";
import type { AppEnv } from "./http/context.ts";
import { accessLog } from "./http/log.ts";
import { problem } from "./http/problem.ts";
import { unmatched } from "./http/unmatched.ts";
import { createPlatform } from "./platform/index.ts";
import { admin } from "./routes/admin.ts";
import { auth } from "./routes/auth.ts";
import { discovery } from "./routes/discovery.ts";
import { adminNotifications } from "./routes/notifications.ts";
import { apiDescription, apiPage } from "./routes/documentation.ts";
import { pages } from "./routes/pages.tsx";
import { security } from "./routes/security.ts";
import { users } from "./routes/users.ts";
import { websocket } from "./routes/websocket.ts";

export const app: Hono<AppEnv> = new Hono<AppEnv>()
  .use(async function prepare(c, next) {
    c.set("requestId", requestIdOf(c));
    c.header("X-Request-Id", c.var.requestId);
    c.set("platform", createPlatform(c.env, c.executionCtx, clientOf(c)));
    await next();
    // Afterwards: what is set before wins over what the route says.
    if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "no-store");
  })
  .use(accessLog())
  // Before the headers of an API that shows nothing: a page has its own.
  .route("/", pages)
  .route(
    "/",
    apiPage(() => app.routes),
  )
  .use(
    secureHeaders({
      contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      strictTransportSecurity: "max-age=63072000; includeSubDomains; preload",
      xFrameOptions: "DENY",
      crossOriginResourcePolicy: "same-site",
      xPermittedCrossDomainPolicies: false,
    }),
  )
  .use(
    cors({
      origin: (origin, c) => (c.var.platform.config.ALLOWED_ORIGINS.includes(origin) ? origin : null),
      credentials: true,
      allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
      allowHeaders: ["Authorization", "Content-Type", "Accept-Language", "X-Request-Id"],
      exposeHeaders: ["X-Request-Id", "Server-Timing", "RateLimit", "RateLimit-Policy", "Retry-After"],
      maxAge: 600,
    }),
  )
  .use(limitBody())
  .use(requireBodyType())
  .route("/", discovery)
  .route(
    "/",
    apiDescription(() => app.routes),
  )
  .route("/api/auth", auth)
  .route("/api/users", users)
  .route("/api/security", security)
  .route("/api/admin", admin)
  .route("/api/admin/notifications", adminNotifications)
  .route("/ws", websocket);

app.onError(problem);
app.notFound(unmatched(app));
