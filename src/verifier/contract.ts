/** What crosses the binding between another Worker and TokenVerifier: plain data. Only this file defines it. */
import type { AccessTokenClaims, AccessTokenFailure } from "../crypto/access-token-verification.ts";
import type { PublicJwk } from "../crypto/public-keys.ts";

export interface VerifyOptions {
  /**
   * The audience that the token must have. Default: the one fixed by the binding's props, otherwise the service's own.
   */
  audience?: string | undefined;
  /** A permission that the token must have, e.g. `artists:write`. */
  permission?: string | undefined;
  /** Checks in the database whether session, account and permission still hold: exact, for one trip. */
  strict?: boolean | undefined;
  /**
   * The verdict on a good token when the revocation marks can't be read. Default `accept`: the token only has minutes
   * to live.
   */
  ifUnknown?: "accept" | "refuse" | undefined;
}

export const AUDIENCE_MAX_LENGTH = 200;
export const PERMISSION = /^[\w*:.-]{1,100}$/;

export function isAudience(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= AUDIENCE_MAX_LENGTH;
}

const OPTIONS = new Map<string, (value: unknown) => boolean>([
  ["audience", isAudience],
  ["permission", (value) => typeof value === "string" && PERMISSION.test(value)],
  ["strict", (value) => typeof value === "boolean"],
  ["ifUnknown", (value) => value === "accept" || value === "refuse"],
] satisfies [keyof VerifyOptions, (value: unknown) => boolean][]);

/**
 * An invalid option (the empty text of an unset variable, a misspelt name) must not count as absent: that would open
 * the route. Only undefined counts as absent.
 */
export function areVerifyOptions(options: unknown): options is VerifyOptions {
  if (typeof options !== "object" || options === null || Array.isArray(options)) return false;
  return Object.entries(options).every(([name, value]) => {
    const isValid = OPTIONS.get(name);
    return isValid !== undefined && (value === undefined || isValid(value));
  });
}

const STATUSES = {
  token_malformed: 401,
  token_invalid: 401,
  token_expired: 401,
  token_not_yet_valid: 401,
  audience_mismatch: 401,
  /** Its session has ended: signed out, password changed, account disabled or deleted. */
  session_revoked: 401,
  /** Issued before the account's role or state changed; a refreshed token has the current ones. */
  token_stale: 401,
  permission_missing: 403,
  /** The permission is an administrator's, and the session has used neither an authenticator code nor a passkey. */
  two_factor_required: 403,
  /** The calling Worker's own mistake. */
  invalid_options: 500,
  /** The service could not tell: try again. */
  service_unavailable: 503,
} as const satisfies Record<AccessTokenFailure, number> & Record<string, number>;

export type VerdictCode = keyof typeof STATUSES;

export interface Refusal<Code extends string = VerdictCode> {
  ok: false;
  code: Code;
  /** The response that the calling Worker may give. */
  status: number;
}

export type Verdict = { ok: true; claims: AccessTokenClaims } | Refusal;

export function refuse(code: VerdictCode): Refusal {
  return { ok: false, code, status: STATUSES[code] };
}

/** The parts of a token that decide whether a mark covers it. */
export type Revocable = Pick<AccessTokenClaims, "sub" | "sid" | "jti" | "iat" | "auth_time" | "role">;

export type RevocationState = "live" | "session_revoked" | "token_stale" | "unknown";

/** RFC 7517, plus what a verifier needs: additional members are allowed (§5). */
export interface VerifierKeySet {
  keys: PublicJwk[];
  issuer: string;
  /** The required audience, unless a call overrides it. */
  audience: string;
  /** No call may override it: the binding's props fix it. */
  isAudienceFixed: boolean;
}

/** RFC 7662 §2.2 */
export type Introspection =
  | { active: false }
  | (AccessTokenClaims & { active: true; token_type: "Bearer"; scope: string });

/** The service binding, as the other Worker sees it. Every method returns an answer; none throws on its input. */
export interface TokenVerifierBinding {
  verify(token: string, options?: VerifyOptions): Promise<Verdict>;
  introspect(token: string, options?: VerifyOptions): Promise<Introspection>;
  jwks(): Promise<VerifierKeySet | Refusal>;
  /** For a token whose signature the caller has checked. */
  revocation(token: Revocable): Promise<RevocationState>;
}

/** `*` grants everything, `users:*` every action on users, `users:read` only itself. */
export function hasPermission(granted: readonly string[], needed: string): boolean {
  const [noun] = needed.split(":");
  return granted.some((permission) => permission === "*" || permission === needed || permission === `${noun}:*`);
}
