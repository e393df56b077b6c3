import { hkdfSync, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createSecrets, generateAuthSecret, type SecretUse } from "../../src/crypto/secrets.ts";

const SECRET = "correct horse battery staple, 32+ bytes";
const OLDER = "an older secret that was rotated away once";
const USES: SecretUse[] = [
  "refresh-token",
  "email-code",
  "recovery-code",
  "encryption",
  "throttle-key",
  "device-token",
];

describe("createSecrets", () => {
  it("refuses a secret under 32 bytes and counts bytes, not characters", () => {
    expect(() => createSecrets("x".repeat(31))).toThrow("AUTH_SECRET must have at least 32 bytes");
    expect(() => createSecrets("")).toThrow("AUTH_SECRET");
    expect(() => createSecrets("x".repeat(32), "short")).toThrow("The previous AUTH_SECRET");
    expect(() => createSecrets("é".repeat(16))).not.toThrow();
  });

  it("generates valid secrets, never the same twice", () => {
    expect(generateAuthSecret()).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(generateAuthSecret()).not.toBe(generateAuthSecret());
    expect(() => createSecrets(generateAuthSecret())).not.toThrow();
  });
});

describe("mac", () => {
  it.each(USES)("equals HMAC-SHA-256 under node:crypto's HKDF for %s", async (use) => {
    const key = Buffer.from(hkdfSync("sha256", SECRET, "", `auth-api/v1/${use}`, 32));
    const expected = createHmac("sha256", key).update("data").digest();
    const secrets = createSecrets(SECRET);
    expect(Buffer.from(await secrets.mac(use, "data"))).toEqual(expected);
    expect(Buffer.from(await secrets.mac(use, new TextEncoder().encode("data")))).toEqual(expected);
    expect(await secrets.keyedHash(use, "data")).toBe(expected.toString("base64url"));
  });

  it("differs for each use", async () => {
    const secrets = createSecrets(SECRET);
    const hashes = await Promise.all(USES.map((use) => secrets.keyedHash(use, "data")));
    expect(new Set(hashes).size).toBe(USES.length);
  });
});

describe("verifyMac", () => {
  it("accepts its own and refuses another use, other data, a flipped bit and another length", async () => {
    const secrets = createSecrets(SECRET);
    const mac = await secrets.mac("throttle-key", "data");
    expect(await secrets.verifyMac("throttle-key", "data", mac)).toBe(true);
    expect(await secrets.verifyMac("email-code", "data", mac)).toBe(false);
    expect(await secrets.verifyMac("throttle-key", "Data", mac)).toBe(false);
    for (let byte = 0; byte < mac.length; byte++) {
      const flipped = mac.map((value, index) => (index === byte ? value ^ 1 : value));
      expect(await secrets.verifyMac("throttle-key", "data", flipped)).toBe(false);
    }
    expect(await secrets.verifyMac("throttle-key", "data", mac.slice(0, 31))).toBe(false);
    expect(await secrets.verifyMac("throttle-key", "data", new Uint8Array(0))).toBe(false);
    expect(await secrets.verifyMac("throttle-key", "data", new Uint8Array([...mac, 0]))).toBe(false);
  });

  it("accepts the previous secret for reading and writes with the current one", async () => {
    const before = createSecrets(OLDER);
    const rotated = createSecrets(SECRET, OLDER);
    const after = createSecrets(SECRET);
    const old = await before.mac("throttle-key", "data");
    expect(await rotated.verifyMac("throttle-key", "data", old)).toBe(true);
    expect(await after.verifyMac("throttle-key", "data", old)).toBe(false);
    expect(await rotated.mac("throttle-key", "data")).toEqual(await after.mac("throttle-key", "data"));
    expect(await rotated.keyedHashes("throttle-key", "a")).toEqual([
      await after.keyedHash("throttle-key", "a"),
      await before.keyedHash("throttle-key", "a"),
    ]);
    expect(await after.keyedHashes("throttle-key", "a")).toEqual([await after.keyedHash("throttle-key", "a")]);
  });
});

describe("seal and open", () => {
  const secrets = createSecrets(SECRET);

  it.each(["", "JBSWY3DPEHPK3PXP", "\uFEFFé 🔐\0"])("gives %j back", async (text) => {
    expect(await secrets.open(await secrets.seal(text, "user:1"), "user:1")).toBe(text);
  });

  it("seals with AES-256-GCM under node:crypto's HKDF, and a new nonce each time", async () => {
    const [version, , nonce = "", ciphertext = ""] = (await secrets.seal("text", "user:1")).split(".");
    expect(version).toBe("v1");
    const bits = hkdfSync("sha256", SECRET, "", "auth-api/v1/encryption/aes-256-gcm", 32);
    const key = await crypto.subtle.importKey("raw", bits, "AES-GCM", false, ["decrypt"]);
    const additionalData = Buffer.from("user:1");
    const algorithm = { name: "AES-GCM", iv: Buffer.from(nonce, "base64url"), additionalData };
    const opened = await crypto.subtle.decrypt(algorithm, key, Buffer.from(ciphertext, "base64url"));
    expect(Buffer.from(opened).toString()).toBe("text");

    const nonces = await Promise.all(Array.from({ length: 50 }, () => secrets.seal("text", "user:1")));
    expect(new Set(nonces.map((sealed) => sealed.split(".")[2])).size).toBe(50);
  });

  it("refuses a text moved to another owner", async () => {
    const sealed = await secrets.seal("text", "user:1");
    await expect(secrets.open(sealed, "user:2")).rejects.toThrow("unsealable");
    await expect(secrets.open(sealed, "")).rejects.toThrow("unsealable");
  });

  it("refuses a change of any character, and any other shape", async () => {
    const sealed = await secrets.seal("text", "user:1");
    for (let index = 0; index < sealed.length; index++) {
      const other = sealed[index] === "A" ? "B" : "A";
      const changed = sealed.slice(0, index) + other + sealed.slice(index + 1);
      await expect(secrets.open(changed, "user:1"), `character ${index}`).rejects.toThrow("unsealable");
    }
    const shapes = [
      "",
      ".",
      "...",
      "text",
      `${sealed}.`,
      `${sealed}A`,
      `${sealed}=`,
      sealed.slice(0, -4),
      ` ${sealed}`,
    ];
    for (const shape of shapes) await expect(secrets.open(shape, "user:1"), shape).rejects.toThrow("unsealable");
  });

  it("opens what the previous secret sealed, until that secret is removed", async () => {
    const old = await createSecrets(OLDER).seal("text", "user:1");
    const rotated = createSecrets(SECRET, OLDER);
    expect(await rotated.open(old, "user:1")).toBe("text");
    expect(await secrets.open(await rotated.seal("new", "user:1"), "user:1")).toBe("new");
    await expect(secrets.open(old, "user:1")).rejects.toThrow("unsealable");
  });
});
