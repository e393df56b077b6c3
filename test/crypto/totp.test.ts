import { describe, expect, it } from "vitest";
import { generateTotpSecret, matchTotpStep, totpUri } from "../../src/crypto/totp.ts";

/** "12345678901234567890", the secret of RFC 6238 appendix B. */
const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
/** Appendix B has eight digits; six are their tail. */
const VECTORS: [seconds: number, code: string][] = [
  [59, "287082"],
  [1_111_111_109, "081804"],
  [1_111_111_111, "050471"],
  [1_234_567_890, "005924"],
  [2_000_000_000, "279037"],
  [20_000_000_000, "353130"],
];

function at(seconds: number): Date {
  return new Date(seconds * 1000);
}

describe("matchTotpStep", () => {
  it.each(VECTORS)("accepts RFC 6238's code at %i s", async (seconds, code) => {
    expect(await matchTotpStep({ secret: SECRET, code, now: at(seconds) })).toBe(Math.floor(seconds / 30));
  });

  it("accepts the current step, the one before and the next one, neither older nor newer", async () => {
    const [code, step] = ["005924", 41_152_263];
    expect(await matchTotpStep({ secret: SECRET, code, now: at((step - 1) * 30 - 0.001) })).toBeUndefined();
    expect(await matchTotpStep({ secret: SECRET, code, now: at((step - 1) * 30) })).toBe(step);
    expect(await matchTotpStep({ secret: SECRET, code, now: at(step * 30 - 0.001) })).toBe(step);
    expect(await matchTotpStep({ secret: SECRET, code, now: at(step * 30) })).toBe(step);
    expect(await matchTotpStep({ secret: SECRET, code, now: at((step + 1) * 30) })).toBe(step);
    expect(await matchTotpStep({ secret: SECRET, code, now: at((step + 2) * 30 - 0.001) })).toBe(step);
    expect(await matchTotpStep({ secret: SECRET, code, now: at((step + 2) * 30) })).toBeUndefined();
  });

  it("never accepts a step at or before the last used one", async () => {
    const [code, step, now] = ["005924", 41_152_263, at(1_234_567_890)];
    expect(await matchTotpStep({ secret: SECRET, code, now, lastUsedStep: step - 1 })).toBe(step);
    expect(await matchTotpStep({ secret: SECRET, code, now, lastUsedStep: step })).toBeUndefined();
    expect(await matchTotpStep({ secret: SECRET, code, now, lastUsedStep: step + 1 })).toBeUndefined();
    expect(await matchTotpStep({ secret: SECRET, code, now, lastUsedStep: null })).toBe(step);
    // From a phone that is ahead, and again when the service's clock has caught up.
    expect(await matchTotpStep({ secret: SECRET, code, now: at((step - 1) * 30), lastUsedStep: step })).toBeUndefined();
    // Step 0 is a step like any other.
    expect(await matchTotpStep({ secret: SECRET, code: "755224", now: at(0) })).toBe(0);
    expect(await matchTotpStep({ secret: SECRET, code: "755224", now: at(0), lastUsedStep: 0 })).toBeUndefined();
  });

  it("requires exactly six ASCII digits", async () => {
    const now = at(1_234_567_890);
    const codes = [
      "5924",
      "05924",
      "0005924",
      " 005924",
      "005924 ",
      "005924\n",
      "005 924",
      "+05924",
      "٠٠٥٩٢٤",
      "００５９２４",
      "",
      "1e5",
    ];
    for (const code of codes)
      expect(await matchTotpStep({ secret: SECRET, code, now }), JSON.stringify(code)).toBeUndefined();
  });

  it("refuses a wrong digit in each place, and another secret's code", async () => {
    const now = at(1_234_567_890);
    for (let place = 0; place < 6; place++) {
      const code = [..."005924"].map((digit, index) => (index === place ? (Number(digit) + 1) % 10 : digit)).join("");
      expect(await matchTotpStep({ secret: SECRET, code, now }), code).toBeUndefined();
    }
    expect(await matchTotpStep({ secret: "A".repeat(32), code: "005924", now })).toBeUndefined();
  });
});

describe("generateTotpSecret", () => {
  it("generates 160 bits as base32, never the same twice", () => {
    expect(generateTotpSecret()).toMatch(/^[A-Z2-7]{32}$/);
    expect(new Set(Array.from({ length: 100 }, generateTotpSecret)).size).toBe(100);
  });
});

describe("totpUri", () => {
  it("contains everything that an authenticator app needs, escaped", () => {
    const uri = new URL(totpUri({ secret: SECRET, account: "zoé+a@example.com", issuer: "Ink & Co: Booking" }));
    expect(uri.protocol).toBe("otpauth:");
    expect(uri.host).toBe("totp");
    expect(decodeURIComponent(uri.pathname)).toBe("/Ink & Co: Booking:zoé+a@example.com");
    expect(Object.fromEntries(uri.searchParams)).toEqual({
      issuer: "Ink & Co: Booking",
      secret: SECRET,
      algorithm: "SHA1",
      digits: "6",
      period: "30",
    });
  });
});
