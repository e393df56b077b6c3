/**
 * Base64url encoding and decoding. Only the canonical spelling is decoded, so that no token has a second form. No
 * dependency: the client package includes this file.
 */

export function encodeBase64url(bytes: Uint8Array): string {
  let binary = "";
  // In chunks: a call can take only so many arguments.
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const ALPHABET = /^[A-Za-z0-9_-]*$/;
/** When the length modulo 4 is 2 or 3, the last character has spare bits, which must be zero. */
const CANONICAL_ENDS = { 2: "AQgw", 3: "AEIMQUYcgkosw048" } as const;

/**
 * Most decoders ignore padding, white space and the spare bits of the last character (RFC 4648 §3.5). A token would
 * then have several spellings, and a list of used or revoked tokens would only know the first.
 */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  const rest = text.length % 4;
  if (rest === 1 || !ALPHABET.test(text)) return undefined;
  if ((rest === 2 || rest === 3) && !CANONICAL_ENDS[rest].includes(text.at(-1)!)) return undefined;
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
