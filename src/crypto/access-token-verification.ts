/**
 * Verifies an access token: was it issued by this service, for this audience, and is it valid now? Only one kind of JWT
 * is accepted; the header selects one of our keys and nothing else. Uses WebCrypto only, without dependencies: the
 * service and the client package run this same file.
 */

import { decodeBase64url } from "./base64url.ts";
import { SIGNING_ALGORITHM, type VerificationKeys } from "./public-keys.ts";

/** Times in seconds since 1970. */
export interface AccessTokenClaims {
  iss: string;
  aud: string | string[];
  sub: string;
  iat: number;
  exp: number;
  jti: string;
  /** The session id. */
  sid: string;
  role: number;
  permissions: string[];
  /** How the user signed in (RFC 8176): `pwd`, `otp`, … */
  amr: string[];
  auth_time: number;
  /** The application that the token is for (RFC 9068); `sub` where it acts for itself. */
  client_id?: string;
  scope?: string;
  /** What a person has given that application: whether it still holds, only the service knows. */
  grant_id?: string;
}

/**
 * - `token_malformed`: not a compact JWS in its canonical spelling, or too long;
 * - `token_invalid`: another algorithm, type, key or issuer, a bad signature, or a claim that is missing or of the
 *   wrong type;
 * - `audience_mismatch`: genuine, but for another audience;
 * - `token_not_yet_valid`, `token_expired`: genuine and for this audience, but at the wrong time.
 *
 * The last three are only returned when the signature holds, so they tell a forger nothing.
 */
export type AccessTokenFailure =
  | "token_malformed"
  | "token_invalid"
  | "audience_mismatch"
  | "token_not_yet_valid"
  | "token_expired";

export type AccessTokenResult = { ok: true; claims: AccessTokenClaims } | { ok: false; reason: AccessTokenFailure };

export const TOKEN_TYPE = "at+jwt";
export const MAXIMUM_TOKEN_CHARACTERS = 8192;
const SIGNATURE_BYTES = 64;
/** Allowed clock difference between two machines. */
export const CLOCK_TOLERANCE_SECONDS = 5;

/**
 * Uses no database and no network. `ignoreExpiry` is for logout alone. Tokens of applications are good where
 * `applications` says so: at other Workers, and never for this service's own routes. An `aud` array counts when it contains the
 * expected audience (RFC 7519 §4.1.3).
 */
export async function verifyAccessToken(
  keys: VerificationKeys,
  token: string,
  expected: { issuer: string; audience: string; now?: Date; ignoreExpiry?: boolean; applications?: boolean },
): Promise<AccessTokenResult> {
  const genuine = recall(keys, token) ?? (await authenticate(keys, token));
  if (typeof genuine === "string") return { ok: false, reason: genuine };
  const { claims, notBefore } = genuine;
  if (claims.iss !== expected.issuer) return { ok: false, reason: "token_invalid" };

  if (claims.client_id !== undefined && !expected.applications) return { ok: false, reason: "token_invalid" };

  const audiences = typeof claims.aud === "string" ? [claims.aud] : claims.aud;
  if (!audiences.includes(expected.audience)) return { ok: false, reason: "audience_mismatch" };

  const now = toSeconds(expected.now ?? new Date());
  if (notBefore > now + CLOCK_TOLERANCE_SECONDS) return { ok: false, reason: "token_not_yet_valid" };
  if (!expected.ignoreExpiry && claims.exp <= now - CLOCK_TOLERANCE_SECONDS)
    return { ok: false, reason: "token_expired" };
  // A copy, so that no caller can change the remembered claims.
  return { ok: true, claims: { ...claims, permissions: [...claims.permissions], amr: [...claims.amr] } };
}

/** The claims of a token with a valid signature. Audience and time are checked separately. */
interface Genuine {
  claims: AccessTokenClaims;
  notBefore: number;
}

/**
 * Remembers tokens whose signature was valid: an owner sends the same token with every request, and the second check
 * costs no cryptography. Belongs to the key set, so that it is dropped together with the keys. Only genuine tokens are
 * stored, so a forger can't fill it.
 */
const remembered = new WeakMap<VerificationKeys, Map<string, Genuine>>();
const MAXIMUM_REMEMBERED = 1_000;

function recall(keys: VerificationKeys, token: string): Genuine | undefined {
  return remembered.get(keys)?.get(token);
}

function remember(keys: VerificationKeys, token: string, genuine: Genuine): void {
  const tokens = remembered.get(keys) ?? new Map<string, Genuine>();
  if (tokens.size >= MAXIMUM_REMEMBERED) tokens.delete(tokens.keys().next().value!);
  remembered.set(keys, tokens.set(token, genuine));
}

async function authenticate(keys: VerificationKeys, token: string): Promise<Genuine | AccessTokenFailure> {
  const parts = readParts(token);
  if (parts === undefined) return "token_malformed";
  const key = findKey(keys, parts.header);
  if (key === undefined || !(await isSignedBy(key, token, parts.signature))) return "token_invalid";
  const claims = readClaims(parts.payload);
  if (claims === undefined) return "token_invalid";
  const genuine = { claims, notBefore: Math.max(claims.iat, readNotBefore(parts.payload)) };
  remember(keys, token, genuine);
  return genuine;
}

type Json = Record<string, unknown>;

interface Parts {
  header: Json;
  payload: Json;
  signature: Uint8Array<ArrayBuffer>;
}

function readParts(token: string): Parts | undefined {
  if (token.length > MAXIMUM_TOKEN_CHARACTERS) return undefined;
  const [header, payload, signature, ...rest] = token.split(".").map(decodeBase64url);
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return undefined;
  const parsedHeader = parseObject(header);
  const parsedPayload = parseObject(payload);
  return parsedHeader && parsedPayload && { header: parsedHeader, payload: parsedPayload, signature };
}

function parseObject(bytes: Uint8Array): Json | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * An allow-list of header parameters: `jwk`, `jku`, `x5c` and `x5u` bring the attacker's key, `crit` and `b64` change
 * what is signed (RFC 8725 §3), and the next such parameter is not known yet.
 */
function findKey(keys: VerificationKeys, header: Json): CryptoKey | undefined {
  const names = Object.keys(header);
  if (names.length !== 3 || header["alg"] !== SIGNING_ALGORITHM || header["typ"] !== TOKEN_TYPE) return undefined;
  return typeof header["kid"] === "string" ? keys.verification.get(header["kid"]) : undefined;
}

async function isSignedBy(key: CryptoKey, token: string, signature: Uint8Array<ArrayBuffer>): Promise<boolean> {
  // With another length, WebCrypto throws instead of returning false.
  if (signature.length !== SIGNATURE_BYTES) return false;
  const signed = new TextEncoder().encode(token.slice(0, token.lastIndexOf(".")));
  return crypto.subtle.verify({ name: "Ed25519" }, key, signature, signed);
}

/** Check the types even under a valid signature: the claims are used as ids, numbers and lists. */
function readClaims(payload: Json): AccessTokenClaims | undefined {
  const { iss, aud, sub, iat, exp, jti, sid, role, permissions, amr, auth_time, client_id, scope, grant_id } = payload;
  const application = {
    ...((client_id !== undefined || scope !== undefined) && { client_id, scope }),
    ...(grant_id !== undefined && { grant_id }),
  };
  const valid =
    isText(iss) &&
    (isText(aud) || (isTextList(aud) && aud.length > 0)) &&
    isText(sub) &&
    (isRowId(sub) || (sub === client_id && MACHINE.test(sub))) &&
    isTime(iat) &&
    isTime(exp) &&
    isText(jti) &&
    isText(sid) &&
    UUID.test(sid) &&
    isRoleId(role) &&
    isTextList(permissions) &&
    isTextList(amr) &&
    isTime(auth_time) &&
    isApplication(application) &&
    (payload["nbf"] === undefined || isTime(payload["nbf"]));
  if (!valid) return undefined;
  return { iss, aud, sub, iat, exp, jti, sid, role, permissions, amr, auth_time, ...application };
}

/** The first two or none; an application that acts for itself has no grant. */
function isApplication(claims: Json): claims is Pick<AccessTokenClaims, "client_id" | "scope" | "grant_id"> {
  const { client_id, scope, grant_id } = claims;
  return (
    Object.keys(claims).length === 0 ||
    (isText(client_id) &&
      CLIENT_ID.test(client_id) &&
      typeof scope === "string" &&
      (grant_id === undefined || (isText(grant_id) && UUID.test(grant_id))))
  );
}

/** We never issue `nbf`, but a verifier must not ignore one. */
function readNotBefore(payload: Json): number {
  return isTime(payload["nbf"]) ? payload["nbf"] : 0;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** As client-secret.ts makes it. */
const MACHINE = /^app_[0-9a-f]{16}$/;
/** Or the address of a document about it, which never acts for itself. */
export const CLIENT_ID = /^(?:app_[0-9a-f]{16}|https?:\/\/[!#-[\]-~]{1,190})$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/**
 * The maximum of PostgreSQL's `integer`, the type of our ids: a query with a larger value fails instead of finding
 * nothing.
 */
const MAXIMUM_ID = 2_147_483_647;

function isRowId(text: string): boolean {
  return /^[1-9]\d{0,9}$/.test(text) && Number(text) <= MAXIMUM_ID;
}

function isRoleId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAXIMUM_ID;
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function toSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

/** The token of `Authorization: Bearer …` (RFC 6750); undefined where there is none. */
export function bearerToken(authorization: string | null | undefined): string | undefined {
  return /^Bearer +([^\s]+) *$/i.exec(authorization ?? "")?.[1];
}
