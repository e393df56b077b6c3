/** The stored form of a password hash: what it says, whether it can be checked and what that costs. Hashes nothing. */
import type { Argon2Parameters, Argon2Type, Argon2Version } from "./argon2.ts";
import { decodeBase64url, encodeBase64url } from "./base64url.ts";
import type { ScryptParameters } from "./scrypt.ts";

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane. */
export const TODAY: Argon2Parameters = {
  type: "argon2id",
  version: 19,
  memoryKib: 19_456,
  timeCost: 2,
  parallelism: 1,
};
export const SALT_BYTES = 16;
export const TAG_BYTES = 32;

/** Limits on a stored hash: an imported hash must not make a login use up the isolate's CPU or memory. */
const LIMITS = { memoryKib: 65_536, timeCost: 10, parallelism: 4, encodedCharacters: 255 };

/** An import accepts hashes that cost at most as much as this many current hashes: bcrypt with cost 12 and below. */
const IMPORTABLE_RUNS = 9;
/** Measured against the current hash. One more in the cost doubles it. */
const BCRYPT_12_RUNS = 9;

/** The same for scrypt with N = 2^14 and r = 16. */
const SCRYPT_32_MIB_RUNS = 3;

/** Salt and tag from random bits that nobody kept, for argon2 and scrypt, and for bcrypt. */
const DECOY_SALT_AND_TAG = "$osLYDV9g9Mlgz4e30uQnRQ$RNQu5XXnJsL8A2gz7W2LaVzk3YDguy9zDgKmn3qWxrc";
const BCRYPT_DECOY = "$z.258G/oEgNjAILCjTgime2hlwz2.rZRgJ5wgvqzzH.vMMzkMrEUO";

export const DECOY_PASSWORD_HASH = `$argon2id$v=19$m=19456,t=2,p=1${DECOY_SALT_AND_TAG}`;

/** The part of a stored hash that determines what a check costs, as a regular expression for PostgreSQL. */
export const HASH_PARAMETERS = String.raw`^(\$2[aby]\$\d\d|\$[-a-z2]+(\$v=\d+)?\$(m|ln)=\d+,[tr]=\d+,p=\d+)`;

/**
 * A hash that no password matches. A login with an unknown address is checked against it, so it takes as long as one
 * with a known address whose hash has these parameters. Without parameters, the current ones apply.
 */
export function decoyPasswordHash(parameters: string | null): string {
  if (parameters === null) return DECOY_PASSWORD_HASH;
  const decoy = parameters + (parameters.startsWith("$2") ? BCRYPT_DECOY : DECOY_SALT_AND_TAG);
  return isSupportedPasswordHash(decoy) ? decoy : DECOY_PASSWORD_HASH;
}

/** With the current parameters. PHC strings use standard base64 without padding. */
export function toStoredHash(salt: Uint8Array, tag: Uint8Array): string {
  const { type, version, memoryKib, timeCost, parallelism } = TODAY;
  const [saltText, tagText] = [salt, tag].map((bytes) =>
    encodeBase64url(bytes).replaceAll("-", "+").replaceAll("_", "/"),
  );
  return `$${type}$v=${version}$m=${memoryKib},t=${timeCost},p=${parallelism}$${saltText}$${tagText}`;
}

/**
 * A hash that no password matches, for an account whose owner has not chosen a password yet. The tag is 256 random
 * bits, so a check fails and takes as long as any other.
 */
export function createUnusablePasswordHash(): string {
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
  return toStoredHash(random(SALT_BYTES), random(TAG_BYTES));
}

/**
 * True unless the hash has exactly the current parameters. A costlier hash is replaced too: while it exists, its login
 * takes longer than a login with an unknown address, which reveals that the account exists.
 */
export function needsRehash(storedHash: string): boolean {
  const stored = parseArgon2(storedHash);
  return (
    stored?.type !== TODAY.type ||
    stored.version !== TODAY.version ||
    stored.memoryKib !== TODAY.memoryKib ||
    stored.timeCost !== TODAY.timeCost ||
    stored.parallelism !== TODAY.parallelism ||
    stored.salt.length !== SALT_BYTES ||
    stored.tag.length !== TAG_BYTES
  );
}

/** How many current hashes take as long as one check against this hash; 0 if it is not a valid hash. */
export function runsOf(storedHash: string): number {
  if (isBcrypt(storedHash)) return BCRYPT_12_RUNS * 2 ** (Number(storedHash.slice(4, 6)) - 12);
  const scrypt = parseScrypt(storedHash);
  if (scrypt) return (memoryKibOf(scrypt) * scrypt.p * SCRYPT_32_MIB_RUNS) / 32_768;
  const stored = parseArgon2(storedHash);
  return stored ? (stored.memoryKib * stored.timeCost) / (TODAY.memoryKib * TODAY.timeCost) : 0;
}

/** Stricter than what is verified: until the first login replaces an expensive hash, checking it blocks other requests. */
export function isImportablePasswordHash(storedHash: string): boolean {
  return isSupportedPasswordHash(storedHash) && runsOf(storedHash) <= IMPORTABLE_RUNS;
}

/** Whether any password can match this hash. */
export function isSupportedPasswordHash(storedHash: string): boolean {
  return isBcrypt(storedHash) || (parseScrypt(storedHash) ?? parseArgon2(storedHash)) !== undefined;
}

/**
 * The PHC string format; `v=` is missing in hashes older than argon2 1.3. Salts have 8 to 64 bytes (the reference code
 * refuses less), tags 16 to 64 (a shorter one could match by chance).
 */
const ARGON2 =
  /^\$(argon2(?:d|i|id))\$(?:v=(16|19)\$)?m=([1-9]\d{0,5}),t=([1-9]\d?),p=([1-9])\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

export function parseArgon2(
  storedHash: string,
): (Argon2Parameters & { salt: Uint8Array; tag: Uint8Array }) | undefined {
  if (storedHash.length > LIMITS.encodedCharacters) return undefined;
  const match = ARGON2.exec(storedHash);
  if (match === null) return undefined;
  const [, type, version = "16", memoryKib, timeCost, parallelism, saltText = "", tagText = ""] = match;
  const salt = decodeBase64(saltText);
  const tag = decodeBase64(tagText);
  if (salt === undefined || tag === undefined) return undefined;
  const parameters: Argon2Parameters = {
    type: type as Argon2Type,
    version: Number(version) as Argon2Version,
    memoryKib: Number(memoryKib),
    timeCost: Number(timeCost),
    parallelism: Number(parallelism),
  };
  const bounded =
    parameters.memoryKib <= LIMITS.memoryKib &&
    parameters.memoryKib >= 8 * parameters.parallelism &&
    parameters.timeCost <= LIMITS.timeCost &&
    parameters.parallelism <= LIMITS.parallelism;
  return bounded ? { ...parameters, salt, tag } : undefined;
}

/** As argon2's; `firebase-` for what Firebase makes of it. Tags have 16 to 64 bytes, salts up to 64. */
const SCRYPT = /^\$(firebase-)?scrypt\$ln=(1\d),r=([1-9]\d?),p=([1-4])\$([A-Za-z0-9+/]{2,86})\$([A-Za-z0-9+/]{22,86})$/;

export function parseScrypt(
  storedHash: string,
): (ScryptParameters & { salt: Uint8Array; tag: Uint8Array }) | undefined {
  const [, firebase, log2, r, p, saltText = "", tagText = ""] = SCRYPT.exec(storedHash) ?? [];
  const [salt, tag] = [saltText, tagText].map(decodeBase64);
  const parameters = { isFirebase: firebase !== undefined, log2: Number(log2), r: Number(r), p: Number(p) };
  return salt && tag && memoryKibOf(parameters) <= LIMITS.memoryKib ? { ...parameters, salt, tag } : undefined;
}

const memoryKibOf = ({ log2, r }: ScryptParameters): number => (r * 2 ** log2) / 8;

function decodeBase64(text: string): Uint8Array | undefined {
  return decodeBase64url(text.replaceAll("+", "-").replaceAll("/", "_"));
}

/**
 * Costs 4 to 14; `$2y$` is PHP's name for `$2b$`. The two character classes are the last characters without spare bits:
 * no comparison could succeed with another one.
 */
const BCRYPT = /^\$2[aby]\$(?:0[4-9]|1[0-4])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/;

export function isBcrypt(storedHash: string): boolean {
  return BCRYPT.test(storedHash);
}
