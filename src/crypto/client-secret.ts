/** Ids and secrets of applications. A secret has 256 random bits; the database stores its SHA-256. */
import { randomHex } from "./hex.ts";
import { createOneTimeToken, hashToken } from "./one-time-token.ts";

/** Secret scanners recognise a leaked secret by this prefix. */
const SECRET_PREFIX = "acs_";
const ID_PREFIX = "app_";
const ID_BYTES = 8;
const SECRET = /^acs_[\w-]{43}$/;

export function createClientId(): string {
  return ID_PREFIX + randomHex(ID_BYTES);
}

export async function createClientSecret(): Promise<{ secret: string; secretHash: string }> {
  const { token } = await createOneTimeToken();
  const secret = SECRET_PREFIX + token;
  return { secret, secretHash: await hashToken(secret) };
}

/** Undefined for what can't be a secret of ours. */
export async function hashClientSecret(secret: string): Promise<string | undefined> {
  return SECRET.test(secret) ? hashToken(secret) : undefined;
}
