/**
 * The keys of ID tokens, among JWT_KEYS: RSA, since OpenID Connect requires RS256 of every provider and some clients know
 * nothing else, and P-256 for those that ask for ES256. The first private one of a kind signs. Access tokens never have one
 * of them.
 */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import { decodeBase64url } from "./base64url.ts";

const KINDS = {
  RSA: {
    alg: "RS256",
    import: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
    publicParts: ["n", "e"],
    secretParts: ["d", "p", "q", "dp", "dq", "qi"],
  },
  EC: {
    alg: "ES256",
    import: { name: "ECDSA", namedCurve: "P-256" },
    publicParts: ["crv", "x", "y"],
    secretParts: ["d"],
  },
} as const;
type Kind = keyof typeof KINDS;
export type IdentityAlgorithm = (typeof KINDS)[Kind]["alg"];
const LEAST_BYTES = 256;

export interface PublicIdentityJwk extends Pick<JWK, "n" | "e" | "crv" | "x" | "y"> {
  kty: Kind;
  kid: string;
  alg: IdentityAlgorithm;
  use: "sig";
}

export interface IdentityKeys {
  /** Of each kind that JWT_KEYS has a private one of. Without RS256, there are no ID tokens. */
  readonly signing: ReadonlyMap<string, { readonly kid: string; readonly privateKey: CryptoKey }>;
  /** By `kid`. */
  readonly verification: ReadonlyMap<string, { readonly alg: string; readonly key: CryptoKey }>;
  readonly published: readonly PublicIdentityJwk[];
}

export function isIdentityKey(value: unknown): value is JWK {
  return Object.hasOwn(KINDS, String((value as JWK | null)?.kty));
}

/** @throws Error that names the wrong key and never quotes one. */
export async function importIdentityKeys(keys: readonly JWK[]): Promise<IdentityKeys> {
  const published = keys.map(publicHalf);
  const verification = new Map<string, { alg: string; key: CryptoKey }>();
  const signing = new Map<string, { kid: string; privateKey: CryptoKey }>();
  for (const [at, { kid, alg, use: _, ...half }] of published.entries()) {
    const kind = KINDS[half.kty];
    verification.set(kid, { alg, key: await importKey(half, "verify", at) });
    if (keys[at]!.d === undefined || signing.has(alg)) continue;
    const secret = Object.fromEntries(kind.secretParts.map((name) => [name, keys[at]![name]]));
    signing.set(alg, { kid, privateKey: await importKey({ ...half, ...secret }, "sign", at) });
  }
  return { signing, verification, published };
}

/** Of a key of JWT_KEYS, what may be published. */
export function publicHalf(key: JWK, at = 0): PublicIdentityJwk {
  const kty = key.kty as Kind;
  const { alg, publicParts } = KINDS[kty];
  const fail = (reason: string) => new Error(`JWT_KEYS: ${kty} key ${at + 1} ${reason}`);
  if (key.alg !== undefined && key.alg !== alg) throw fail('is meant for another "alg"');
  const { kid, n, crv } = key;
  if (kid === undefined || !/^[A-Za-z0-9._~-]{1,128}$/.test(kid))
    throw fail('must have a "kid" of letters, digits and ._~-');
  if (kty === "RSA" && (n === undefined || (decodeBase64url(n)?.length ?? 0) < LEAST_BYTES))
    throw fail("must have at least 2048 bits");
  if (kty === "EC" && crv !== "P-256") throw fail('must have "crv": "P-256"');
  const parts = publicParts.map((name) => [name, (key as Record<string, unknown>)[name]]);
  if (parts.some(([, value]) => typeof value !== "string")) throw fail(`must have ${publicParts.join(", ")}`);
  return { kty, ...Object.fromEntries(parts), kid, alg, use: "sig" } as PublicIdentityJwk;
}

async function importKey(jwk: JWK & { kty: Kind }, usage: "sign" | "verify", at: number): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey("jwk", jwk, KINDS[jwk.kty].import, false, [usage]);
  } catch {
    throw new Error(`JWT_KEYS: ${jwk.kty} key ${at + 1} can't be imported`);
  }
}

/** A private key of each kind, with its RFC 7638 thumbprint as `kid`. */
export function generateIdentityKeys(): Promise<JWK[]> {
  return Promise.all(
    Object.values(KINDS).map(async ({ alg }) => {
      const { privateKey } = await generateKeyPair(alg, { modulusLength: 2048, extractable: true });
      const jwk = await exportJWK(privateKey);
      return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg, use: "sig" };
    }),
  );
}
