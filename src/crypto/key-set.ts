/**
 * JWT_KEYS: Ed25519 keys, of which the first signs access tokens and all verify them, and RSA and P-256 keys for ID tokens
 * (identity-keys.ts). No private key leaves the import.
 */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import { decodeBase64url } from "./base64url.ts";
import {
  generateIdentityKeys,
  importIdentityKeys,
  isIdentityKey,
  publicHalf,
  type IdentityKeys,
  type PublicIdentityJwk,
} from "./identity-keys.ts";
import { SIGNING_ALGORITHM, type PublicJwk, type VerificationKeys } from "./public-keys.ts";

export { SIGNING_ALGORITHM, type PublicJwk };
const KEY_BYTES = 32;
const KID = /^[A-Za-z0-9._~-]{1,128}$/;

/** Made by `importKeySet` once per isolate; opaque to its users. */
export interface KeySet extends VerificationKeys {
  readonly signing: { readonly kid: string; readonly privateKey: CryptoKey };
  readonly published: readonly PublicJwk[];
  readonly identity: IdentityKeys;
}

/**
 * @param jwtKeys `{"keys": […]}`: the first a private OKP JWK, then older ones, private or public; each with a distinct
 * `kid`.
 * @throws Error that names the wrong key and never quotes one: the message is logged.
 */
export async function importKeySet(jwtKeys: string): Promise<KeySet> {
  const { keys, identityKeys } = parseKeys(jwtKeys);
  const [first] = keys;
  if (first.d === undefined) throw new Error('JWT_KEYS: the first key signs and must be private ("d" is missing)');

  const verification = new Map<string, CryptoKey>();
  for (const { jwk } of keys) verification.set(jwk.kid, await importKey(jwk, undefined));
  const privateKey = await importKey(first.jwk, first.d);
  await requireMatchingHalves(privateKey, verification.get(first.jwk.kid)!);
  return {
    signing: { kid: first.jwk.kid, privateKey },
    verification,
    published: keys.map(({ jwk }) => jwk),
    identity: await importIdentityKeys(identityKeys),
  };
}

/** The public keys of access tokens. */
export function publicJwks(keySet: KeySet): { keys: PublicJwk[] } {
  return { keys: keySet.published.map((jwk) => ({ ...jwk })) };
}

/** The public keys for `/.well-known/jwks.json`: those of ID tokens too. */
export function allPublicJwks(keySet: KeySet): { keys: (PublicJwk | PublicIdentityJwk)[] } {
  return { keys: [...publicJwks(keySet).keys, ...keySet.identity.published.map((jwk) => ({ ...jwk }))] };
}

/**
 * A value for JWT_KEYS: a new private key of each kind, then the public keys of `previous`, so that tokens already issued
 * stay valid. An old key can be removed by hand once the lifetime of an access token has passed.
 */
export async function generateKeySet(previous?: string): Promise<string> {
  const { keys, identityKeys } = previous === undefined ? { keys: [], identityKeys: [] } : parseKeys(previous);
  const old = [...keys.map(({ jwk }) => jwk), ...identityKeys.map(publicHalf)];
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { crv: "Ed25519", extractable: true });
  const { x, d } = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint({ kty: "OKP", crv: "Ed25519", x: x! }); // RFC 7638
  return JSON.stringify({ keys: [{ ...toPublicJwk(x!, kid), d }, ...(await generateIdentityKeys()), ...old] });
}

interface ParsedKey {
  jwk: PublicJwk;
  d: string | undefined;
}

function parseKeys(jwtKeys: string): { keys: [ParsedKey, ...ParsedKey[]]; identityKeys: JWK[] } {
  const list = readKeyList(jwtKeys);
  const identityKeys = list.slice(1).filter(isIdentityKey);
  const [first, ...others] = list.flatMap((key, at) => (at > 0 && isIdentityKey(key) ? [] : [parseKey(key, at)]));
  if (first === undefined) throw new Error("JWT_KEYS: there must be at least one key");
  const keys: [ParsedKey, ...ParsedKey[]] = [first, ...others];
  const kids = [...keys.map(({ jwk }) => jwk.kid), ...identityKeys.map(({ kid }) => kid)];
  if (new Set(kids).size < kids.length) throw new Error('JWT_KEYS: two keys share one "kid"');
  return { keys, identityKeys };
}

function readKeyList(jwtKeys: string): unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(jwtKeys);
  } catch {
    throw new Error("JWT_KEYS is not JSON (mind that quotes around the whole value don't belong to it)");
  }
  const keys = (parsed as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw new Error('JWT_KEYS must be {"keys": […]}');
  return keys;
}

function parseKey(value: unknown, index: number): ParsedKey {
  const { kty, crv, alg, x, d, kid } = (value ?? {}) as Record<string, unknown>;
  const fail = (reason: string) => new Error(`JWT_KEYS: key ${index + 1} ${reason}`);
  if (kty !== "OKP" || crv !== "Ed25519") throw fail('must be an Ed25519 key ("kty": "OKP", "crv": "Ed25519")');
  if (alg !== undefined && alg !== "EdDSA" && alg !== "Ed25519") throw fail('is meant for another "alg"');
  if (typeof kid !== "string" || !KID.test(kid)) throw fail('must have a "kid" of letters, digits and ._~-');
  if (!isKeyText(x)) throw fail('must have "x", 32 bytes as base64url');
  if (d !== undefined && !isKeyText(d)) throw fail('has a "d" that is not 32 bytes as base64url');
  return { jwk: toPublicJwk(x, kid), d };
}

function isKeyText(value: unknown): value is string {
  return typeof value === "string" && decodeBase64url(value)?.length === KEY_BYTES;
}

function toPublicJwk(x: string, kid: string): PublicJwk {
  return { kty: "OKP", crv: "Ed25519", x, kid, alg: SIGNING_ALGORITHM, use: "sig" };
}

async function importKey({ x, kid }: PublicJwk, d: string | undefined): Promise<CryptoKey> {
  const jwk = { kty: "OKP", crv: "Ed25519", x, ...(d === undefined ? {} : { d }) };
  try {
    return (await importJWK(jwk, SIGNING_ALGORITHM, { extractable: false })) as CryptoKey;
  } catch {
    throw new Error(`JWT_KEYS: the key with kid ${kid} can't be imported`);
  }
}

/** Signing with a mismatched public key leaks the Ed25519 private key, and no token would verify. */
async function requireMatchingHalves(privateKey: CryptoKey, publicKey: CryptoKey): Promise<void> {
  const probe = new TextEncoder().encode("JWT_KEYS");
  const signature = await crypto.subtle.sign("Ed25519", privateKey, probe);
  if (!(await crypto.subtle.verify("Ed25519", publicKey, signature, probe))) {
    throw new Error('JWT_KEYS: the first key\'s "x" and "d" don\'t belong together');
  }
}
