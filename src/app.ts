/** The table of contents: what happens to every request, in order, and where each group of routes lives. */
import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { limitBody, requireBodyType } from "./http/body.ts";
import { clientOf, requestIdOf } from "./http/client.ts";
import type { AppEnv } from "./http/context.ts";
import { crossOrigin } from "./http/cors.ts";
import { accessLog } from "./http/log.ts";
import { problem } from "./http/problem.ts";
import { unmatched } from "./http/unmatched.ts";
import { createPlatform } from "./platform/index.ts";
import { admin } from "./routes/admin.ts";
import { apiKeys } from "./routes/api-keys.ts";
import { webhooks } from "./routes/webhooks.ts";
import { applications } from "./routes/applications.ts";
import { auth } from "./routes/auth.ts";
import { connectedApplications } from "./routes/connected-applications.ts";
import { deadJobs } from "./routes/dead-jobs.ts";
import { discovery } from "./routes/discovery.ts";
import { adminNotifications } from "./routes/notifications.ts";
import { apiDescription, apiPage } from "./pages/documentation.ts";
import { application } from "./pages/application.ts";
import { authorizationPages } from "./pages/authorization.ts";
import { federation } from "./routes/federation.ts";
import { identities } from "./routes/identities.ts";
import { home } from "./pages/home.ts";
import { pages } from "./pages/links.ts";
import { oauth } from "./routes/oauth.ts";
import { passkeys } from "./routes/passkeys.ts";
import { security } from "./routes/security.ts";
import { users } from "./routes/users.ts";
import { websocket } from "./routes/websocket.ts";

const apiHeaders = secureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  strictTransportSecurity: "max-age=63072000; includeSubDomains; preload",
  xFrameOptions: "DENY",
  crossOriginResourcePolicy: "same-site",
  xPermittedCrossDomainPolicies: false,
  // These headers only matter on pages, and an API has none.
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xXssProtection: false,
  originAgentCluster: false,
});

export const app: Hono<AppEnv> = new Hono<AppEnv>()
  .use(async function prepare(c, next) {
    c.set("requestId", requestIdOf(c));
    c.header("X-Request-Id", c.var.requestId);
    try {
      c.set("platform", createPlatform(c.env, c.executionCtx, clientOf(c)));
      await next();
    } catch (error) {
      // The configuration is invalid: nothing after this runs, so the headers are set here.
      c.res = problem(error, c);
      await apiHeaders(c, async () => {});
    }
    // Set after the handler: these headers override the route's own. Not with c.header(): once there is an answer, it
    // makes a new one with the body as a stream.
    const { headers } = c.res;
    if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
  })
  .use(accessLog())
  // Set before the API's headers: a page has its own.
  .route("/", home)
  .route("/", pages)
  .route("/", application)
  .route("/", apiPage)
  .route("/", authorizationPages)
  .use(apiHeaders)
  .use(crossOrigin())
  .use(limitBody())
  .use(requireBodyType())
  .route("/", discovery)
  .route("/", apiDescription)
  .route("/api/auth", auth)
  .route("/api/auth/federated", federation)
  .route("/api/security/identities", identities)
  .route("/api/users", users)
  .route("/api/security", security)
  .route("/api/security/passkeys", passkeys)
  .route("/api/security/api-keys", apiKeys)
  .route("/api/security/applications", connectedApplications)
  .route("/api/admin", admin)
  .route("/api/admin/applications", applications)
  .route("/api/admin/webhooks", webhooks)
  .route("/api/admin/notifications", adminNotifications)
  .route("/api/admin/dead-jobs", deadJobs)
  .route("/oauth", oauth)
  .route("/ws", websocket);

app.onError(problem);
app.notFound(unmatched(app));
