/** ID tokens (OpenID Connect Core, §2): who signed in, for the application alone. */
import { SignJWT } from "jose";
import { decodeBase64url, encodeBase64url } from "./base64url.ts";
import { IDENTITY_ALGORITHM, type IdentityKeys } from "./identity-keys.ts";

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

/** OpenID Connect Back-Channel Logout, §2.4. */
export interface LogoutTokenClaims extends Pick<IdTokenClaims, "iss" | "sub" | "aud" | "exp" | "iat" | "sid"> {
  jti: string;
}

/** @throws Error where there is no key for it. */
export async function signIdToken(keys: IdentityKeys, claims: IdTokenClaims, accessToken: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(accessToken));
  const at_hash = encodeBase64url(new Uint8Array(digest, 0, 16));
  return sign(keys, ID_TOKEN, { ...claims, at_hash });
}

/** Says that a session is over. @throws Error where there is no key for it. */
export function signLogoutToken(keys: IdentityKeys, claims: LogoutTokenClaims): Promise<string> {
  return sign(keys, "logout+jwt", { ...claims, events: { "http://schemas.openid.net/event/backchannel-logout": {} } });
}

async function sign({ signing }: IdentityKeys, typ: string, claims: object): Promise<string> {
  if (!signing) throw new Error("JWT_KEYS has no private RSA key");
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: IDENTITY_ALGORITHM, typ, kid: signing.kid })
    .sign(signing.privateKey);
}

/** What an ID token of ours says that somebody shows again, however old; undefined for anything else. */
export async function readIdTokenHint(
  keys: IdentityKeys,
  token: string,
  issuer: string,
): Promise<Pick<IdTokenClaims, "sub" | "aud"> | undefined> {
  const [head = "", payload = "", signature = "", ...rest] = token.split(".");
  const { alg, kid, typ } = parse(head) ?? {};
  const key = typeof kid === "string" ? keys.verification.get(kid) : undefined;
  const shown = decodeBase64url(signature);
  if (!key || !shown || alg !== IDENTITY_ALGORITHM || typ !== ID_TOKEN || rest.length > 0) return undefined;
  const signed = new TextEncoder().encode(`${head}.${payload}`);
  if (!(await crypto.subtle.verify("RSASSA-PKCS1-v1_5", key, shown, signed))) return undefined;
  const { iss, sub, aud } = parse(payload) ?? {};
  return iss === issuer && typeof sub === "string" && typeof aud === "string" ? { sub, aud } : undefined;
}

function parse(part: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(decodeBase64url(part))) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
