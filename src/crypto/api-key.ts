/**
 * API keys: `ak_<id>_<secret>_<checksum>`, in hex. The id finds the key, the checksum tells a mistyped or made-up one
 * without a query; the database stores only the SHA-256 of the whole. Uses WebCrypto only: the client package includes it.
 */
import { randomHex, toHex } from "./hex.ts";
import { hashToken } from "./one-time-token.ts";

/** Secret scanners recognise a leaked key by this prefix. */
const PREFIX = "ak_";
const ID_BYTES = 8;
const SECRET_BYTES = 32;
const CHECKSUM_BYTES = 4;
export const API_KEY_ID = /^[0-9a-f]{16}$/;
const KEY = /^(ak_([0-9a-f]{16})_[0-9a-f]{64})_([0-9a-f]{8})$/;

/** Any other text is a token. */
export function looksLikeApiKey(text: string): boolean {
  return text.startsWith(PREFIX);
}

export function createApiKeyId(): string {
  return randomHex(ID_BYTES);
}

/** A new secret under that id: shown once. */
export async function createApiKey(id: string): Promise<{ key: string; keyHash: string }> {
  const body = `${PREFIX}${id}_${randomHex(SECRET_BYTES)}`;
  const key = `${body}_${await checksumOf(body)}`;
  return { key, keyHash: await hashToken(key) };
}

/** Undefined for anything that can't be a key of this service. */
export async function parseApiKey(key: string): Promise<{ id: string; keyHash: string } | undefined> {
  const [, body, id, checksum] = KEY.exec(key) ?? [];
  if (body === undefined || id === undefined || (await checksumOf(body)) !== checksum) return undefined;
  return { id, keyHash: await hashToken(key) };
}

async function checksumOf(body: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body));
  return toHex(new Uint8Array(digest).subarray(0, CHECKSUM_BYTES));
}
