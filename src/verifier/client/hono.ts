/** A guard on a Hono route's own line. Only imports Hono's types. */
import type { MiddlewareHandler } from "hono";
import type { AccessTokenClaims } from "../../crypto/access-token-verification.ts";
import { refusalResponse } from "./response.ts";
import { authenticate, type Guarding } from "./with-token.ts";

export interface TokenVariables {
  claims: AccessTokenClaims;
}

/**
 * `app.post("/artists", requireToken({ permission: "artists:write" }), (c) => …)`; `c.var.claims` then identifies the
 * user.
 */
export function requireToken(guarding: Guarding = {}): MiddlewareHandler<{ Variables: TokenVariables }> {
  return async function requireToken(c, next) {
    const verdict = await authenticate(c.req.raw, c.env as object, guarding);
    if (!verdict.ok) return refusalResponse(verdict, guarding);
    c.set("claims", verdict.claims);
    return next();
  };
}
