/** Codes that people type: too short for a hash without a key, so they are stored by `Secrets.keyedHash`. */
import { decodeBase64url } from "./base64url.ts";

const EMAIL_CODES = 1_000_000;
const RECOVERY_CODE_CHARACTERS = 16; // of 5 bits: 80
/** Crockford's base32: without I, L and O, which are read as digits, and without U. */
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * Six digits. Values in the last, incomplete run of 2^32 are discarded: a plain remainder would favour the lower codes.
 */
export function generateEmailCode(): string {
  const limit = Math.floor(2 ** 32 / EMAIL_CODES) * EMAIL_CODES;
  for (;;) {
    const [value = limit] = crypto.getRandomValues(new Uint32Array(1));
    if (value < limit) return String(value % EMAIL_CODES).padStart(6, "0");
  }
}

/** Six digits of a MAC, whose 64 bits favour no code by more than one part in 10^13. @param hash base64url */
export function codeOfHash(hash: string): string {
  const bytes = decodeBase64url(hash)!;
  const value = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
  return String(value % BigInt(EMAIL_CODES)).padStart(6, "0");
}

/** The form to read: `XXXX-XXXX-XXXX-XXXX`. The normalised form is hashed. */
export function generateRecoveryCodes(count = 10): string[] {
  return Array.from({ length: count }, generateRecoveryCode);
}

/** Normalises a typed code to its 16 characters: without dashes and spaces, in upper case, O as 0, I and L as 1. */
export function normaliseRecoveryCode(input: string): string {
  return input
    .replaceAll(/[\s\p{Dash_Punctuation}\u2212]/gu, "") // U+2212 is the minus sign
    .toUpperCase()
    .replaceAll("O", "0")
    .replaceAll(/[IL]/g, "1");
}

/** 32 divides 256, so the remainder favours no character. */
function generateRecoveryCode(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(RECOVERY_CODE_CHARACTERS));
  const characters = Array.from(bytes, (byte) => CROCKFORD[byte % 32]).join("");
  return characters.replaceAll(/.{4}(?=.)/g, "$&-");
}
