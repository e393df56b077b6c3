/**
 * Guards declare on the route's own line who may call it. A guard checks the token; the batch that does the work checks
 * the database.
 */
import type { Context, MiddlewareHandler, Next } from "hono";
import { bearerToken } from "../crypto/access-token-verification.ts";
import { verifyAccessToken } from "../crypto/access-token.ts";
import { AppError } from "../errors.ts";
import { impersonationAudience } from "../services/administration/impersonation.ts";
import type { Permission } from "../services/access/permissions.ts";
import type { AppEnv } from "./context.ts";

interface GuardOptions {
  /** Requires this permission, e.g. `users:read`. */
  permission?: string;
  /** Requires an authentication in the last 10 minutes. */
  fresh?: boolean;
  /** Changes second factors: if an authenticator is on, the session must have used it. */
  changesFactors?: boolean;
}

export type Guard = MiddlewareHandler<AppEnv> & { guard: GuardOptions };

/**
 * Sets `c.var.actor` from our Bearer token, without a database trip; `asActor` checks the `options` in the database.
 */
export function requireSession(options: GuardOptions = {}): Guard {
  return Object.assign(
    async function requireSession(c: Context<AppEnv>, next: Next) {
      const token = shownToken(c);
      if (token === undefined) throw new AppError("authentication_required");
      const { config, keySet } = c.var.platform;
      const keys = await keySet();
      const expected = { issuer: config.ISSUER, audience: config.AUDIENCE };
      let verdict = await verifyAccessToken(keys, token, expected);
      // Whoever looks at somebody's account reads what is that person's own, and nothing else.
      if (c.req.method === "GET" && options.permission === undefined && !verdict.ok)
        verdict = await verifyAccessToken(keys, token, {
          ...expected,
          audience: impersonationAudience(config.ISSUER),
        });
      if (!verdict.ok) throw new AppError("invalid_token");
      const { sub, sid, exp } = verdict.claims;
      c.set("actor", { userId: Number(sub), sessionId: sid, ...options });
      c.set("tokenExpiresAt", new Date(exp * 1000));
      await next();
    },
    // Set on the function itself, so that a test can read each route's requirements from the app's own routes.
    { guard: options },
  );
}

export function requirePermission(permission: Permission, options: { fresh?: boolean } = {}): Guard {
  return requireSession({ permission, ...options });
}

/** Undefined if there is none. */
export function shownToken(c: Context): string | undefined {
  return bearerToken(c.req.header("Authorization"));
}

/**
 * The session of our Bearer token, on routes where a token is optional; whether the session is alive is checked later.
 */
export async function sessionShown(c: Context<AppEnv>): Promise<string | undefined> {
  const token = shownToken(c);
  if (token === undefined) return undefined;
  const { config, keySet } = c.var.platform;
  const expected = { issuer: config.ISSUER, audience: config.AUDIENCE };
  const verdict = await verifyAccessToken(await keySet(), token, expected);
  return verdict.ok ? verdict.claims.sid : undefined;
}
