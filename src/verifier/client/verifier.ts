/** Verification by asking the service: one call through the binding, no network, no database unless `strict`. */
import { refuse, type Refusal, type TokenVerifierBinding, type Verdict, type VerifyOptions } from "../contract.ts";

export type Authentication = Verdict | Refusal<"token_missing">;

export interface Verifier {
  /** Never throws: a service that does not answer is `service_unavailable`. */
  verify(token: string, options?: VerifyOptions): Promise<Verdict>;
  /** The same for the Bearer token of a request; `token_missing` when it has none. Credentials in a URL are not read. */
  authenticate(request: Request, options?: VerifyOptions): Promise<Authentication>;
}

/** What makes a verifier of a binding: `createVerifier`, `createLocalVerifier`, or one of these with options applied. */
export type CreateVerifier = (binding: TokenVerifierBinding) => Verifier;

/** @param defaults for every call that does not say otherwise. */
export function createVerifier(binding: TokenVerifierBinding, defaults: VerifyOptions = {}): Verifier {
  return toVerifier(defaults, async (token, options) => {
    try {
      return await binding.verify(token, options);
    } catch {
      return refuse("service_unavailable");
    }
  });
}

export function toVerifier(
  defaults: VerifyOptions,
  verify: (token: string, options: VerifyOptions) => Promise<Verdict>,
): Verifier {
  return {
    verify: (token, options) => verify(token, { ...defaults, ...options }),
    async authenticate(request, options) {
      const token = bearerOf(request);
      if (token === undefined) return { ok: false, code: "token_missing", status: 401 };
      return verify(token, { ...defaults, ...options });
    },
  };
}

function bearerOf(request: Request): string | undefined {
  return /^Bearer +([^\s]+) *$/i.exec(request.headers.get("Authorization") ?? "")?.[1];
}
