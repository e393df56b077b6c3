/** Refresh tokens: a session and its generation under a MAC, so that junk is refused without a database query. */
import { toHex } from "./hex.ts";
import { decodeBase64url, encodeBase64url } from "./base64url.ts";
import type { Secrets } from "./secrets.ts";

/** Secret scanners recognise a leaked token by this prefix. */
const PREFIX = "art_";
const VERSION = 1;
const HEADER_BYTES = 1 + 16 + 4; // version, session uuid, generation (big-endian)
const MAC_BYTES = 32;
const TOKEN_CHARACTERS = PREFIX.length + Math.ceil(((HEADER_BYTES + MAC_BYTES) * 8) / 6);
const MAXIMUM_GENERATION = 0xffff_ffff;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * A pure function of its input and AUTH_SECRET: two tabs that rotate the same token get the same successor.
 * @throws RangeError for a session id that is not a lower-case uuid, or a generation that is not an unsigned 32-bit
 * integer.
 */
export async function issueRefreshToken(
  secrets: Secrets,
  input: { sessionId: string; generation: number },
): Promise<string> {
  const header = encodeHeader(input.sessionId, input.generation);
  const token = new Uint8Array(HEADER_BYTES + MAC_BYTES);
  token.set(header);
  token.set(await secrets.mac("refresh-token", header), HEADER_BYTES);
  return PREFIX + encodeBase64url(token);
}

/** Returns undefined for anything that this service did not issue under the current or the previous AUTH_SECRET. */
export async function parseRefreshToken(
  secrets: Secrets,
  token: string,
): Promise<{ sessionId: string; generation: number } | undefined> {
  if (token.length !== TOKEN_CHARACTERS || !token.startsWith(PREFIX)) return undefined;
  const bytes = decodeBase64url(token.slice(PREFIX.length));
  if (bytes?.length !== HEADER_BYTES + MAC_BYTES || bytes[0] !== VERSION) return undefined;
  const header = bytes.slice(0, HEADER_BYTES);
  const mac = bytes.slice(HEADER_BYTES);
  return (await secrets.verifyMac("refresh-token", header, mac)) ? decodeHeader(header) : undefined;
}

/** False when only the previous AUTH_SECRET signed it: that secret may have been stolen, and so replaced. */
export async function isOfPresentSecret(secrets: Secrets, token: string): Promise<boolean> {
  const parsed = await parseRefreshToken(secrets, token);
  return parsed !== undefined && token === (await issueRefreshToken(secrets, parsed));
}

function encodeHeader(sessionId: string, generation: number): Uint8Array {
  if (!UUID.test(sessionId)) throw new RangeError("sessionId must be a lower-case uuid");
  if (!Number.isInteger(generation) || generation < 0 || generation > MAXIMUM_GENERATION) {
    throw new RangeError("generation must be an unsigned 32-bit integer");
  }
  const header = new Uint8Array(HEADER_BYTES);
  const hex = sessionId.replaceAll("-", "");
  header[0] = VERSION;
  for (let byte = 0; byte < 16; byte++) header[1 + byte] = Number.parseInt(hex.slice(byte * 2, byte * 2 + 2), 16);
  new DataView(header.buffer).setUint32(17, generation);
  return header;
}

function decodeHeader(header: Uint8Array): { sessionId: string; generation: number } {
  const hex = toHex(header.subarray(1, 17));
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  return { sessionId: groups.join("-"), generation: view.getUint32(17) };
}
