import { describe, expect, it } from "vitest";
import { createOneTimeToken, hashToken } from "../../src/crypto/one-time-token.ts";

describe("createOneTimeToken", () => {
  it("generates 256 bits as base64url, and their hash", async () => {
    const { token, tokenHash } = await createOneTimeToken();
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(tokenHash).toBe(await hashToken(token));
    expect(tokenHash).not.toContain(token);
  });

  it("never generates the same token twice", async () => {
    const made = await Promise.all(Array.from({ length: 1000 }, () => createOneTimeToken()));
    expect(new Set(made.map(({ token }) => token)).size).toBe(1000);
  });
});

describe("hashToken", () => {
  it("is SHA-256 (FIPS 180-4 example)", async () => {
    const digest = Buffer.from(await hashToken("abc"), "base64url").toString("hex");
    expect(digest).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});
