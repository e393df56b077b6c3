import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  generateKeySet,
  importKeySet,
  signAccessToken,
  verifyAccessToken,
  type AccessTokenClaims,
  type KeySet,
} from "../../src/crypto/access-token.ts";

const NOW = new Date("2026-11-02T12:00:00.900Z");
const SECONDS = 1_793_620_800;
const EXPECTED = { issuer: "https://auth.example.com", audience: "booking", now: NOW };
const INPUT = {
  issuer: EXPECTED.issuer,
  audience: "booking" as string | string[],
  subject: "42",
  sessionId: "0190163d-8694-739b-aea5-966c26f8ad91",
  role: 1,
  permissions: ["users:read", "*"],
  amr: ["pwd", "otp"],
  authenticatedAt: new Date("2026-11-02T11:00:00.999Z"),
  ttlSeconds: 600,
  now: NOW,
};

type Json = Record<string, unknown>;

let jwk: { kid: string; x: string; d: string };
let keySet: KeySet;
let token: string;
let claims: AccessTokenClaims;
let privateKey: CryptoKey;

beforeAll(async () => {
  const jwtKeys = await generateKeySet();
  [jwk] = (JSON.parse(jwtKeys) as { keys: [typeof jwk] }).keys;
  keySet = await importKeySet(jwtKeys);
  ({ token, claims } = await signAccessToken(keySet, INPUT));
  privateKey = await importPrivate(jwk);
});

async function importPrivate({ x, d }: { x: string; d: string }): Promise<CryptoKey> {
  return crypto.subtle.importKey("jwk", { kty: "OKP", crv: "Ed25519", x, d }, "Ed25519", false, ["sign"]);
}

function encode(part: unknown): string {
  return Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");
}

/** A token with our own genuine signature over any content: a refusal here is due to the content. */
async function forge(changes: {
  header?: Json;
  claims?: Json;
  payload?: string;
  headerText?: string;
}): Promise<string> {
  const header = changes.headerText ?? { alg: "EdDSA", typ: "at+jwt", kid: jwk.kid, ...changes.header };
  const content = `${encode(header)}.${encode(changes.payload ?? { ...claims, ...changes.claims })}`;
  const signature = await crypto.subtle.sign("Ed25519", privateKey, Buffer.from(content));
  return `${content}.${Buffer.from(signature).toString("base64url")}`;
}

async function verify(
  text: string,
  expected: Partial<typeof EXPECTED & { ignoreExpiry: boolean }> = {},
): Promise<string> {
  const result = await verifyAccessToken(keySet, text, { ...EXPECTED, ...expected });
  return result.ok ? "ok" : result.reason;
}

describe("signAccessToken", () => {
  it("writes RFC 9068 claims under a header of three parameters", async () => {
    const [header = "", payload = ""] = token.split(".").map((part) => Buffer.from(part, "base64url").toString());
    expect(JSON.parse(header)).toEqual({ alg: "EdDSA", typ: "at+jwt", kid: jwk.kid });
    expect(JSON.parse(payload)).toEqual(claims);
    expect(claims).toEqual({
      iss: "https://auth.example.com",
      aud: "booking",
      sub: "42",
      iat: SECONDS,
      exp: SECONDS + 600,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      sid: INPUT.sessionId,
      role: 1,
      permissions: ["users:read", "*"],
      amr: ["pwd", "otp"],
      auth_time: SECONDS - 3600,
    });
    const again = await signAccessToken(keySet, INPUT);
    expect(again.claims.jti).not.toBe(claims.jti);
  });

  it("refuses to make a token that is too long for every verifier", async () => {
    const permissions = Array.from({ length: 400 }, (_, index) => `permission:${index}`);
    await expect(signAccessToken(keySet, { ...INPUT, permissions })).rejects.toThrow(RangeError);
  });
});

describe("verifyAccessToken", () => {
  it("returns the claims", async () => {
    expect(await verifyAccessToken(keySet, token, EXPECTED)).toEqual({ ok: true, claims });
    expect(await verify(await forge({}))).toBe("ok");
  });

  it("leaves out unchecked claims", async () => {
    const result = await verifyAccessToken(keySet, await forge({ claims: { admin: true } }), EXPECTED);
    expect(result).toEqual({ ok: true, claims });
  });

  it.each([
    [0, "ok"],
    [604, "ok"],
    [605, "token_expired"],
    [606, "token_expired"],
    [1e6, "token_expired"],
    [-5, "ok"],
    [-6, "token_not_yet_valid"],
  ])("says at %i s after issue: %s", async (seconds, reason) => {
    expect(await verify(token, { now: new Date((SECONDS + seconds) * 1000) })).toBe(reason);
  });

  it("lets a logout use an expired token, and no other invalid one", async () => {
    const late = { now: new Date((SECONDS + 1e6) * 1000), ignoreExpiry: true };
    expect((await verifyAccessToken(keySet, token, { ...EXPECTED, ...late })).ok).toBe(true);
    const early = { now: new Date((SECONDS - 6) * 1000), ignoreExpiry: true };
    expect((await verifyAccessToken(keySet, token, { ...EXPECTED, ...early })).ok).toBe(false);
    const [header, , signature] = token.split(".");
    expect(await verify(`${header}.${encode({ ...claims, sub: "1" })}.${signature}`, late)).toBe("token_invalid");
    expect(await verify(await forge({ claims: { exp: "never" } }), late)).toBe("token_invalid");
  });

  it("uses the clock when no time is given", async () => {
    const { issuer, audience } = EXPECTED;
    const fresh = await signAccessToken(keySet, { ...INPUT, now: new Date() });
    const stale = await signAccessToken(keySet, { ...INPUT, now: new Date(Date.now() - 700_000) });
    expect((await verifyAccessToken(keySet, fresh.token, { issuer, audience })).ok).toBe(true);
    expect((await verifyAccessToken(keySet, stale.token, { issuer, audience })).ok).toBe(false);
  });

  it("honours an nbf", async () => {
    expect(await verify(await forge({ claims: { nbf: SECONDS + 5 } }))).toBe("ok");
    expect(await verify(await forge({ claims: { nbf: SECONDS + 6 } }))).toBe("token_not_yet_valid");
    expect(await verify(await forge({ claims: { nbf: "0" } }))).toBe("token_invalid");
  });

  it("requires the exact issuer and audience", async () => {
    expect(await verify(token, { issuer: "https://auth.example.com/" })).toBe("token_invalid");
    expect(await verify(token, { issuer: "https://evil.example.com" })).toBe("token_invalid");
    for (const audience of ["other", "Booking", "book", "booking ", ""]) {
      expect(await verify(token, { audience }), audience).toBe("audience_mismatch");
    }
  });

  it("takes an audience list that contains the expected one", async () => {
    expect(await verify(await forge({ claims: { aud: ["studio", "booking"] } }))).toBe("ok");
    expect(await verify(await forge({ claims: { aud: ["studio", "bookings"] } }))).toBe("audience_mismatch");
    for (const aud of [[], "", [""], [["booking"]], ["booking", 1], null, { booking: true }]) {
      expect(await verify(await forge({ claims: { aud } })), JSON.stringify(aud)).toBe("token_invalid");
    }
    const { token: listed } = await signAccessToken(keySet, { ...INPUT, audience: ["studio", "booking"] });
    expect(await verify(listed)).toBe("ok");
  });

  it.each([
    [
      "sub",
      [undefined, "", 42, null, ["42"], { toString: "42" }, "abc", "0", "042", "-1", "1e3", " 42", "4.2", "2147483648"],
    ],
    ["iss", [undefined, null, ["https://auth.example.com"]]],
    ["iat", [undefined, String(SECONDS), SECONDS + 0.5, -1, null, [SECONDS], 2 ** 60]],
    ["exp", [undefined, String(SECONDS + 600), SECONDS + 0.5, -1, null, true, 1e300, {}]],
    ["jti", [undefined, 7, "", null]],
    [
      "sid",
      [undefined, 7, "", null, "x", INPUT.sessionId.toUpperCase(), `${INPUT.sessionId}0`, `{${INPUT.sessionId}}`],
    ],
    ["role", [undefined, "1", 1.5, null, [1], true, -1, 2 ** 31]],
    ["permissions", [undefined, "*", { 0: "*" }, ["*", 1], [null], [["*"]], null]],
    ["amr", [undefined, "pwd", [1], null]],
    ["auth_time", [undefined, "0", 0.5, null]],
  ])("refuses a genuine token whose %s is missing or of another type", async (name, values) => {
    for (const value of values) {
      expect(await verify(await forge({ claims: { [name]: value } })), JSON.stringify(value)).toBe("token_invalid");
    }
  });

  it("refuses a payload that is not a JSON object", async () => {
    for (const payload of ["", "null", "[]", '"text"', "7", `[${JSON.stringify(claims)}]`, "{", "\uFEFF{}"]) {
      expect(await verify(await forge({ payload })), payload).toBe("token_malformed");
    }
  });

  it("refuses 8 KiB and more before reading anything", async () => {
    const padded = await forge({ claims: { padding: "x".repeat(8192) } });
    expect(await verify(padded)).toBe("token_malformed");
    expect(await verify(".".repeat(1_000_000))).toBe("token_malformed");
    expect(await verify(await forge({ claims: { padding: "x".repeat(5000) } }))).toBe("ok");
  });
});

describe("a token that was verified before", () => {
  it("skips the signature check", async () => {
    const checks = vi.spyOn(crypto.subtle, "verify");
    const { token } = await signAccessToken(keySet, INPUT);
    expect(await verify(token)).toBe("ok");
    expect(await verify(token)).toBe("ok");
    expect(checks).toHaveBeenCalledTimes(1);
    checks.mockRestore();
  });

  it("is checked again for issuer, audience and time", async () => {
    expect(await verify(token)).toBe("ok");
    expect(await verify(token, { issuer: "https://other.example.com" })).toBe("token_invalid");
    expect(await verify(token, { audience: "other" })).toBe("audience_mismatch");
    expect(await verify(token, { now: new Date(NOW.getTime() - 60_000) })).toBe("token_not_yet_valid");
    expect(await verify(token, { now: new Date(NOW.getTime() + 606_000) })).toBe("token_expired");
  });

  it("is unknown to another key set", async () => {
    expect(await verify(token)).toBe("ok");
    const other = await importKeySet(await generateKeySet());
    expect(await verifyAccessToken(other, token, EXPECTED)).toEqual({ ok: false, reason: "token_invalid" });
  });

  it("gives the same claims again, whatever a caller did to the first ones", async () => {
    const first = await verifyAccessToken(keySet, token, EXPECTED);
    if (!first.ok) throw new Error(first.reason);
    first.claims.permissions.push("*:*");
    first.claims.amr.length = 0;
    first.claims.sub = "1";
    expect(await verifyAccessToken(keySet, token, EXPECTED)).toEqual({ ok: true, claims });
  });

  it("makes room for others, with at most a thousand kept", async () => {
    const checks = vi.spyOn(crypto.subtle, "verify");
    const tokens = await Promise.all(
      Array.from({ length: 1_001 }, async () => (await signAccessToken(keySet, INPUT)).token),
    );
    for (const each of tokens) await verify(each);
    checks.mockClear();
    await verify(tokens.at(-1)!);
    expect(checks).not.toHaveBeenCalled();
    await verify(tokens[0]!);
    expect(checks).toHaveBeenCalledTimes(1);
    checks.mockRestore();
  });
});

describe("a forged header", () => {
  it.each<[string, Json]>([
    ["alg none", { alg: "none" }],
    ["alg None", { alg: "None" }],
    ["alg eddsa", { alg: "eddsa" }],
    ["alg Ed25519", { alg: "Ed25519" }],
    ["alg HS256", { alg: "HS256" }],
    ["no alg", { alg: undefined }],
    ["alg as a list", { alg: ["EdDSA"] }],
    ["typ JWT", { typ: "JWT" }],
    ["typ of a link", { typ: "link+jwt" }],
    ["typ with a media type", { typ: "application/at+jwt" }],
    ["typ AT+JWT", { typ: "AT+JWT" }],
    ["no typ", { typ: undefined }],
    ["no kid", { kid: undefined }],
    ["an empty kid", { kid: "" }],
    ["an unknown kid", { kid: "unknown" }],
    ["kid __proto__", { kid: "__proto__" }],
    ["kid constructor", { kid: "constructor" }],
    ["kid as a number", { kid: 0 }],
    ["kid as a path", { kid: "../../dev/null" }],
    ["crit", { crit: ["exp"] }],
    ["crit with its extension", { crit: ["x"], x: 1 }],
    ["an empty crit", { crit: [] }],
    ["b64", { b64: true }],
    ["b64 false", { b64: false, crit: ["b64"] }],
    ["jwk", { jwk: { kty: "OKP", crv: "Ed25519", x: "AAAA" } }],
    ["jku", { jku: "https://evil.example.com/jwks.json" }],
    ["x5u", { x5u: "https://evil.example.com/cert.pem" }],
    ["x5c", { x5c: ["AAAA"] }],
    ["x5t", { x5t: "AAAA" }],
    ["cty", { cty: "JWT" }],
    ["zip", { zip: "DEF" }],
    ["anything else", { anything: 1 }],
  ])("with %s is refused, even under our own signature", async (_name, header) => {
    expect(await verify(await forge({ header }))).toBe("token_invalid");
  });

  it("that is not a JSON object is refused", async () => {
    for (const headerText of ["", "null", "[]", "EdDSA", "{", '{"alg":"EdDSA",}']) {
      expect(await verify(await forge({ headerText })), headerText).toBe("token_malformed");
    }
  });
});

describe("a forged signature", () => {
  it("by nobody (alg none) is refused", async () => {
    const [header = "", payload = ""] = token.split(".");
    for (const alg of ["none", "None", "NONE", "nOnE", ""]) {
      const unsigned = encode({ alg, typ: "at+jwt", kid: jwk.kid });
      for (const text of [`${unsigned}.${payload}.`, `${unsigned}.${payload}.AA`]) {
        expect(await verify(text), alg).toBe("token_invalid");
      }
    }
    expect(await verify(`${header}.${payload}.`)).toBe("token_invalid");
    expect(await verify(`${header}.${payload}`)).toBe("token_malformed");
  });

  it("by HMAC under our public key, in every encoding of it, is refused", async () => {
    const raw = Buffer.from(jwk.x, "base64url");
    const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]);
    const pem = `-----BEGIN PUBLIC KEY-----\n${spki.toString("base64")}\n-----END PUBLIC KEY-----`;
    const publicJwk = JSON.stringify({ kty: "OKP", crv: "Ed25519", x: jwk.x });
    const keys = [raw, jwk.x, raw.toString("hex"), raw.toString("base64"), spki, pem, `${pem}\n`, publicJwk, jwk.kid];
    for (const key of keys) {
      const hmac = await crypto.subtle.importKey("raw", Buffer.from(key), { name: "HMAC", hash: "SHA-256" }, false, [
        "sign",
      ]);
      for (const alg of ["HS256", "EdDSA"]) {
        const content = `${encode({ alg, typ: "at+jwt", kid: jwk.kid })}.${token.split(".")[1]}`;
        const signature = await crypto.subtle.sign("HMAC", hmac, Buffer.from(content));
        expect(await verify(`${content}.${Buffer.from(signature).toString("base64url")}`), alg).toBe("token_invalid");
      }
    }
  });

  it("by an attacker's key is refused, whatever headers it has", async () => {
    const [theirs] = (JSON.parse(await generateKeySet()) as { keys: [typeof jwk] }).keys;
    const key = await importPrivate(theirs);
    const bring = { jwk: { kty: "OKP", crv: "Ed25519", x: theirs.x, kid: jwk.kid } };
    for (const extra of [{}, bring, { kid: theirs.kid }, { ...bring, kid: theirs.kid }]) {
      const content = `${encode({ alg: "EdDSA", typ: "at+jwt", kid: jwk.kid, ...extra })}.${token.split(".")[1]}`;
      const signature = await crypto.subtle.sign("Ed25519", key, Buffer.from(content));
      expect(await verify(`${content}.${Buffer.from(signature).toString("base64url")}`)).toBe("token_invalid");
    }
  });

  it("with S + L in place of S is refused (RFC 8032 §5.1.7)", async () => {
    const [header = "", payload = "", signature = ""] = token.split(".");
    const bytes = Buffer.from(signature, "base64url");
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${Buffer.from(bytes.subarray(32).toReversed()).toString("hex")}`) + order;
    const other = Buffer.from(s.toString(16).padStart(64, "0"), "hex").toReversed();
    const malleated = Buffer.concat([bytes.subarray(0, 32), other]).toString("base64url");
    expect(await verify(`${header}.${payload}.${malleated}`)).toBe("token_invalid");
  });
});

describe("a token changed in transit", () => {
  it("is refused with any bit flipped in any part", async () => {
    const parts = token.split(".").map((part) => Buffer.from(part, "base64url"));
    for (const [index, part] of parts.entries()) {
      for (let byte = 0; byte < part.length; byte++) {
        const flipped = Buffer.from(part);
        flipped[byte]! ^= 1 << (byte % 8);
        const changed = parts
          .map((other, place) => (place === index ? flipped : other).toString("base64url"))
          .join(".");
        expect(await verify(changed), `part ${index}, byte ${byte}`).not.toBe("ok");
      }
    }
  });

  it("is refused with another token's payload", async () => {
    const [header, , signature] = token.split(".");
    const admin = encode({ ...claims, sub: "1" });
    expect(await verify(`${header}.${admin}.${signature}`)).toBe("token_invalid");
  });

  it("is refused in every other spelling of the same signature", async () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = alphabet.indexOf(token.at(-1)!);
    for (let bits = 1; bits < 16; bits++) {
      const spelling = token.slice(0, -1) + alphabet[last ^ bits];
      expect(Buffer.from(spelling.split(".")[2]!, "base64url")).toEqual(Buffer.from(token.split(".")[2]!, "base64url"));
      expect(await verify(spelling)).toBe("token_malformed");
    }
    const signed = token.lastIndexOf(".") + 1;
    const standard = token.slice(0, signed) + Buffer.from(token.slice(signed), "base64url").toString("base64");
    const spellings = [`${token}=`, `${token}==`, `${token}\n`, ` ${token}`, `${token} `, `${token}.`, `.${token}`];
    const inside = [`${token.slice(0, -4)}\n${token.slice(-4)}`, `${token.slice(0, -4)} ${token.slice(-4)}`, standard];
    for (const spelling of [...spellings, ...inside, `Bearer ${token}`, `${token}\0`]) {
      expect(await verify(spelling), JSON.stringify(spelling.slice(-20))).toBe("token_malformed");
    }
    expect(await verify(`${token}A`)).toBe("token_invalid");
  });

  it("is refused when truncated at any length, and so is junk", async () => {
    for (let length = 0; length < token.length; length++) {
      expect(await verify(token.slice(0, length)), String(length)).not.toBe("ok");
    }
    for (const junk of ["", ".", "..", "...", "a.b.c", "null", "{}", "🔐.🔐.🔐", "e30.e30.e30", "\0"]) {
      expect(await verify(junk), junk).not.toBe("ok");
    }
  });
});
