/** Tokens of 256 random bits (links, tickets, challenges). The database stores only their SHA-256. */
import { encodeBase64url } from "./base64url.ts";
import type { Secrets } from "./secrets.ts";

const TOKEN_BYTES = 32;

export async function createOneTimeToken(): Promise<{ token: string; tokenHash: string }> {
  const token = encodeBase64url(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)));
  return { token, tokenHash: await hashToken(token) };
}

/**
 * The token of a link that a queue message mails: a MAC over the message's random id. So the queue holds no token, and
 * a message delivered twice makes the same link.
 */
export async function deriveOneTimeToken(
  secrets: Secrets,
  messageId: string,
): Promise<{ token: string; tokenHash: string }> {
  const token = await secrets.keyedHash("link-token", messageId);
  return { token, tokenHash: await hashToken(token) };
}

/** SHA-256 as base64url, without key or salt: enough for 256 random bits, but not for a short code or a password. */
export async function hashToken(token: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return encodeBase64url(new Uint8Array(digest));
}
