/** Password hashes: argon2id with today's parameters is written, older argon2 and bcrypt are only read. */

import { compare } from "bcryptjs";

import { argon2Hash, argon2Verify, type Argon2Type } from "./argon2.ts";
import { decodeBase64url } from "./base64url.ts";

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane. */
const TODAY = { type: "argon2id", version: 19, memoryKib: 19_456, timeCost: 2, parallelism: 1 } as const;
const SALT_BYTES = 16;
const TAG_BYTES = 32;

/** What a stored hash may ask for; an import must not be able to plant a login that eats the isolate's CPU or memory. */
const LIMITS = { memoryKib: 65_536, timeCost: 10, parallelism: 4, encodedCharacters: 255 };

/** The hash of 256 random bits that nobody kept: an unknown address is checked against it and takes as long as a known one. */
export const DECOY_PASSWORD_HASH =
  "$argon2id$v=19$m=19456,t=2,p=1$osLYDV9g9Mlgz4e30uQnRQ$RNQu5XXnJsL8A2gz7W2LaVzk3YDguy9zDgKmn3qWxrc";

/** @param password NFKC-normalised and bounded in length by the caller. */
export async function hashPassword(password: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  return argon2Hash({ ...TODAY, password, salt, tagBytes: TAG_BYTES });
}

/**
 * False for a hash that is malformed, unknown or over the limits; it never throws on data.
 *
 * bcrypt reads only the first 72 bytes of a password. That can't be undone for an imported hash; it ends with the first
 * login, which replaces it (`needsRehash`).
 */
export async function verifyPassword(password: string, storedHash: string): Promise<boolean> {
  if (isBcrypt(storedHash)) {
    // PHP's $2y$ is the algorithm that everyone else calls $2b$.
    return compare(password, storedHash.replace(/^\$2y\$/, "$2b$"));
  }
  const parsed = parseArgon2(storedHash);
  return parsed !== undefined && argon2Verify(storedHash, password, parsed.type);
}

/**
 * True unless the hash has exactly today's parameters. A costlier one is replaced too: as long as it stands, its login
 * takes longer than an unknown address's, and so tells that the account exists.
 */
export function needsRehash(storedHash: string): boolean {
  const parsed = parseArgon2(storedHash);
  return (
    parsed?.type !== TODAY.type ||
    parsed.version !== TODAY.version ||
    parsed.memoryKib !== TODAY.memoryKib ||
    parsed.timeCost !== TODAY.timeCost ||
    parsed.parallelism !== TODAY.parallelism ||
    parsed.saltBytes !== SALT_BYTES ||
    parsed.tagBytes !== TAG_BYTES
  );
}

/** Whether `verifyPassword` can ever accept a password for this hash. */
export function isSupportedPasswordHash(storedHash: string): boolean {
  return isBcrypt(storedHash) || parseArgon2(storedHash) !== undefined;
}

interface Argon2Parameters {
  type: Argon2Type;
  version: number;
  memoryKib: number;
  timeCost: number;
  parallelism: number;
  saltBytes: number;
  tagBytes: number;
}

/** The PHC string format; `v=` is missing in hashes older than argon2 1.3. */
const ARGON2 =
  /^\$(argon2(?:d|i|id))\$(?:v=(16|19)\$)?m=([1-9]\d{0,5}),t=([1-9]\d?),p=([1-9])\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

function parseArgon2(storedHash: string): Argon2Parameters | undefined {
  if (storedHash.length > LIMITS.encodedCharacters) return undefined;
  const match = ARGON2.exec(storedHash);
  if (match === null) return undefined;
  const [, type, version = "16", memoryKib, timeCost, parallelism, salt = "", tag = ""] = match;
  const saltBytes = countBase64Bytes(salt);
  const tagBytes = countBase64Bytes(tag);
  // The reference code refuses a salt under 8 bytes; a tag under 16 would be one that guesses can hit.
  if (saltBytes === undefined || saltBytes < 8 || tagBytes === undefined || tagBytes < 16) return undefined;
  const parsed: Argon2Parameters = {
    type: type as Argon2Type,
    version: Number(version),
    memoryKib: Number(memoryKib),
    timeCost: Number(timeCost),
    parallelism: Number(parallelism),
    saltBytes,
    tagBytes,
  };
  const bounded =
    parsed.memoryKib <= LIMITS.memoryKib &&
    parsed.memoryKib >= 8 * parsed.parallelism &&
    parsed.timeCost <= LIMITS.timeCost &&
    parsed.parallelism <= LIMITS.parallelism;
  return bounded ? parsed : undefined;
}

/** PHC strings use unpadded standard base64. */
function countBase64Bytes(text: string): number | undefined {
  return decodeBase64url(text.replaceAll("+", "-").replaceAll("/", "_"))?.length;
}

/** Costs 4 to 14. The two classes are the last characters without spare bits: with those, no comparison could succeed. */
const BCRYPT = /^\$2[aby]\$(?:0[4-9]|1[0-4])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/;

function isBcrypt(storedHash: string): boolean {
  return BCRYPT.test(storedHash);
}
