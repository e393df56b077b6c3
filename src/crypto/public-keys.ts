/** The public keys, as published and as WebCrypto needs them. No dependency: the client package includes this file. */

export const SIGNING_ALGORITHM = "EdDSA";

export interface PublicJwk {
  kty: "OKP";
  crv: "Ed25519";
  x: string;
  kid: string;
  alg: typeof SIGNING_ALGORITHM;
  use: "sig";
}

/** The keys that can have signed, by `kid`. */
export interface VerificationKeys {
  readonly verification: ReadonlyMap<string, CryptoKey>;
}

/** @throws DOMException when `x` is not a point of the curve. */
export async function importPublicKeys(keys: readonly PublicJwk[]): Promise<VerificationKeys> {
  const verification = new Map<string, CryptoKey>();
  for (const { x, kid } of keys) {
    const jwk = { kty: "OKP", crv: "Ed25519", x };
    verification.set(kid, await crypto.subtle.importKey("jwk", jwk, { name: "Ed25519" }, false, ["verify"]));
  }
  return { verification };
}
