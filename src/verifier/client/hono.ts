/** A guard on a Hono route's own line. Only imports Hono's types. */
import type { MiddlewareHandler } from "hono";
import type { AccessTokenClaims } from "../../crypto/access-token-verification.ts";
import { guard, type Guarding } from "./with-token.ts";

export interface TokenVariables {
  claims: AccessTokenClaims;
}

/**
 * `app.post("/artists", requireToken({ permission: "artists:write" }), (c) => …)`; `c.var.claims` then identifies the
 * user. `app.use(requireToken({ resource: "https://mcp.example.com/mcp" }))` protects all routes behind it, and answers what
 * the resource is.
 */
export function requireToken(guarding: Guarding = {}): MiddlewareHandler<{ Variables: TokenVariables }> {
  return async function requireToken(c, next) {
    const answer = await guard(c.req.raw, c.env as object, guarding);
    if (answer instanceof Response) return answer;
    c.set("claims", answer);
    return next();
  };
}
