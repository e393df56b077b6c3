/** docs/security.md, "Sessions and tokens": access tokens that somebody else forged, changed or borrowed. */
import { beforeAll, describe, expect, it } from "vitest";
import {
  encodeJson,
  goodClaims,
  HEADER,
  SIGNING_KEY,
  signWithHmac,
  signWithOtherKey,
  signWithOurKey,
} from "../support/access-tokens.ts";
import { expectProblem, fingerprint } from "../support/contract.ts";
import { claimsOf, database, del, get, PASSWORD, post, put, registerMember, type Member } from "../support/service.ts";

/** Every way in which an access token alone grants access. */
const DOORS: Record<string, (token: string) => ReturnType<typeof get>> = {
  "GET /api/auth/profile": (token) => get("/api/auth/profile", { token }),
  "GET /api/users/me": (token) => get("/api/users/me", { token }),
  "PUT /api/auth/profile": (token) => put("/api/auth/profile", { nom: "Intruse" }, { token }),
  "PUT /api/auth/change-password": (token) =>
    put("/api/auth/change-password", { currentPassword: PASSWORD, newPassword: "Le choix de l'intruse" }, { token }),
  "DELETE /api/auth/account": (token) => del("/api/auth/account", { token }),
};

let member: Member;
let forgeries: Map<string, string>;

beforeAll(async () => {
  member = await registerMember();
  const claims = goodClaims(member.userId, claimsOf(member.token)["sid"]);
  const [header, payload, signature] = member.token.split(".") as [string, string, string];
  const unsigned = (alg: string) => `${encodeJson({ ...HEADER, alg })}.${encodeJson(claims)}`;
  const attackerJwk = { kty: "OKP", crv: "Ed25519", x: "2GqZ6cRzH0K3S3Cnjzv9h4mKkR1yFqJYwVqE3i8v7bM" };
  const now = Math.floor(Date.now() / 1000);
  forgeries = new Map([
    ["a word", "x"],
    ["three words", "a.b.c"],
    ["alg none", `${unsigned("none")}.`],
    ["alg None", `${unsigned("None")}.`],
    ["alg NONE", `${unsigned("NONE")}.`],
    ["alg nOnE with a signature", `${unsigned("nOnE")}.${signature}`],
    ["alg none, no third part", unsigned("none")],
    ["no alg", await signWithOurKey(claims, { typ: "at+jwt", kid: HEADER.kid })],
    ["alg Ed25519", await signWithOurKey(claims, { ...HEADER, alg: "Ed25519" })],
    ["alg ES256", await signWithOurKey(claims, { ...HEADER, alg: "ES256" })],
    ["alg in an array", await signWithOurKey(claims, { ...HEADER, alg: ["EdDSA"] })],
    ["HS256 under the public key", await signWithHmac(SIGNING_KEY.x, claims, { ...HEADER, alg: "HS256" })],
    [
      "HS256 under the public JWK",
      await signWithHmac(
        JSON.stringify({
          kty: "OKP",
          crv: "Ed25519",
          x: SIGNING_KEY.x,
          kid: SIGNING_KEY["kid"],
          alg: "EdDSA",
          use: "sig",
        }),
        claims,
        { ...HEADER, alg: "HS256" },
      ),
    ],
    ["HS256 under nothing but a space", await signWithHmac(" ", claims, { ...HEADER, alg: "HS256" })],
    ["an HMAC that claims to be EdDSA", await signWithHmac(SIGNING_KEY.x, claims, HEADER)],
    ["another key under our kid", await signWithOtherKey(claims)],
    ["an unknown kid", await signWithOurKey(claims, { ...HEADER, kid: "test-2" })],
    ["no kid", await signWithOurKey(claims, { alg: "EdDSA", typ: "at+jwt" })],
    ["a kid that is a path", await signWithOurKey(claims, { ...HEADER, kid: "../../dev/null" })],
    ["a kid of Object.prototype", await signWithOurKey(claims, { ...HEADER, kid: "__proto__" })],
    ["typ JWT", await signWithOurKey(claims, { ...HEADER, typ: "JWT" })],
    ["typ of another kind of ours", await signWithOurKey(claims, { ...HEADER, typ: "ticket+jwt" })],
    ["no typ", await signWithOurKey(claims, { alg: "EdDSA", kid: HEADER.kid })],
    ["crit", await signWithOurKey(claims, { ...HEADER, crit: ["exp"] })],
    ["b64 false", await signWithOurKey(claims, { ...HEADER, b64: false, crit: ["b64"] })],
    ["an embedded jwk", await signWithOtherKey(claims, { ...HEADER, jwk: attackerJwk })],
    ["an embedded jwk, signed by us", await signWithOurKey(claims, { ...HEADER, jwk: attackerJwk })],
    ["jku", await signWithOtherKey(claims, { ...HEADER, jku: "https://evil.example/jwks.json" })],
    ["x5u", await signWithOtherKey(claims, { ...HEADER, x5u: "https://evil.example/x.pem" })],
    ["another issuer", await signWithOurKey({ ...claims, iss: "https://evil.example" })],
    ["an issuer with an extra slash", await signWithOurKey({ ...claims, iss: `${String(claims["iss"])}/` })],
    ["another audience", await signWithOurKey({ ...claims, aud: "booking" })],
    ["no audience", await signWithOurKey({ ...claims, aud: undefined })],
    ["an empty list of audiences", await signWithOurKey({ ...claims, aud: [] })],
    ["expired", await signWithOurKey({ ...claims, iat: now - 700, exp: now - 100 })],
    ["without an expiry", await signWithOurKey({ ...claims, exp: undefined })],
    ["an expiry that is text", await signWithOurKey({ ...claims, exp: "9999999999" })],
    ["from the future", await signWithOurKey({ ...claims, iat: now + 100 })],
    ["not valid until later", await signWithOurKey({ ...claims, nbf: now + 100 })],
    ["without a session", await signWithOurKey({ ...claims, sid: undefined })],
    ["without a subject", await signWithOurKey({ ...claims, sub: undefined })],
    ["a subject that is a number", await signWithOurKey({ ...claims, sub: member.userId })],
    ["a subject that is a word", await signWithOurKey({ ...claims, sub: "abc" })],
    ["a subject beyond the largest id", await signWithOurKey({ ...claims, sub: "3000000000" })],
    ["a session that is no UUID", await signWithOurKey({ ...claims, sid: "x" })],
    ["claims that are a list", await signWithOurKey([claims])],
    ["claims that are null", await signWithOurKey(null)],
    [
      "a changed claim",
      `${header}.${encodeJson({ ...claimsOf(member.token), role: 1, permissions: ["*"] })}.${signature}`,
    ],
    ["a changed header", `${encodeJson({ ...HEADER, x: 1 })}.${payload}.${signature}`],
    ["a cut signature", `${header}.${payload}.${signature.slice(0, -2)}`],
    ["no signature", `${header}.${payload}.`],
    ["two extra dots", `${member.token}..`],
    ["padding", `${member.token}=`],
    ["our refresh token", member.refreshToken],
    ["nine thousand characters", `${header}.${"A".repeat(9_000)}.${signature}`],
  ]);
});

describe("an access token that is refused: ", () => {
  it("a forged one: alg none, HS256 with the public key, another key, kid, type, issuer, audience or time", async () => {
    const trips = await database.tripsOf(async () => {
      for (const [door, open] of Object.entries(DOORS)) {
        const refusals = new Map<string, string>();
        for (const [name, token] of forgeries) {
          const answer = await open(token);
          expect([door, name, answer.status]).toEqual([door, name, 401]);
          expectProblem(answer, "invalid_token");
          expect(answer.headers.get("WWW-Authenticate"), door).toBe(
            'Bearer error="invalid_token", error_description="invalid_token"',
          );
          refusals.set(fingerprint(answer), name);
        }
        expect([door, [...refusals.values()].length]).toEqual([door, 1]);
      }
    });
    expect(trips).toBe(0);
  });

  it("telling a forged token from an ended session by the answer", async () => {
    const other = await registerMember();
    await post("/api/auth/logout", {}, { token: other.token });
    for (const open of Object.values(DOORS)) {
      expect(fingerprint(await open(other.token))).toBe(fingerprint(await open(forgeries.get("alg none")!)));
    }
  });

  it("a forged one at verify-token, strict or not", async () => {
    const trips = await database.tripsOf(async () => {
      for (const [name, token] of forgeries) {
        for (const strict of [false, true]) {
          const { status, body } = await post("/api/auth/verify-token", { token, strict });
          // Longer than 8,192 characters: the schema refuses it.
          if (token.length > 8_192) expect(status, JSON.stringify(strict)).toBe(422);
          else
            expect([name, status, body], JSON.stringify(strict)).toEqual([
              name,
              200,
              { active: false, reason: expect.any(String) },
            ]);
        }
      }
    });
    expect(trips).toBe(0);
  });

  it("a forged one at logout, to end somebody else's session", async () => {
    for (const token of forgeries.values()) {
      if (token === forgeries.get("expired")) continue;
      await post("/api/auth/logout", undefined, { token });
    }
    expect((await get("/api/auth/profile", { token: member.token })).status).toBe(200);
  });

  it("a genuine signature on another session or subject", async () => {
    const other = await registerMember();
    for (const claims of [
      goodClaims(other.userId, claimsOf(member.token)["sid"]),
      goodClaims(member.userId, claimsOf(other.token)["sid"]),
      goodClaims(member.userId, crypto.randomUUID()),
    ]) {
      expectProblem(await get("/api/auth/profile", { token: await signWithOurKey(claims) }), "invalid_token");
    }
  });

  it("a genuine one that claims a role and permissions that the account doesn't have", async () => {
    const claims = { ...goodClaims(member.userId, claimsOf(member.token)["sid"]), role: 1, permissions: ["*"] };
    const token = await signWithOurKey(claims);
    expect((await get("/api/auth/profile", { token })).body.user).toMatchObject({ role: 0, permissions: [] });
    expect((await get("/api/admin/users", { token })).status).toBe(403);
  });
});

describe("an Authorization header that is refused: ", () => {
  it("two tokens, another scheme, or none, in the Authorization header", async () => {
    const open = async (value: string) =>
      (await get("/api/auth/profile", { headers: { Authorization: value } })).status;
    expect(await open(`bearer ${member.token}`)).toBe(200);
    expect(await open(`BEARER  ${member.token} `)).toBe(200);
    for (const value of [
      member.token,
      `Bearer${member.token}`,
      `Bearer ${member.token} x`,
      `Bearer ${member.token},Bearer ${member.token}`,
      `Token ${member.token}`,
      `Basic ${btoa(`${member.token}:`)}`,
    ]) {
      expect(await open(value), value).toBe(401);
    }
  });
});
