/** Base64url both ways, decoding only the one canonical spelling, so that no token has a second form. */
import { base64url } from "jose";

export function encodeBase64url(bytes: Uint8Array): string {
  return base64url.encode(bytes);
}

/**
 * Decoders commonly ignore padding, white space and the spare bits of the last character (RFC 4648 §3.5). A token would
 * then have several spellings, and a list of used or revoked ones would know only the first.
 */
export function decodeBase64url(text: string): Uint8Array | undefined {
  try {
    const bytes = base64url.decode(text);
    return base64url.encode(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}
