/** Signs messages as Standard Webhooks 1.0 says (https://www.standardwebhooks.com), so that any of its libraries verifies them. */
import type { Platform } from "../../platform/index.ts";

const SECRET_BYTES = 32;
const PREFIX = "whsec_";

/** Seen once, by whoever creates or rotates it. */
export function generateWebhookSecret(): string {
  return PREFIX + toBase64(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
}

/** For the database: bound to its endpoint. */
export function sealWebhookSecret({ secrets }: Platform, endpointId: string, secret: string): Promise<string> {
  return secrets.seal(secret, boundTo(endpointId));
}

export function openWebhookSecret({ secrets }: Platform, endpointId: string, sealed: string): Promise<string> {
  return secrets.open(sealed, boundTo(endpointId));
}

const boundTo = (endpointId: string) => `webhook:${endpointId}`;

export interface WebhookMessage {
  id: string;
  /** Seconds since 1970: of this attempt. */
  timestamp: number;
  body: string;
}

/** One signature for each secret: while it is being rotated, a receiver may know either. */
export async function signWebhook({ id, timestamp, body }: WebhookMessage, secrets: string[]): Promise<Headers> {
  const signatures = secrets.map((secret) => sign(secret, `${id}.${timestamp}.${body}`));
  return new Headers({
    "Content-Type": "application/json",
    "User-Agent": "auth-api",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": (await Promise.all(signatures)).join(" "),
  });
}

async function sign(secret: string, text: string): Promise<string> {
  const bytes = Uint8Array.from(atob(secret.slice(PREFIX.length)), (char) => char.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return `v1,${toBase64(new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text))))}`;
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
