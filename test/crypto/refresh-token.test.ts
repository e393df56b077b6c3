import { describe, expect, it } from "vitest";
import { issueRefreshToken, parseRefreshToken } from "../../src/crypto/refresh-token.ts";
import { createSecrets } from "../../src/crypto/secrets.ts";

const secrets = createSecrets("a secret of the refresh token tests, long");
const other = createSecrets("another secret, as an attacker would have");
const input = { sessionId: "0190163d-8694-739b-aea5-966c26f8ad91", generation: 7 };
const token = await issueRefreshToken(secrets, input);
const bytes = Buffer.from(token.slice(4), "base64url");

function encode(data: Uint8Array): string {
  return `art_${Buffer.from(data).toString("base64url")}`;
}

async function encodeWithMac(header: Uint8Array): Promise<string> {
  return encode(Buffer.concat([header, await secrets.mac("refresh-token", header)]));
}

describe("issueRefreshToken", () => {
  it("writes prefix, version, session, generation and MAC", async () => {
    expect(token).toMatch(/^art_[A-Za-z0-9_-]{71}$/);
    expect(bytes.subarray(0, 21).toString("hex")).toBe("010190163d8694739baea5966c26f8ad9100000007");
    const mac = await secrets.mac("refresh-token", bytes.subarray(0, 21));
    expect(bytes.subarray(21)).toEqual(Buffer.from(mac));
  });

  it("is a pure function of session and generation", async () => {
    expect(await issueRefreshToken(secrets, { ...input })).toBe(token);
    expect(await issueRefreshToken(secrets, { ...input, generation: 8 })).not.toBe(token);
    expect(await issueRefreshToken(secrets, { ...input, sessionId: crypto.randomUUID() })).not.toBe(token);
  });

  it("refuses what it could not read back", async () => {
    for (const generation of [-1, 1.5, 2 ** 32, Number.NaN]) {
      await expect(issueRefreshToken(secrets, { ...input, generation }), String(generation)).rejects.toThrow(
        RangeError,
      );
    }
    for (const sessionId of ["", "7", input.sessionId.toUpperCase(), `${input.sessionId}0`]) {
      await expect(issueRefreshToken(secrets, { ...input, sessionId }), sessionId).rejects.toThrow(RangeError);
    }
  });
});

describe("parseRefreshToken", () => {
  it.each([0, 1, 7, 2 ** 31, 2 ** 32 - 1])("reads generation %i back", async (generation) => {
    const issued = await issueRefreshToken(secrets, { ...input, generation });
    expect(await parseRefreshToken(secrets, issued)).toEqual({ ...input, generation });
  });

  it("refuses a flipped bit in every byte", async () => {
    for (let byte = 0; byte < bytes.length; byte++) {
      for (const bit of [0x01, 0x80]) {
        const changed = Buffer.from(bytes);
        changed[byte]! ^= bit;
        expect(await parseRefreshToken(secrets, encode(changed)), `byte ${byte}`).toBeUndefined();
      }
    }
  });

  it("refuses truncation and extension at every length", async () => {
    for (let length = 0; length < token.length; length++) {
      expect(await parseRefreshToken(secrets, token.slice(0, length))).toBeUndefined();
    }
    for (const more of ["A", "AA", "=", " ", "\n", ".", token]) {
      expect(await parseRefreshToken(secrets, token + more), JSON.stringify(more)).toBeUndefined();
    }
    expect(await parseRefreshToken(secrets, encode(bytes.subarray(0, 52)))).toBeUndefined();
    expect(await parseRefreshToken(secrets, encode(Buffer.concat([bytes, Buffer.of(0)])))).toBeUndefined();
  });

  it("refuses every other spelling of the same bytes", async () => {
    const spellings = spareBitSpellings(token);
    expect(spellings).toHaveLength(3);
    for (const spelling of spellings) {
      expect(Buffer.from(spelling.slice(4), "base64url")).toEqual(bytes);
      expect(await parseRefreshToken(secrets, spelling), spelling).toBeUndefined();
    }
    expect(await parseRefreshToken(secrets, token.replace("art_", "ART_"))).toBeUndefined();
    expect(await parseRefreshToken(secrets, token.slice(4))).toBeUndefined();
    expect(await parseRefreshToken(secrets, `art_${bytes.toString("base64").slice(0, 71)}`)).toBeUndefined();
  });

  it("refuses another version, even with a valid MAC", async () => {
    const header = bytes.subarray(0, 21);
    expect(await parseRefreshToken(secrets, await encodeWithMac(header))).toEqual(input);
    for (const version of [0, 2, 255]) {
      const changed = Buffer.concat([Buffer.of(version), header.subarray(1)]);
      expect(await parseRefreshToken(secrets, await encodeWithMac(changed)), JSON.stringify(version)).toBeUndefined();
    }
  });

  it("refuses another secret, and another use of the same secret", async () => {
    expect(await parseRefreshToken(other, token)).toBeUndefined();
    const header = bytes.subarray(0, 21);
    const mac = await secrets.mac("email-code", header);
    expect(await parseRefreshToken(secrets, encode(Buffer.concat([header, mac])))).toBeUndefined();
  });

  it("accepts the previous secret", async () => {
    const rotated = createSecrets(
      "a fresh secret after the rotation of it",
      "a secret of the refresh token tests, long",
    );
    expect(await parseRefreshToken(rotated, token)).toEqual(input);
  });

  it("returns undefined for junk and never throws", async () => {
    const junk = [
      "",
      "art_",
      "art_".repeat(20),
      "x".repeat(75),
      `art_${"*".repeat(71)}`,
      `art_${"🔐".repeat(36)}`,
      "\0".repeat(75),
    ];
    for (const text of junk) expect(await parseRefreshToken(secrets, text)).toBeUndefined();
  });
});

/** The last of 71 characters carries two bits that mean nothing. */
function spareBitSpellings(text: string): string[] {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet.indexOf(text.at(-1)!);
  return [1, 2, 3].map((bits) => text.slice(0, -1) + alphabet[last ^ bits]);
}
