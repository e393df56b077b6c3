/** Scopes that a token must have: what the person let the application do (RFC 6749 §3.3). */
import type { AccessTokenClaims } from "../../crypto/access-token-verification.ts";
import type { VerifyOptions } from "../contract.ts";

/** What a call may ask for. The service doesn't know `scope`: it is checked here, on the claims that it answers. */
export interface Demands extends VerifyOptions {
  /**
   * Scopes that the token must have, all of them: `"notes:read notes:write"`. Only tokens of applications have scopes. A
   * scope says what the application was allowed; `permission` also checks that the person may do it.
   */
  scope?: string | undefined;
}

const SCOPE_TOKEN = "[\\x21\\x23-\\x5B\\x5D-\\x7E]+";
const SCOPE = new RegExp(`^${SCOPE_TOKEN}( ${SCOPE_TOKEN})*$`);
const SCOPE_MAX_LENGTH = 1_000;

/** Only undefined counts as absent, as with every option. */
export function isScope(scope: unknown): boolean {
  return scope === undefined || (typeof scope === "string" && scope.length <= SCOPE_MAX_LENGTH && SCOPE.test(scope));
}

export function hasScope(claims: AccessTokenClaims, scope: string): boolean {
  const given = (claims.scope ?? "").split(" ");
  return scope.split(" ").every((each) => given.includes(each));
}

/** What a client has to ask for; nothing that could break out of the quotes of a challenge. */
export function scopesOf({ permission, scope }: Pick<Demands, "permission" | "scope">): string[] {
  const wanted = [permission, ...(isScope(scope) ? (scope?.split(" ") ?? []) : [])];
  return [...new Set(wanted)].filter((each): each is string => each !== undefined && SCOPE.test(each));
}
