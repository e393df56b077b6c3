/** The public half of the key set, as it is published and as WebCrypto wants it. No dependency: the client package carries it. */

export const SIGNING_ALGORITHM = "EdDSA";

export interface PublicJwk {
  kty: "OKP";
  crv: "Ed25519";
  x: string;
  kid: string;
  alg: typeof SIGNING_ALGORITHM;
  use: "sig";
}

/** Who may have signed, by `kid`. */
export interface VerificationKeys {
  readonly verification: ReadonlyMap<string, CryptoKey>;
}

/** @throws DOMException for a point that is none. */
export async function importPublicKeys(keys: readonly PublicJwk[]): Promise<VerificationKeys> {
  const verification = new Map<string, CryptoKey>();
  for (const { x, kid } of keys) {
    const jwk = { kty: "OKP", crv: "Ed25519", x };
    verification.set(kid, await crypto.subtle.importKey("jwk", jwk, { name: "Ed25519" }, false, ["verify"]));
  }
  return { verification };
}
