/** Access tokens as an attacker would forge them, and genuine ones with other claims. */
import { importJWK } from "jose";
import { AUDIENCE, ISSUER, testBindings } from "./bindings.ts";

type Json = Record<string, unknown>;

const encode = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
export const encodeJson = (value: unknown) => encode(new TextEncoder().encode(JSON.stringify(value)));

export const SIGNING_KEY = JSON.parse(testBindings("", "")["JWT_KEYS"]!).keys[0] as Json & { x: string };
export const HEADER = { alg: "EdDSA", typ: "at+jwt", kid: SIGNING_KEY["kid"] };

export function goodClaims(userId: number, sessionId: string): Json {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: String(userId),
    iat: now,
    exp: now + 600,
    jti: crypto.randomUUID(),
    sid: sessionId,
    role: 0,
    permissions: [],
    amr: ["pwd"],
    auth_time: now,
  };
}

/** Signed with the service's own key, whatever the header and the claims say. */
export async function signWithOurKey(claims: unknown, header: Json = HEADER): Promise<string> {
  const key = (await importJWK({ ...SIGNING_KEY }, "EdDSA")) as CryptoKey;
  return signWith({ name: "Ed25519" }, key, claims, header);
}

export async function signWithOtherKey(claims: unknown, header: Json = HEADER): Promise<string> {
  const { privateKey } = (await crypto.subtle.generateKey({ name: "Ed25519" }, true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  return signWith({ name: "Ed25519" }, privateKey, claims, header);
}

/** The classic key confusion: the public key, which anyone has, as the secret of an HMAC. */
export async function signWithHmac(secret: string, claims: unknown, header: Json): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), algorithm, false, ["sign"]);
  return signWith(algorithm, key, claims, header);
}

async function signWith(algorithm: { name: string }, key: CryptoKey, claims: unknown, header: Json): Promise<string> {
  const signed = `${encodeJson(header)}.${encodeJson(claims)}`;
  const signature = await crypto.subtle.sign(algorithm, key, new TextEncoder().encode(signed));
  return `${signed}.${encode(new Uint8Array(signature))}`;
}
