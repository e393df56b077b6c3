import { describe, expect, it } from "vitest";
import {
  allPublicJwks,
  generateKeySet,
  importKeySet,
  publicJwks,
  signAccessToken,
  verifyAccessToken,
} from "../../src/crypto/access-token.ts";

interface Jwk {
  kid: string;
  x: string;
  d?: string;
}

const EXPECTED = { issuer: "https://auth.example.com", audience: "api" };

/** The keys of access tokens. */
function parse(keys: string): [Jwk, ...Jwk[]] {
  return (JSON.parse(keys) as { keys: (Jwk & { kty: string })[] }).keys.filter(
    ({ kty }) => kty === "OKP",
  ) as unknown as [Jwk, ...Jwk[]];
}

/** The keys of ID tokens. */
function identityKeysIn(keys: string): Record<string, string>[] {
  return (JSON.parse(keys) as { keys: Record<string, string>[] }).keys.filter(
    ({ kty }) => kty === "RSA" || kty === "EC",
  );
}

async function sign(keys: string): Promise<string> {
  const { token } = await signAccessToken(await importKeySet(keys), {
    ...EXPECTED,
    subject: "1",
    sessionId: crypto.randomUUID(),
    role: 0,
    permissions: [],
    amr: ["pwd"],
    authenticatedAt: new Date(),
    ttlSeconds: 600,
  });
  return token;
}

async function verify(keys: string, token: string): Promise<string> {
  const result = await verifyAccessToken(await importKeySet(keys), token, EXPECTED);
  return result.ok ? "ok" : result.reason;
}

describe("generateKeySet", () => {
  it("generates one private Ed25519 key with its RFC 7638 thumbprint as kid", async () => {
    const [key, ...others] = parse(await generateKeySet());
    expect(others).toEqual([]);
    const canonical = `{"crv":"Ed25519","kty":"OKP","x":"${key.x}"}`;
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical));
    expect(key).toEqual({
      kty: "OKP",
      crv: "Ed25519",
      x: key.x,
      d: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      kid: Buffer.from(digest).toString("base64url"),
      alg: "EdDSA",
      use: "sig",
    });
  });

  it("puts the new key first and keeps only the public keys of the old ones", async () => {
    const first = await generateKeySet();
    const second = await generateKeySet(first);
    const third = await generateKeySet(second);
    expect(parse(third).map(({ kid }) => kid)).toEqual(
      [...parse(third).slice(0, 1), ...parse(second)].map(({ kid }) => kid),
    );
    expect(parse(third).map((key) => "d" in key)).toEqual([true, false, false]);
    for (const keys of [first, second]) expect(third).not.toContain(parse(keys)[0].d);
  });

  it("makes a key of each kind for ID tokens too, of which only the public half stays in the next set", async () => {
    const first = await generateKeySet();
    const second = await generateKeySet(first);
    const [old, oldEc] = identityKeysIn(first);
    expect(old).toMatchObject({ alg: "RS256", use: "sig", e: "AQAB" });
    const { n, e, kid } = old!;
    expect(oldEc).toMatchObject({ kty: "EC", crv: "P-256", alg: "ES256", use: "sig" });
    const { d: _, ...publicEc } = oldEc!;
    expect(identityKeysIn(second)).toHaveLength(4);
    expect(identityKeysIn(second).slice(2)).toEqual([{ kty: "RSA", n, e, kid, alg: "RS256", use: "sig" }, publicEc]);
    const keySet = await importKeySet(second);
    const published = allPublicJwks(keySet).keys;
    expect(published.map(({ kty }) => kty)).toEqual(["OKP", "OKP", "RSA", "EC", "RSA", "EC"]);
    for (const secret of [old!["d"], old!["p"], old!["q"], oldEc!["d"]])
      expect(JSON.stringify([published, keySet])).not.toContain(secret);
    for (const { privateKey } of keySet.identity.signing.values()) expect(privateKey.extractable).toBe(false);
    // No access token is verified with it.
    expect([...keySet.verification.keys()]).not.toContain(kid);
  });

  it("takes a set without a key for ID tokens, and refuses one that is too short or has no name", async () => {
    const [key] = parse(await generateKeySet());
    const [identity] = identityKeysIn(await generateKeySet());
    const set = (...keys: unknown[]) => importKeySet(JSON.stringify({ keys }));
    expect((await set(key)).identity.signing.size).toBe(0);
    const [, ec] = identityKeysIn(await generateKeySet());
    await expect(set(key, { ...ec, crv: "P-384" })).rejects.toThrow("P-256");
    await expect(set(key, { ...ec, y: undefined })).rejects.toThrow("y");
    await expect(set(key, { ...ec, alg: "RS256" })).rejects.toThrow("alg");
    await expect(set(key, { ...identity, n: "AQAB" })).rejects.toThrow("2048 bits");
    await expect(set(key, { ...identity, kid: "" })).rejects.toThrow("kid");
    await expect(set(key, { ...identity, alg: "PS256" })).rejects.toThrow("alg");
    await expect(set(key, { ...identity, kid: key.kid })).rejects.toThrow("two keys");
    await expect(set(identity, key)).rejects.toThrow("Ed25519");
    const wrong = await set(key, { ...identity, d: identity!["p"] }).catch((error: Error) => error.message);
    expect(wrong).not.toContain(identity!["p"]);
  });

  it("refuses to extend a set that it can't read", async () => {
    await expect(generateKeySet("{}")).rejects.toThrow("JWT_KEYS");
  });
});

describe("rotation", () => {
  it("keeps tokens of the old key valid until that key is removed", async () => {
    const before = await generateKeySet();
    const rotated = await generateKeySet(before);
    const old = await sign(before);
    const fresh = await sign(rotated);
    expect(await verify(rotated, old)).toBe("ok");
    expect(await verify(rotated, fresh)).toBe("ok");
    expect(await verify(before, fresh)).toBe("token_invalid");
    const after = JSON.stringify({ keys: parse(rotated).slice(0, 1) });
    expect(await verify(after, fresh)).toBe("ok");
    expect(await verify(after, old)).toBe("token_invalid");
  });

  it("finds a key by its kid alone: another key of the set doesn't work", async () => {
    const rotated = await generateKeySet(await generateKeySet());
    const [fresh, old] = parse(rotated);
    const swapped = JSON.stringify({
      keys: [
        { ...fresh, kid: old!.kid },
        { ...old, kid: fresh.kid },
      ],
    });
    expect(await verify(rotated, await sign(swapped))).toBe("token_invalid");
  });
});

describe("publicJwks", () => {
  it("publishes only public keys, even if the set's old keys are still private", async () => {
    const old = parse(await generateKeySet())[0];
    const fresh = parse(await generateKeySet())[0];
    const keySet = await importKeySet(JSON.stringify({ keys: [fresh, old] }));
    const published = publicJwks(keySet);
    expect(published.keys.map((key) => Object.keys(key).toSorted())).toEqual(
      [0, 1].map(() => ["alg", "crv", "kid", "kty", "use", "x"]),
    );
    expect(published.keys.map(({ kid }) => kid)).toEqual([fresh.kid, old.kid]);
    for (const { d } of [old, fresh]) expect(JSON.stringify([published, keySet])).not.toContain(d);
  });
});

describe("importKeySet", () => {
  it("makes the private key unreadable for any code", async () => {
    const { signing } = await importKeySet(await generateKeySet());
    expect(signing.privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey("jwk", signing.privateKey)).rejects.toThrow();
    expect(signing.privateKey.usages).toEqual(["sign"]);
  });

  it("says what is wrong with a set, and never quotes a key", async () => {
    const key = parse(await generateKeySet())[0];
    const other = parse(await generateKeySet())[0];
    const { d: _, ...publicKey } = key;
    const { kid: __, ...nameless } = key;
    const set = (...keys: unknown[]) => JSON.stringify({ keys });
    const cases: [jwtKeys: string, message: string][] = [
      ["", "is not JSON"],
      [`'${set(key)}'`, "quotes around the whole value"],
      [set(key).slice(0, -3), "is not JSON"],
      [`x${key.d}`, "is not JSON"],
      ["null", '{"keys": […]}'],
      ["[]", '{"keys": […]}'],
      [JSON.stringify(key), '{"keys": […]}'],
      [set(), "at least one key"],
      [set(publicKey, other), "must be private"],
      [set(null), "key 1 must be an Ed25519 key"],
      [set(key, { ...other, crv: "X25519" }), "key 2 must be an Ed25519 key"],
      [set({ kty: "oct", kid: "a", k: key.d }), "key 1 must be an Ed25519 key"],
      [set({ ...key, alg: "HS256" }), 'another "alg"'],
      [set(nameless), 'must have a "kid"'],
      [set({ ...key, kid: "" }), 'must have a "kid"'],
      [set({ ...key, kid: 7 }), 'must have a "kid"'],
      [set(key, { ...other, kid: key.kid }), 'share one "kid"'],
      [set({ ...key, x: "AAAA" }), 'must have "x"'],
      [set({ ...key, d: `${key.d}A` }), 'has a "d"'],
      [set({ ...key, x: other.x }), "t"],
    ];
    for (const [jwtKeys, message] of cases) {
      const error = await importKeySet(jwtKeys).then(
        () => new Error(`accepted: ${message}`),
        (reason: Error) => reason,
      );
      expect(error.message).toContain(message);
      expect(error.message).toMatch(/^JWT_KEYS/);
      expect(error.message).not.toContain(key.d!.slice(0, 8));
      expect(error.cause).toBeUndefined();
    }
  });
});
