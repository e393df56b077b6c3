/** Our signatures and those of jose, which nobody here wrote: each reads what the other signs, and both refuse the same. */
import * as jose from "jose";
import { describe, expect, it } from "vitest";
import {
  generateJwk,
  importJwk,
  readJws,
  signJws,
  verifyByKeys,
  type JwsAlgorithm,
  type PublishedKey,
} from "../../src/crypto/jws.ts";

const CLAIMS = { sub: "1", name: "Zoë" };
const publicOf = ({ d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...jwk }: PublishedKey): PublishedKey => jwk;
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe.each(["RS256", "ES256", "EdDSA", "Ed25519"] as const)("%s", (alg: JwsAlgorithm) => {
  it("of ours is read by jose, which finds the same name for the key", async () => {
    const jwk = await generateJwk(alg);
    const token = await signJws({ alg, kid: jwk.kid }, CLAIMS, await importJwk(jwk, alg, "sign"));
    const keys = jose.createLocalJWKSet({ keys: [publicOf(jwk)] });
    expect((await jose.jwtVerify(token, keys)).payload).toEqual(CLAIMS);
    expect(jwk.kid).toBe(await jose.calculateJwkThumbprint(publicOf(jwk) as jose.JWK));
  });

  it("of jose is read by us, and nothing that differs from it", async () => {
    const jwk = await generateJwk(alg);
    const key = publicOf(jwk);
    const sign = async (header: object, by = jwk) =>
      new jose.SignJWT(CLAIMS).setProtectedHeader({ alg, kid: jwk.kid, ...header }).sign(await jose.importJWK(by, alg));
    const token = await sign({});
    expect(await verifyByKeys(token, [{ kty: "oct" }, key])).toEqual({ alg, claims: CLAIMS });
    expect(await verifyByKeys(await sign({ kid: undefined }), [key])).toMatchObject({ alg });

    const [header = "", payload = "", signature = ""] = token.split(".");
    const other = await generateJwk(alg);
    const spoiled: Record<string, string> = {
      "other claims": `${header}.${encode({ sub: "2" })}.${signature}`,
      "another header": `${encode({ alg, kid: jwk.kid, typ: "x" })}.${payload}.${signature}`,
      "no signature": `${header}.${payload}.`,
      "half a signature": `${header}.${payload}.${signature.slice(0, 40)}`,
      "a fourth part": `${token}.`,
      "alg none": `${encode({ alg: "none", kid: jwk.kid })}.${payload}.`,
      "alg of the prototype": `${encode({ alg: "toString", kid: jwk.kid })}.${payload}.${signature}`,
      "a number as alg": `${encode({ alg: 1, kid: jwk.kid })}.${payload}.${signature}`,
      "something to understand": `${encode({ alg, kid: jwk.kid, crit: ["b64"], b64: false })}.${payload}.${signature}`,
      "a list as claims": `${header}.${encode([])}.${signature}`,
      "another key": await sign({}, other),
    };
    for (const [what, text] of Object.entries(spoiled)) expect(await verifyByKeys(text, [key]), what).toBe("invalid");

    const unfit: Record<string, PublishedKey> = {
      "another name": { ...key, kid: "b" },
      "another algorithm": { ...key, alg: "PS256" },
      "another use": { ...key, use: "enc" },
      "another act": { ...key, key_ops: ["encrypt"] },
      "another kind": { ...key, kty: "oct" },
      ...(alg === "RS256"
        ? { "too short a modulus": { ...key, n: key.n!.slice(0, 171) } }
        : { "another curve": { ...key, crv: "P-384" } }),
    };
    for (const [what, jwkOf] of Object.entries(unfit)) {
      expect(await verifyByKeys(token, [jwkOf]), what).toBe("no_key");
      if (what !== "another act" && what !== "too short a modulus")
        await expect(
          jose.jwtVerify(token, jose.createLocalJWKSet({ keys: [jwkOf as jose.JWK] })),
          what,
        ).rejects.toThrow();
    }
  });
});

it("junk is no signature", () => {
  for (const junk of [
    "",
    ".",
    "..",
    "a.b.c",
    "e30.e30",
    "bnVsbA.e30.",
    `${encode({})}.${Buffer.from([0xff]).toString("base64url")}.`,
  ])
    expect(readJws(junk), junk).toBeUndefined();
});
