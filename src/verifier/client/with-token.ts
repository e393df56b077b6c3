/** A guard around a plain `fetch` handler. */
import type { AccessTokenClaims } from "../../crypto/access-token-verification.ts";
import type { TokenVerifierBinding, VerifyOptions } from "../contract.ts";
import { refusalResponse } from "./response.ts";
import { createVerifier, type Authentication, type CreateVerifier } from "./verifier.ts";

export interface Guarding extends VerifyOptions {
  /** The name of the service binding. Default `AUTH`. */
  binding?: string;
  /** Default `createVerifier`; `createLocalVerifier` checks signatures in this Worker. */
  verifier?: CreateVerifier;
}

/** `export default { fetch: withToken((request, env, ctx, claims) => …, { permission: "artists:write" }) }` */
export function withToken<Environment extends object, Context>(
  handler: (
    request: Request,
    env: Environment,
    ctx: Context,
    claims: AccessTokenClaims,
  ) => Response | Promise<Response>,
  guarding: Guarding = {},
): (request: Request, env: Environment, ctx: Context) => Promise<Response> {
  return async function fetch(request, env, ctx) {
    const verdict = await authenticate(request, env, guarding);
    return verdict.ok ? handler(request, env, ctx, verdict.claims) : refusalResponse(verdict, guarding);
  };
}

/** @throws Error when `env` has no such binding: a Worker without it must not serve requests. */
export function authenticate(request: Request, env: object, guarding: Guarding): Promise<Authentication> {
  const { binding: name = "AUTH", verifier = createVerifier, ...options } = guarding;
  const binding = (env as Record<string, TokenVerifierBinding | undefined>)[name];
  if (!binding) throw new Error(`No service binding ${name}: see docs/token-verification.md`);
  return verifier(binding).authenticate(request, options);
}
