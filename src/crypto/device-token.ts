/** Device tokens: an account id and a device id under a MAC. A device token alone grants no access. */

import { decodeBase64url, encodeBase64url } from "./base64url.ts";
import { hashToken } from "./one-time-token.ts";
import type { Secrets } from "./secrets.ts";

/** This prefix distinguishes it from other tokens. */
const PREFIX = "adt_";
const VERSION = 1;
const DEVICE_BYTES = 16;
const HEADER_BYTES = 1 + 4 + DEVICE_BYTES; // version, user id (big-endian), device id
const MAC_BYTES = 32;
const TOKEN_CHARACTERS = PREFIX.length + Math.ceil(((HEADER_BYTES + MAC_BYTES) * 8) / 6);

/** 128 random bits. */
export function generateDeviceId(): string {
  return encodeBase64url(crypto.getRandomValues(new Uint8Array(DEVICE_BYTES)));
}

/** The hash that is stored instead of the id. */
export function hashDeviceId(deviceId: string): Promise<string> {
  return hashToken(deviceId);
}

/** @throws RangeError for an id that `generateDeviceId` did not make. */
export async function issueDeviceToken(secrets: Secrets, input: { userId: number; deviceId: string }): Promise<string> {
  const device = decodeBase64url(input.deviceId);
  if (device?.length !== DEVICE_BYTES) throw new RangeError("deviceId must be 16 bytes as base64url");
  const token = new Uint8Array(HEADER_BYTES + MAC_BYTES);
  token[0] = VERSION;
  new DataView(token.buffer).setUint32(1, input.userId);
  token.set(device, 5);
  token.set(await secrets.mac("device-token", token.slice(0, HEADER_BYTES)), HEADER_BYTES);
  return PREFIX + encodeBase64url(token);
}

/** Returns undefined for anything that this service did not issue under the current or the previous AUTH_SECRET. */
export async function parseDeviceToken(
  secrets: Secrets,
  token: string,
): Promise<{ userId: number; deviceId: string } | undefined> {
  if (token.length !== TOKEN_CHARACTERS || !token.startsWith(PREFIX)) return undefined;
  const bytes = decodeBase64url(token.slice(PREFIX.length));
  if (bytes?.length !== HEADER_BYTES + MAC_BYTES || bytes[0] !== VERSION) return undefined;
  const header = bytes.slice(0, HEADER_BYTES);
  if (!(await secrets.verifyMac("device-token", header, bytes.slice(HEADER_BYTES)))) return undefined;
  return { userId: new DataView(header.buffer).getUint32(1), deviceId: encodeBase64url(header.slice(5)) };
}
