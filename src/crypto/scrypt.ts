/**
 * scrypt (RFC 7914), to check hashes that other systems have made. Firebase encrypts a key of the project with it, the
 * same one for all accounts; without that key, what it is combined with is the tag (AES-256 in counter mode).
 */
// The runtime's own: a library in JavaScript would be 5 KiB of the bundle.
import { scryptSync } from "node:crypto";

export interface ScryptParameters {
  isFirebase: boolean;
  /** Of N. */
  log2: number;
  r: number;
  p: number;
}

const FIREBASE_KEY_BYTES = 32;
/** More than any hash takes that is accepted; the runtime's own limit is too low. */
const MAX_BYTES = 2 ** 28;

export async function computeScryptTag(
  input: ScryptParameters & { password: string; salt: Uint8Array; tagBytes: number },
): Promise<Uint8Array> {
  const { password, salt, tagBytes, isFirebase, log2, r, p } = input;
  const settings = { N: 2 ** log2, r, p, maxmem: MAX_BYTES };
  const derived = new Uint8Array(scryptSync(password, salt, isFirebase ? FIREBASE_KEY_BYTES : tagBytes, settings));
  if (!isFirebase) return derived;
  const key = await crypto.subtle.importKey("raw", derived, "AES-CTR", false, ["encrypt"]);
  const start = { name: "AES-CTR", counter: new Uint8Array(16), length: 64 };
  return new Uint8Array(await crypto.subtle.encrypt(start, key, new Uint8Array(tagBytes)));
}
