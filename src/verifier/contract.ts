/** What crosses the binding between another Worker and TokenVerifier: plain data, and the one place that names it. */
import type { AccessTokenClaims, AccessTokenFailure } from "../crypto/access-token-verification.ts";
import type { PublicJwk } from "../crypto/public-keys.ts";

export interface VerifyOptions {
  /** Who the token must be for. Default: what the binding's props fix, or else the service's own audience. */
  audience?: string | undefined;
  /** Must be held, e.g. `artists:write`. */
  permission?: string | undefined;
  /** Asks the database whether session, account and permission still stand: exact, for one trip. */
  strict?: boolean | undefined;
  /** What to say of a good token when the revocation marks can't be read. Default `accept`: it has minutes to live. */
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
 * An option that means nothing (the empty text of a variable that was never set, a name misspelt) must not pass for one
 * that was not given: it would open the route. What is undefined was not given.
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
  /** Its session is over: signed out, password changed, account disabled or deleted. */
  session_revoked: 401,
  /** Issued before the account's role or state changed; a refreshed one says what holds now. */
  token_stale: 401,
  permission_missing: 403,
  /** The permission is an administrator's, and the session has not shown an authenticator code. */
  two_factor_required: 403,
  /** The calling Worker's own mistake. */
  invalid_options: 500,
  /** Neither yes nor no: try again. */
  service_unavailable: 503,
} as const satisfies Record<AccessTokenFailure, number> & Record<string, number>;

export type VerdictCode = keyof typeof STATUSES;

export interface Refusal<Code extends string = VerdictCode> {
  ok: false;
  code: Code;
  /** What the calling Worker may answer with. */
  status: number;
}

export type Verdict = { ok: true; claims: AccessTokenClaims } | Refusal;

export function refuse(code: VerdictCode): Refusal {
  return { ok: false, code, status: STATUSES[code] };
}

/** What of a token decides whether a mark covers it. */
export type Revocable = Pick<AccessTokenClaims, "sub" | "sid" | "jti" | "iat" | "auth_time" | "role">;

export type RevocationState = "live" | "session_revoked" | "token_stale" | "unknown";

/** RFC 7517, with what a verifier must know besides: more members are allowed (§5). */
export interface VerifierKeySet {
  keys: PublicJwk[];
  issuer: string;
  /** Who a token must be for, unless a call says otherwise. */
  audience: string;
  /** No call may say otherwise: the binding's props fix it. */
  isAudienceFixed: boolean;
}

/** RFC 7662 §2.2 */
export type Introspection =
  | { active: false }
  | (AccessTokenClaims & { active: true; token_type: "Bearer"; scope: string });

/** The service binding, as the other Worker sees it. Every method answers; none throws for what it is given. */
export interface TokenVerifierBinding {
  verify(token: string, options?: VerifyOptions): Promise<Verdict>;
  introspect(token: string, options?: VerifyOptions): Promise<Introspection>;
  jwks(): Promise<VerifierKeySet | Refusal>;
  /** Of a token whose signature the caller has checked. */
  revocation(token: Revocable): Promise<RevocationState>;
}

/** `*` grants all, `users:*` every action on users, `users:read` itself. */
export function hasPermission(granted: readonly string[], needed: string): boolean {
  const [noun] = needed.split(":");
  return granted.some((permission) => permission === "*" || permission === needed || permission === `${noun}:*`);
}
