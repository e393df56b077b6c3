/**
 * `@auth-api-edge/verifier`: tells another Worker who is calling it. One binding, one line; see docs/token-verification.md.
 */
export {
  hasPermission,
  type Introspection,
  type Refusal,
  type RevocationState,
  type TokenVerifierBinding,
  type VerdictCode,
  type VerifyOptions,
} from "../contract.ts";
export type { AccessTokenClaims } from "../../crypto/access-token-verification.ts";
export { requireToken, type TokenVariables } from "./hono.ts";
export { createLocalVerifier, type LocalVerifierOptions } from "./local.ts";
export type { ResourceOptions } from "./resource.ts";
export { refusalResponse } from "./response.ts";
export type { Demands } from "./scope.ts";
export { createVerifier, type Authentication, type CreateVerifier, type Verdict, type Verifier } from "./verifier.ts";
export { withToken, type Guarding } from "./with-token.ts";
