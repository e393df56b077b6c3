/** ID tokens (OpenID Connect Core, §2): who signed in, for the application alone. */
import { SignJWT } from "jose";
import { decodeBase64url, encodeBase64url } from "./base64url.ts";
import { IDENTITY_ALGORITHM, type IdentityKeys } from "./identity-keys.ts";

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
  return new SignJWT({ ...claims, at_hash })
    .setProtectedHeader({ alg: IDENTITY_ALGORITHM, typ: "JWT", kid: keys.signing.kid })
    .sign(keys.signing.privateKey);
}

/** What an ID token of ours says that somebody shows again, however old; undefined for anything else. */
export async function readIdTokenHint(
  keys: IdentityKeys,
  token: string,
  issuer: string,
): Promise<Pick<IdTokenClaims, "aud" | "sid"> | undefined> {
  const [head = "", payload = "", signature = "", ...rest] = token.split(".");
  const { alg, kid } = parse(head) ?? {};
  const key = typeof kid === "string" ? keys.verification.get(kid) : undefined;
  const shown = decodeBase64url(signature);
  if (!key || !shown || alg !== IDENTITY_ALGORITHM || rest.length > 0) return undefined;
  const signed = new TextEncoder().encode(`${head}.${payload}`);
  if (!(await crypto.subtle.verify("RSASSA-PKCS1-v1_5", key, shown, signed))) return undefined;
  const { iss, aud, sid } = parse(payload) ?? {};
  return iss === issuer && typeof aud === "string" && typeof sid === "string" ? { aud, sid } : undefined;
}

function parse(part: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(decodeBase64url(part))) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
