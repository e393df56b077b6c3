/** Verification by calling the service: one call through the binding, no network, no database unless `strict`. */
import {
  areVerifyOptions,
  refuse,
  type Refusal,
  type TokenVerifierBinding,
  type Verdict as Answer,
  type VerifyOptions,
} from "../contract.ts";
import { bearerToken } from "../../crypto/access-token-verification.ts";
import { attempt } from "./attempt.ts";
import { hasScope, isScope, type Demands } from "./scope.ts";

/** The service's answer, and whether the token has the scope. */
export type Verdict = Answer | Refusal<"scope_missing">;

export type Authentication = Verdict | Refusal<"token_missing">;

export interface Verifier {
  /** Never throws: when the service does not answer, the result is `service_unavailable`. */
  verify(token: string, options?: Demands): Promise<Verdict>;
  /** Verifies the Bearer token of a request; `token_missing` if it has none. Credentials in a URL are ignored. */
  authenticate(request: Request, options?: Demands): Promise<Authentication>;
}

/** Makes a verifier from a binding: `createVerifier`, `createLocalVerifier`, or one of these with options applied. */
export type CreateVerifier = (binding: TokenVerifierBinding) => Verifier;

/** @param defaults for every call that doesn't override them. */
export function createVerifier(binding: TokenVerifierBinding, defaults: Demands = {}): Verifier {
  return toVerifier(defaults, async (token, options) => {
    return (await attempt(binding, () => binding.verify(token, options))) ?? refuse("service_unavailable");
  });
}

/** @param ask is called with checked options; those of the call override the defaults. */
export function toVerifier(
  defaults: Demands,
  ask: (token: string, options: VerifyOptions) => Promise<Answer>,
): Verifier {
  async function verify(token: string, options: Demands = {}): Promise<Verdict> {
    if (!areDemands(defaults) || !areDemands(options)) return refuse("invalid_options");
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    const { scope, ...asked } = { ...defaults, ...(Object.fromEntries(given) as Demands) };
    const answer = await ask(token, asked);
    if (!answer.ok || scope === undefined || hasScope(answer.claims, scope)) return answer;
    return { ok: false, code: "scope_missing", status: 403 };
  }
  return {
    verify,
    async authenticate(request, options) {
      const token = bearerToken(request.headers.get("Authorization"));
      return token === undefined ? { ok: false, code: "token_missing", status: 401 } : verify(token, options);
    },
  };
}

function areDemands(options: unknown): options is Demands {
  if (typeof options !== "object" || options === null) return false;
  const { scope, ...asked } = options as Demands;
  return isScope(scope) && areVerifyOptions(Array.isArray(options) ? options : asked);
}
