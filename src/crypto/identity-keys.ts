/**
 * The keys of ID tokens, among JWT_KEYS: RSA, since OpenID Connect requires RS256 of every provider and some clients know
 * nothing else. The first private one signs. Access tokens never have one of them.
 */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import { decodeBase64url } from "./base64url.ts";

export const IDENTITY_ALGORITHM = "RS256";
const IMPORT = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const LEAST_BYTES = 256;
const PRIVATE = ["d", "p", "q", "dp", "dq", "qi"] as const;

export interface PublicRsaJwk {
  kty: "RSA";
  n: string;
  e: string;
  kid: string;
  alg: typeof IDENTITY_ALGORITHM;
  use: "sig";
}

export interface IdentityKeys {
  /** Undefined where JWT_KEYS has no private one: then there are no ID tokens. */
  readonly signing: { readonly kid: string; readonly privateKey: CryptoKey } | undefined;
  readonly verification: ReadonlyMap<string, CryptoKey>;
  readonly published: readonly PublicRsaJwk[];
}

export function isIdentityKey(value: unknown): value is JWK {
  return (value as JWK | null)?.kty === "RSA";
}

/** @throws Error that names the wrong key and never quotes one. */
export async function importIdentityKeys(keys: readonly JWK[]): Promise<IdentityKeys> {
  const published = keys.map(toPublicKey);
  const verification = new Map<string, CryptoKey>();
  for (const [at, { kty, n, e, kid }] of published.entries())
    verification.set(kid, await importRsa({ kty, n, e }, ["verify"], at));
  const at = keys.findIndex(({ d }) => d !== undefined);
  if (at === -1) return { signing: undefined, verification, published };
  const { kty, n, e } = published[at]!;
  const secret = Object.fromEntries(PRIVATE.map((name) => [name, keys[at]![name]]));
  const privateKey = await importRsa({ kty, n, e, ...secret }, ["sign"], at);
  return { signing: { kid: published[at]!.kid, privateKey }, verification, published };
}

function toPublicKey({ n, e, kid, alg }: JWK, at: number): PublicRsaJwk {
  const fail = (reason: string) => new Error(`JWT_KEYS: RSA key ${at + 1} ${reason}`);
  if (alg !== undefined && alg !== IDENTITY_ALGORITHM) throw fail('is meant for another "alg"');
  if (kid === undefined || !/^[A-Za-z0-9._~-]{1,128}$/.test(kid))
    throw fail('must have a "kid" of letters, digits and ._~-');
  if (n === undefined || (decodeBase64url(n)?.length ?? 0) < LEAST_BYTES) throw fail("must have at least 2048 bits");
  if (e === undefined) throw fail('must have "e"');
  return { kty: "RSA", n, e, kid, alg: IDENTITY_ALGORITHM, use: "sig" };
}

async function importRsa(jwk: JWK, usages: ("sign" | "verify")[], at: number): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey("jwk", jwk as JsonWebKey, IMPORT, false, usages);
  } catch {
    throw new Error(`JWT_KEYS: RSA key ${at + 1} can't be imported`);
  }
}

/** A private key, with its RFC 7638 thumbprint as `kid`. */
export async function generateIdentityKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(IDENTITY_ALGORITHM, { modulusLength: 2048, extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: IDENTITY_ALGORITHM, use: "sig" };
}

/** Of a key of JWT_KEYS, what may be published. */
export function publicHalf(key: JWK, at = 0): PublicRsaJwk {
  return toPublicKey(key, at);
}
