/** ID tokens (OpenID Connect Core, §2): who signed in, for the application alone. */
import { SignJWT } from "jose";
import { decodeBase64url, encodeBase64url } from "./base64url.ts";
import type { IdentityAlgorithm } from "./identity-keys.ts";
import { SIGNING_ALGORITHM, type KeySet } from "./key-set.ts";

/** No other token of the same keys may pass for one. */
const ID_TOKEN = "JWT";

export interface IdTokenClaims {
  iss: string;
  sub: string;
  /** The application's `client_id`. */
  aud: string;
  exp: number;
  iat: number;
  auth_time: number;
  amr: string[];
  sid: string;
  nonce?: string;
  at_hash?: string;
}

export type IdTokenAlgorithm = IdentityAlgorithm | typeof SIGNING_ALGORITHM;

/** What there is a key for. Empty without RS256, which OpenID Connect requires. */
export function idTokenAlgorithms({ identity }: KeySet): string[] {
  return identity.signing.has("RS256") ? [...identity.signing.keys(), SIGNING_ALGORITHM] : [];
}

/** OpenID Connect Back-Channel Logout, §2.4. */
export interface LogoutTokenClaims extends Pick<IdTokenClaims, "iss" | "sub" | "aud" | "exp" | "iat" | "sid"> {
  jti: string;
}

/** @throws Error where there is no key for it. */
export async function signIdToken(
  keys: KeySet,
  alg: IdTokenAlgorithm,
  { claims, accessToken }: { claims: IdTokenClaims; accessToken: string },
): Promise<string> {
  // OpenID Connect Core, §3.1.3.6: half of the hash that the signature uses; that of Ed25519 is SHA-512.
  const hash = alg === SIGNING_ALGORITHM ? "SHA-512" : "SHA-256";
  const digest = await crypto.subtle.digest(hash, new TextEncoder().encode(accessToken));
  const at_hash = encodeBase64url(new Uint8Array(digest, 0, digest.byteLength / 2));
  return sign(keys, { alg, typ: ID_TOKEN }, { ...claims, at_hash });
}

/** Says that a session is over. @throws Error where there is no key for it. */
export function signLogoutToken(keys: KeySet, alg: IdTokenAlgorithm, claims: LogoutTokenClaims): Promise<string> {
  const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
  return sign(keys, { alg, typ: "logout+jwt" }, { ...claims, events });
}

async function sign(
  { signing, identity }: KeySet,
  { alg, typ }: { alg: IdTokenAlgorithm; typ: string },
  claims: object,
): Promise<string> {
  const key = alg === SIGNING_ALGORITHM ? signing : identity.signing.get(alg);
  if (!key) throw new Error(`JWT_KEYS has no private key for ${alg}`);
  return new SignJWT({ ...claims }).setProtectedHeader({ alg, typ, kid: key.kid }).sign(key.privateKey);
}

/** What an ID token of ours says that somebody shows again, however old; undefined for anything else. */
export async function readIdTokenHint(
  keys: KeySet,
  token: string,
  issuer: string,
): Promise<Pick<IdTokenClaims, "sub" | "aud"> | undefined> {
  const [head = "", payload = "", signature = "", ...rest] = token.split(".");
  const { alg, kid, typ } = parse(head) ?? {};
  const known = typeof kid === "string" ? findKey(keys, kid) : undefined;
  const shown = decodeBase64url(signature);
  // The key says which algorithm it is for; the header has no choice.
  if (!known || !shown || alg !== known.alg || typ !== ID_TOKEN || rest.length > 0) return undefined;
  const signed = new TextEncoder().encode(`${head}.${payload}`);
  const how = { name: known.key.algorithm.name, hash: "SHA-256" };
  // With a signature of another length, WebCrypto may throw instead of returning false.
  const isGenuine = await crypto.subtle.verify(how, known.key, shown, signed).catch(() => false);
  if (!isGenuine) return undefined;
  const { iss, sub, aud } = parse(payload) ?? {};
  return iss === issuer && typeof sub === "string" && typeof aud === "string" ? { sub, aud } : undefined;
}

function findKey({ identity, verification }: KeySet, kid: string) {
  const key = verification.get(kid);
  return key ? { alg: SIGNING_ALGORITHM, key } : identity.verification.get(kid);
}

function parse(part: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(decodeBase64url(part))) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
