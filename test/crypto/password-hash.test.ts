import { describe, expect, it } from "vitest";
import { argon2id } from "@noble/hashes/argon2.js";
import {
  DECOY_PASSWORD_HASH,
  decoyPasswordHash,
  hashPassword,
  isImportablePasswordHash,
  isSupportedPasswordHash,
  needsRehash,
  runsOf,
  verifyPassword,
} from "../../src/crypto/password-hash.ts";
import { hashAtFullCost } from "../support/hashes/cheap.ts";

hashAtFullCost();

const PHC = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

/** From the reference implementation's own tests: "password" under "somesalt". */
const REFERENCE_HASHES = [
  "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
  "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
  "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
  "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
  "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
];

/** From crypt_blowfish's own tests. */
const BCRYPT_HASHES: [password: string, hash: string][] = [
  ["", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"],
  ["U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"],
  ["U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"],
  ["U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"],
];

/** From Node: RFC 7914 with N = 2^14; from github.com/firebase/scrypt, taken apart: its example, without the key. */
const SCRYPT_HASHES: [password: string, hash: string][] = [
  [
    "pleaseletmein",
    "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw",
  ],
  [
    "user1password",
    "$firebase-scrypt$ln=14,r=8,p=1$42xEC+ixf3L2lwc$GjH2+Jz+dglLj5NuFkZHgBvZnv8Z8VZE5sdIgEAbIgeXy+ZfSpJLu1A++pZcpx0OhX41mDwvu2Olmp+PnfLfyQ",
  ],
];

describe("hashPassword", () => {
  it("writes a hash with today's parameters that equals that of @noble/hashes", async () => {
    for (const password of ["correct horse", "pâsswörd 🔐"]) {
      const hash = await hashPassword(password);
      const [, salt = "", tag = ""] = PHC.exec(hash) ?? [];
      const expected = argon2id(password, Buffer.from(salt, "base64"), { m: 19_456, t: 2, p: 1, dkLen: 32 });
      expect(Buffer.from(tag, "base64"), password).toEqual(Buffer.from(expected));
    }
  });

  it("takes a new salt each time", async () => {
    expect(await hashPassword("x")).not.toBe(await hashPassword("x"));
  });
});

describe("verifyPassword", () => {
  it.each(["", "é", "nul\0inside", "🔐".repeat(128)])("accepts %j and nothing similar", async (password) => {
    const hash = await hashPassword(password);
    expect(await verifyPassword(password, hash)).toBe(true);
    expect(await verifyPassword(`${password}x`, hash)).toBe(false);
    expect(await verifyPassword(`${password}\0`, hash)).toBe(false);
    if (password !== "") expect(await verifyPassword([...password].slice(0, -1).join(""), hash)).toBe(false);
  });

  it.each([
    ["ééééa", "ééééb"],
    ["🔐🔐🔐🔐1", "🔐🔐🔐🔐2"],
    ["aaaa🔐", "aaaa🔑"],
    ["nul\0a", "nul\0b"],
    [`${"é".repeat(127)}a`, `${"é".repeat(127)}b`],
  ])("distinguishes %j from %j, which end differently", async (password, other) => {
    const hash = await hashPassword(password);
    expect(await verifyPassword(password, hash)).toBe(true);
    expect(await verifyPassword(other, hash)).toBe(false);
  });

  it.each(REFERENCE_HASHES)("accepts the reference hash %s", async (hash) => {
    expect(await verifyPassword("password", hash)).toBe(true);
    if (hash.includes("m=256")) expect(await verifyPassword("passwore", hash)).toBe(false);
    expect(isSupportedPasswordHash(hash)).toBe(true);
  });

  it.each(BCRYPT_HASHES)("accepts bcrypt of %j as 2a, 2b and 2y", async (password, hash) => {
    for (const prefix of ["$2a$", "$2b$", "$2y$"]) {
      const stored = prefix + hash.slice(4);
      expect(await verifyPassword(password, stored), stored).toBe(true);
      expect(await verifyPassword(`${password}.`, stored), stored).toBe(false);
      expect(isSupportedPasswordHash(stored), prefix).toBe(true);
    }
  });

  it.each(SCRYPT_HASHES)("accepts scrypt of %j", async (password, hash) => {
    expect(await verifyPassword(password, hash)).toBe(true);
    expect(await verifyPassword(`${password}.`, hash)).toBe(false);
    expect(
      await verifyPassword(
        password,
        hash.replace(/^\$(firebase-)?/, (name) => (name === "$" ? "$firebase-" : "$")),
      ),
    ).toBe(false);
    expect([isSupportedPasswordHash(hash), needsRehash(hash)]).toEqual([true, true]);
  });

  it("reads 72 bytes of a password for bcrypt, like every bcrypt", async () => {
    const hash = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
    const password = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    expect(await verifyPassword(`${password}chars after 72 are ignored`, hash)).toBe(true);
    expect(await verifyPassword(password.slice(0, 71), hash)).toBe(false);
  });

  it("stays correct when many run at once, and after a hash of 64 MiB", async () => {
    const passwords = Array.from({ length: 8 }, (_, index) => `password ${index} é`);
    const hashes = await Promise.all(passwords.map(hashPassword));
    expect(await verifyPassword("password", REFERENCE_HASHES[0]!)).toBe(true);
    const answers = await Promise.all(hashes.map((hash, index) => verifyPassword(passwords[index]!, hash)));
    expect(answers).toEqual(passwords.map(() => true));
    expect(await verifyPassword(passwords[1]!, hashes[0]!)).toBe(false);
  });

  it("does a full computation for the decoy, and accepts nothing for it", async () => {
    expect(needsRehash(DECOY_PASSWORD_HASH)).toBe(false);
    expect(isSupportedPasswordHash(DECOY_PASSWORD_HASH)).toBe(true);
    for (const password of ["", "decoy", "password"]) {
      expect(await verifyPassword(password, DECOY_PASSWORD_HASH), password).toBe(false);
    }
  });
});

describe("needsRehash", () => {
  const hash = DECOY_PASSWORD_HASH;

  it("leaves hashes with today's parameters alone", async () => {
    expect(needsRehash(await hashPassword("x"))).toBe(false);
  });

  it.each([
    ["less memory", hash.replace("m=19456", "m=9216")],
    ["more memory", hash.replace("m=19456", "m=65536")],
    ["fewer passes", hash.replace("t=2", "t=1")],
    ["more passes", hash.replace("t=2", "t=3")],
    ["more lanes", hash.replace("p=1", "p=2")],
    ["argon2i", hash.replace("argon2id", "argon2i")],
    ["argon2 1.0", hash.replace("v=19", "v=16")],
    ["no version", hash.replace("v=19$", "")],
    ["a shorter salt", hash.replace(/[^$]{22}(?=\$[^$]+$)/, "c29tZXNhbHQ")],
    ["a shorter tag", hash.replace(/[^$]+$/, "c29tZXNhbHRzb21lc2FsdA")],
    ["bcrypt", BCRYPT_HASHES[0]![1]],
    ["junk", "junk"],
  ])("renews %s", (_name, stored) => {
    expect(stored).not.toBe(hash);
    expect(needsRehash(stored)).toBe(true);
  });
});

describe("isSupportedPasswordHash", () => {
  const salt = "c29tZXNhbHRzb21lc2FsdA";
  const tag = "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  const bcrypt = BCRYPT_HASHES[1]![1];

  it.each([
    `$argon2id$v=19$m=65536,t=10,p=4$${salt}$${tag}`,
    `$argon2d$v=16$m=8,t=1,p=1$${salt}$${tag}`,
    bcrypt.replace("$05$", "$04$"),
    bcrypt.replace("$05$", "$14$"),
  ])("accepts %s, at a limit", (hash) => {
    expect(isSupportedPasswordHash(hash)).toBe(true);
  });

  it.each([
    ["too much memory", `$argon2id$v=19$m=65537,t=2,p=1$${salt}$${tag}`],
    ["far too much memory", `$argon2id$v=19$m=4294967295,t=2,p=1$${salt}$${tag}`],
    ["too many passes", `$argon2id$v=19$m=65536,t=11,p=1$${salt}$${tag}`],
    ["too many lanes", `$argon2id$v=19$m=65536,t=2,p=5$${salt}$${tag}`],
    ["less memory than the lanes need", `$argon2id$v=19$m=31,t=2,p=4$${salt}$${tag}`],
    ["no pass", `$argon2id$v=19$m=65536,t=0,p=1$${salt}$${tag}`],
    ["a leading zero", `$argon2id$v=19$m=065536,t=2,p=1$${salt}$${tag}`],
    ["a sign", `$argon2id$v=19$m=+6553,t=2,p=1$${salt}$${tag}`],
    ["another order", `$argon2id$v=19$t=2,m=65536,p=1$${salt}$${tag}`],
    ["a keyid", `$argon2id$v=19$m=65536,t=2,p=1,keyid=AA$${salt}$${tag}`],
    ["another version", `$argon2id$v=18$m=65536,t=2,p=1$${salt}$${tag}`],
    ["another type", `$argon2x$v=19$m=65536,t=2,p=1$${salt}$${tag}`],
    ["padding", `$argon2id$v=19$m=65536,t=2,p=1$${salt}==$${tag}=`],
    ["spare bits in the tag", `$argon2id$v=19$m=65536,t=2,p=1$${salt}$${tag.slice(0, -1)}d`],
    ["a salt of 7 bytes", `$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbA$${tag}`],
    ["a tag of 15 bytes", `$argon2id$v=19$m=65536,t=2,p=1$${salt}$c29tZXNhbHRzb21lc2Fs`],
    ["a short salt", `$argon2id$v=19$m=65536,t=2,p=1$c29tZQ$${tag}`],
    ["a short tag", `$argon2id$v=19$m=65536,t=2,p=1$${salt}$CTFhFdXPJO1a`],
    ["no tag", `$argon2id$v=19$m=65536,t=2,p=1$${salt}`],
    ["more after the tag", `$argon2id$v=19$m=65536,t=2,p=1$${salt}$${tag}$`],
    ["a line feed", `$argon2id$v=19$m=65536,t=2,p=1$${salt}$${tag}\n`],
    ["a NUL", `$argon2id$v=19$m=65536,t=2,p=1$${salt}$${tag}\0`],
    ["bcrypt under cost 4", bcrypt.replace("$05$", "$03$")],
    ["bcrypt over cost 14", bcrypt.replace("$05$", "$15$")],
    ["bcrypt at cost 31", bcrypt.replace("$05$", "$31$")],
    ["bcrypt 2x", bcrypt.replace("$2a$", "$2x$")],
    ["bcrypt with a hash that no encoder writes", bcrypt.slice(0, -1)],
    ["bcrypt with more", `${bcrypt}.`],
    ["bcrypt with a salt that no encoder writes", `${bcrypt.slice(0, 28)}A${bcrypt.slice(29)}`],
    ["bcrypt with a hash that no encoder writes", `${bcrypt.slice(0, -1)}A`],
    ["scrypt with too much memory", `$scrypt$ln=16,r=9,p=1$${salt}$${tag}`],
    ["scrypt with far too much memory", `$scrypt$ln=19,r=99,p=1$${salt}$${tag}`],
    ["scrypt with too many lanes", `$scrypt$ln=14,r=8,p=5$${salt}$${tag}`],
    ["scrypt with another order", `$scrypt$r=8,ln=14,p=1$${salt}$${tag}`],
    ["scrypt with a short tag", `$firebase-scrypt$ln=14,r=8,p=1$${salt}$CTFhFdXPJO1a`],
    ["another scrypt", `$yescrypt$ln=14,r=8,p=1$${salt}$${tag}`],
    ["nothing", ""],
    ["plain text", "password"],
    ["MD5", "5f4dcc3b5aa765d61d8327deb882cf99"],
  ])("refuses %s: verifyPassword returns false without an exception", async (_name, hash) => {
    expect(isSupportedPasswordHash(hash)).toBe(false);
    expect(await verifyPassword("U*U", hash)).toBe(false);
    expect(await verifyPassword("password", hash)).toBe(false);
  });
});

describe("what may come in", () => {
  const rest = "$c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  const bcrypt = (cost: string) => BCRYPT_HASHES[1]![1].replace("$05$", `$${cost}$`);

  it.each([
    [bcrypt("04"), true, 9 / 256],
    [bcrypt("12"), true, 9],
    [bcrypt("13"), false, 18],
    [bcrypt("14"), false, 36],
    [DECOY_PASSWORD_HASH, true, 1],
    [`$argon2id$v=19$m=65536,t=5,p=4${rest}`, true, 327_680 / 38_912],
    [`$argon2id$v=19$m=65536,t=6,p=4${rest}`, false, 393_216 / 38_912],
    [`$argon2i$v=19$m=32768,t=10,p=1${rest}`, true, 327_680 / 38_912],
    [`$scrypt$ln=14,r=16,p=1${rest}`, true, 3],
    [`$firebase-scrypt$ln=14,r=8,p=1${rest}`, true, 1.5],
    [`$scrypt$ln=16,r=8,p=1${rest}`, true, 6],
    [`$scrypt$ln=16,r=8,p=2${rest}`, false, 12],
    ["junk", false, 0],
  ])("%s: %s, in the time of %d of today's", (hash, isImportable, runs) => {
    expect([isImportablePasswordHash(hash), runsOf(hash)]).toEqual([isImportable, runs]);
    expect(isSupportedPasswordHash(hash)).toBe(runs > 0);
    // What was taken before goes on being verified, until its login replaces it.
    expect(hash === DECOY_PASSWORD_HASH || needsRehash(hash)).toBe(true);
  });

  it.each([null, "", "junk", "$2b$99", "$argon2id$m=1,t=1,p=1"])("gives no decoy of %j but of today's kind", (kind) => {
    expect(decoyPasswordHash(kind)).toBe(DECOY_PASSWORD_HASH);
  });
});
