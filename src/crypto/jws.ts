/**
 * JSON Web Signatures in their compact form (RFC 7515), by WebCrypto: what this service signs, and what providers and
 * applications have signed. Its own access tokens are verified by access-token-verification.ts, which takes less.
 */
import { decodeBase64url, encodeBase64url } from "./base64url.ts";

/** Never one of a shared secret, nor none. */
const ALGORITHMS = {
  RS256: { kty: "RSA", name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  ES256: { kty: "EC", crv: "P-256", name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  EdDSA: { kty: "OKP", crv: "Ed25519", name: "Ed25519" },
  /** RFC 9864: its other name. */
  Ed25519: { kty: "OKP", crv: "Ed25519", name: "Ed25519" },
} as const;
export type JwsAlgorithm = keyof typeof ALGORITHMS;

type Json = Record<string, unknown>;
export interface JwsHeader extends Json {
  alg: JwsAlgorithm;
  kid?: string;
  typ?: string;
}

/** A public key as others publish it (RFC 7517). */
export interface PublishedKey extends JsonWebKey {
  kid?: string;
}

/** RFC 7518 §3.3 */
const LEAST_RSA_BYTES = 256;

const encodeJson = (value: Json) => encodeBase64url(new TextEncoder().encode(JSON.stringify(value)));

export async function signJws(header: JwsHeader, claims: object, key: CryptoKey): Promise<string> {
  const signed = `${encodeJson(header)}.${encodeJson(claims as Json)}`;
  const signature = await crypto.subtle.sign(ALGORITHMS[header.alg], key, new TextEncoder().encode(signed));
  return `${signed}.${encodeBase64url(new Uint8Array(signature))}`;
}

export interface Jws {
  header: Json;
  claims: Json;
  signature: Uint8Array<ArrayBuffer>;
  signed: Uint8Array<ArrayBuffer>;
}

/** Nothing of it is to be believed before its signature is checked. */
export function readJws(token: string): Jws | undefined {
  const [header, claims, signature, ...rest] = token.split(".").map(decodeBase64url);
  if (!header || !claims || !signature || rest.length > 0) return undefined;
  const [head, body] = [parseObject(header), parseObject(claims)];
  // What must be understood (`crit`) isn't.
  if (!head || !body || "crit" in head) return undefined;
  const signed = Uint8Array.from(new TextEncoder().encode(token.slice(0, token.lastIndexOf("."))));
  return { header: head, claims: body, signature, signed };
}

/** WebCrypto throws at a signature of another length. */
export function verifySignature({ signature, signed }: Jws, alg: JwsAlgorithm, key: CryptoKey): Promise<boolean> {
  return crypto.subtle.verify(ALGORITHMS[alg], key, signature, signed).catch(() => false);
}

/** @param usage `sign` for a private key. */
export async function importJwk(jwk: JsonWebKey, alg: JwsAlgorithm, usage: "sign" | "verify"): Promise<CryptoKey> {
  const { kty, crv, n, e, x, y, d, p, q, dp, dq, qi } = jwk;
  // What else a key says of itself (`alg`, `use`, `key_ops`, `ext`) is the caller's to check.
  const bare = { kty, crv, n, e, x, y, ...(usage === "sign" && { d, p, q, dp, dq, qi }) } as JsonWebKey;
  return crypto.subtle.importKey("jwk", bare, ALGORITHMS[alg], false, [usage]);
}

/** Signed by one of the keys: its algorithm and claims. `no_key` where none of them can have signed it. */
export async function verifyByKeys(
  token: string,
  keys: readonly PublishedKey[],
): Promise<{ alg: JwsAlgorithm; claims: Json } | "no_key" | "invalid"> {
  const jws = readJws(token);
  const alg = jws?.header["alg"];
  if (!jws || typeof alg !== "string" || !Object.hasOwn(ALGORITHMS, alg)) return "invalid";
  const algorithm = alg as JwsAlgorithm;
  const able = keys.filter((key) => mayHaveSigned(key, algorithm, jws.header["kid"]));
  if (able.length === 0) return "no_key";
  for (const key of able)
    if (await verifySignature(jws, algorithm, await importJwk(key, algorithm, "verify")))
      return { alg: algorithm, claims: jws.claims };
  return "invalid";
}

function mayHaveSigned(key: PublishedKey, alg: JwsAlgorithm, kid: unknown): boolean {
  const { kty, crv } = ALGORITHMS[alg] as { kty: string; crv?: string };
  const isLongEnough = kty !== "RSA" || (decodeBase64url(key.n ?? "")?.length ?? 0) >= LEAST_RSA_BYTES;
  return (
    key.kty === kty &&
    (crv === undefined || key.crv === crv) &&
    isLongEnough &&
    (kid === undefined || key.kid === kid) &&
    (key.alg === undefined || key.alg === alg) &&
    (key.use === undefined || key.use === "sig") &&
    (key.key_ops === undefined || key.key_ops.includes("verify"))
  );
}

/** A new key of our own, and its `kid` by RFC 7638: the digest of its required members, in the order of their names. */
export async function generateJwk(alg: JwsAlgorithm): Promise<JsonWebKey & { kid: string }> {
  const { kty: _, crv: __, ...named } = ALGORITHMS[alg] as { kty: string; crv?: string; name: string };
  const size = alg === "RS256" ? { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) } : {};
  const pair = (await crypto.subtle.generateKey({ ...named, ...size }, true, ["sign", "verify"])) as CryptoKeyPair;
  const {
    ext: _ext,
    key_ops: _ops,
    alg: _alg,
    ...jwk
  } = (await crypto.subtle.exportKey("jwk", pair.privateKey)) as JsonWebKey;
  const { crv, e, kty, n, x, y } = jwk;
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(JSON.stringify({ crv, e, kty, n, x, y })),
  );
  return { ...jwk, kid: encodeBase64url(new Uint8Array(digest)) };
}

function parseObject(bytes: Uint8Array): Json | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}
