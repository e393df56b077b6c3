/** A guard around a plain `fetch` handler. */
import type { AccessTokenClaims } from "../../crypto/access-token-verification.ts";
import { refuse, type TokenVerifierBinding } from "../contract.ts";
import { answerMetadata } from "./metadata.ts";
import { isResource, type ResourceOptions } from "./resource.ts";
import { refusalResponse } from "./response.ts";
import type { Demands } from "./scope.ts";
import { createVerifier, type CreateVerifier } from "./verifier.ts";

export interface Guarding extends Demands, ResourceOptions {
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
    const answer = await guard(request, env, guarding);
    return answer instanceof Response ? answer : handler(request, env, ctx, answer);
  };
}

/**
 * Who is calling, or the answer that they get instead.
 * @throws Error when `env` has no such binding: a Worker without it must not serve requests.
 */
export async function guard(request: Request, env: object, guarding: Guarding): Promise<AccessTokenClaims | Response> {
  const { binding: name = "AUTH", verifier = createVerifier, resource, scopes, ...demands } = guarding;
  const binding = (env as Record<string, TokenVerifierBinding | undefined>)[name];
  if (!binding) throw new Error(`No service binding ${name}: see docs/token-verification.md`);
  if (resource !== undefined && !isResource(resource)) return refusalResponse(refuse("invalid_options"));
  const metadata = await answerMetadata(request, binding, { resource, scopes, ...demands });
  if (metadata) return metadata;
  const audience = demands.audience === undefined ? resource : demands.audience;
  const verdict = await verifier(binding).authenticate(request, { ...demands, audience });
  return verdict.ok ? verdict.claims : refusalResponse(verdict, guarding);
}
