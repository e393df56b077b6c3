/** Password hashes: new ones are argon2id with the current parameters; older argon2, bcrypt and scrypt are only verified. */
import { compare } from "bcryptjs";
import { computeArgon2Tag } from "./argon2.ts";
import { isEqualInConstantTime } from "./constant-time.ts";
import { computeScryptTag } from "./scrypt.ts";
import { isBcrypt, parseArgon2, parseScrypt, SALT_BYTES, TAG_BYTES, TODAY, toStoredHash } from "./stored-hash.ts";

// For the service, one place; apart, because Node can't load argon2's WebAssembly, and scripts read hashes too.
export * from "./stored-hash.ts";

/** @param password NFKC-normalised and bounded in length by the caller. */
export async function hashPassword(password: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  return toStoredHash(salt, computeArgon2Tag({ ...TODAY, password, salt, tagBytes: TAG_BYTES }));
}

/**
 * Returns false for a hash that is malformed, unknown or over the limits; never throws on data.
 *
 * bcrypt only reads the first 72 bytes of a password. An imported hash keeps that weakness until the first login
 * replaces it (`needsRehash`).
 */
export async function verifyPassword(password: string, storedHash: string): Promise<boolean> {
  if (isBcrypt(storedHash)) return compare(password, storedHash);
  const scrypt = parseScrypt(storedHash);
  if (scrypt) {
    const { tag } = scrypt;
    return isEqualInConstantTime(tag, await computeScryptTag({ ...scrypt, password, tagBytes: tag.length }));
  }
  const stored = parseArgon2(storedHash);
  if (stored === undefined) return false;
  return isEqualInConstantTime(stored.tag, computeArgon2Tag({ ...stored, password, tagBytes: stored.tag.length }));
}
