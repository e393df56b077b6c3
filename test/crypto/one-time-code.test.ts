import { describe, expect, it, vi } from "vitest";
import { generateEmailCode, generateRecoveryCodes, normaliseRecoveryCode } from "../../src/crypto/one-time-code.ts";

describe("generateEmailCode", () => {
  it("generates six digits, all equally often", () => {
    const counts = Array.from({ length: 6 }, () => Array.from({ length: 10 }, () => 0));
    const draws = 20_000;
    for (let draw = 0; draw < draws; draw++) {
      const code = generateEmailCode();
      expect(code.length).toBe(6);
      for (const [place, digit] of [...code].entries()) counts[place]![Number(digit)]!++;
    }
    // 2,000 expected with a standard deviation of 42: seven of those are no coincidence.
    for (const place of counts) for (const count of place) expect(Math.abs(count - draws / 10)).toBeLessThan(300);
  });

  it("draws again in the incomplete last run of 2^32, and keeps leading zeros", () => {
    const draws = [0xffff_ffff, 4_294_000_000, 4_293_999_999, 42];
    const random = vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
      (array as unknown as Uint32Array)[0] = draws.shift()!;
      return array;
    });
    try {
      expect(generateEmailCode()).toBe("999999");
      expect(generateEmailCode()).toBe("000042");
    } finally {
      random.mockRestore();
    }
  });
});

describe("generateRecoveryCodes", () => {
  it("generates ten different codes of 80 bits in readable groups", () => {
    const codes = generateRecoveryCodes();
    expect(codes).toHaveLength(10);
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
    expect(generateRecoveryCodes(3)).toHaveLength(3);
  });

  it("uses all characters equally often", () => {
    const counts = new Map<string, number>();
    for (const character of generateRecoveryCodes(2000).join("").replaceAll("-", "")) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    expect(counts.size).toBe(32);
    // 1,000 expected with a standard deviation of 31.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(220);
  });
});

describe("normaliseRecoveryCode", () => {
  it("normalises a code however it was typed", () => {
    const code = "01AB-10CD-EFGH-JKMN";
    for (const typed of [
      code,
      "o1ab10cdefghjkmn",
      " OIAB–LOCD efgh jkmn\n",
      "0lab-i0cd-efgh-jkmn",
      "01AB—10CD−EFGH‑JKMN",
    ]) {
      expect(normaliseRecoveryCode(typed), typed).toBe("01AB10CDEFGHJKMN");
    }
  });

  it("leaves a generated code unchanged, except for the dashes", () => {
    for (const code of generateRecoveryCodes()) expect(normaliseRecoveryCode(code)).toBe(code.replaceAll("-", ""));
  });

  it("accepts no other characters", () => {
    expect(normaliseRecoveryCode("")).toBe("");
    expect(normaliseRecoveryCode("a.b")).toBe("A.B");
  });
});
