/** ID tokens (OpenID Connect Core, §2): who signed in, for the application alone. */
import { encodeBase64url } from "./base64url.ts";
import { IDENTITY_ALGORITHM, type IdentityKeys } from "./identity-keys.ts";
import { readJws, signJws, verifySignature } from "./jws.ts";

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

/** @throws Error where there is no key for it. */
export async function signIdToken(keys: IdentityKeys, claims: IdTokenClaims, accessToken: string): Promise<string> {
  if (!keys.signing) throw new Error("JWT_KEYS has no private RSA key");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(accessToken));
  const at_hash = encodeBase64url(new Uint8Array(digest, 0, 16));
  const { kid, privateKey } = keys.signing;
  return signJws({ alg: IDENTITY_ALGORITHM, typ: "JWT", kid }, { ...claims, at_hash }, privateKey);
}

/** What an ID token of ours says that somebody shows again, however old; undefined for anything else. */
export async function readIdTokenHint(
  keys: IdentityKeys,
  token: string,
  issuer: string,
): Promise<Pick<IdTokenClaims, "aud" | "sid"> | undefined> {
  const jws = readJws(token);
  const { alg, kid } = jws?.header ?? {};
  const key = typeof kid === "string" ? keys.verification.get(kid) : undefined;
  if (!jws || !key || alg !== IDENTITY_ALGORITHM || !(await verifySignature(jws, alg, key))) return undefined;
  const { iss, aud, sid } = jws.claims;
  return iss === issuer && typeof aud === "string" && typeof sid === "string" ? { aud, sid } : undefined;
}
