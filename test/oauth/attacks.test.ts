/** docs/security.md, "Applications": one kind of token shown in the place of another, forged hints, and floods. */
import { env, exports } from "cloudflare:workers";
import * as jose from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import type { TokenVerifierBinding } from "../../src/verifier/contract.ts";
import {
  authorizeUrl,
  codeFor,
  exchange,
  nextOf,
  open,
  registerClient,
  sendForm,
  type Credentials,
} from "../support/applications.ts";
import { AUDIENCE, ISSUER } from "../support/bindings.ts";
import { registerWithCookie } from "../support/cookies.ts";
import { claimsOf, get, post, registerMember } from "../support/service.ts";

const BACK = "https://rp.example.test/bye";
const service = (exports as unknown as { TokenVerifier: TokenVerifierBinding }).TokenVerifier;

let client: Credentials;
let other: Credentials;
let session: { token: string; refreshToken: string };
let code: string;
let cookie: string;
/** A person's, of an application, and for this service's own audience. */
let own: string;
let tokens: Record<"access_token" | "refresh_token" | "id_token", string>;

beforeAll(async () => {
  [client, other, session] = await Promise.all([
    registerClient({ postLogoutRedirectUris: [BACK] }),
    registerClient({ postLogoutRedirectUris: ["https://other.example.test/bye"] }),
    registerMember(),
  ]);
  ({ cookie } = await registerWithCookie());
  tokens = (await exchange(client, (await codeFor(client, cookie)).searchParams.get("code")!)).body;
  const reader = await registerClient({ permissions: ["articles:read"] });
  const asked = (await codeFor(reader, cookie, { scope: "articles:read" })).searchParams.get("code")!;
  own = (await exchange(reader, asked)).body.access_token;
  code = (await codeFor(client, cookie)).searchParams.get("code")!;
});

describe("In the place of a token of one kind, another is refused:", () => {
  it("as an access token, an ID token that the same key has signed, and the other way round", async () => {
    const reader = await registerClient({ idTokenAlgorithm: "EdDSA", permissions: ["articles:read"] });
    const given = (await codeFor(reader, cookie, { scope: "openid articles:read" })).searchParams.get("code")!;
    const { id_token, access_token } = (await exchange(reader, given)).body;
    const [id, access] = [jose.decodeProtectedHeader(id_token), jose.decodeProtectedHeader(access_token)];
    expect([id.kid, id.typ, access.typ]).toEqual([access.kid, "JWT", "at+jwt"]);
    for (const audience of [AUDIENCE, reader.client_id])
      expect(await service.verify(id_token, { audience })).toMatchObject({ ok: false });
    expect((await get("/oauth/userinfo", { token: id_token })).status).toBe(401);
    const ask = authorizeUrl(reader, { prompt: "none", id_token_hint: access_token });
    expect(nextOf(await open(ask, cookie))?.searchParams.get("error")).toBe("login_required");
  });

  it("as a Bearer token of this service's own routes", async () => {
    for (const [name, token] of Object.entries({ ...tokens, code, own }))
      expect((await get("/api/users/me", { token })).status, name).toBe(401);
  });

  it("as a Bearer token at other Workers", async () => {
    for (const name of ["refresh_token", "id_token"] as const)
      for (const audience of [AUDIENCE, client.client_id])
        expect(await service.verify(tokens[name], { audience }), `${name} for ${audience}`).toMatchObject({
          ok: false,
        });
    // Its audience is `userinfo` alone.
    expect(await service.verify(tokens.access_token)).toMatchObject({ code: "audience_mismatch" });
  });

  it("at `userinfo`", async () => {
    for (const [name, token] of Object.entries({
      refresh: tokens.refresh_token,
      id: tokens.id_token,
      code,
      session: session.token,
      "session's refresh": session.refreshToken,
    }))
      expect((await get("/oauth/userinfo", { token })).status, name).toBe(401);
  });

  it("as a refresh token of an application", async () => {
    for (const [name, refresh_token] of Object.entries({
      access: tokens.access_token,
      id: tokens.id_token,
      code,
      session: session.refreshToken,
    })) {
      const answer = await sendForm("/oauth/token", { grant_type: "refresh_token", ...client, refresh_token });
      // What is too long to be one is no request.
      expect(["invalid_grant", "invalid_request"], name).toContain(answer.body.error);
    }
  });

  it("as a code", async () => {
    for (const [name, value] of Object.entries({ ...tokens, session: session.refreshToken })) {
      const answer = await exchange(client, value);
      expect([answer.status, answer.body.error], name).toEqual([400, "invalid_grant"]);
    }
  });

  it("as a session's refresh token", async () => {
    for (const [name, refreshToken] of Object.entries({ ...tokens, code }))
      expect((await post("/api/auth/refresh", { refreshToken })).status, name).toBeGreaterThan(399);
    expect((await post("/api/auth/refresh", { refreshToken: session.refreshToken })).status).toBe(200);
  });
});

describe("A hint at sign-out, or of who is meant, counts for nothing", () => {
  const encode = (value: object) => jose.base64url.encode(JSON.stringify(value));
  const leadsBack = async (hint: string, fields: object = {}) => {
    const asked = { id_token_hint: hint, post_logout_redirect_uri: BACK, continued: "1", ...fields };
    return nextOf(await open(`/oauth/logout?${new URLSearchParams(asked as Record<string, string>).toString()}`));
  };

  it("that somebody forged, or that is a token of another kind or for another application", async () => {
    const { keys } = (await get("/.well-known/jwks.json")).body as { keys: jose.JWK[] };
    const published = keys.find(({ kty }) => kty === "RSA")!;
    const { kid } = published;
    const claims = claimsOf(tokens.id_token);
    const [head = "", , signature = ""] = tokens.id_token.split(".");
    const stranger = await jose.generateKeyPair("RS256");
    const hmac = (key: Uint8Array) =>
      new jose.SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: kid! }).sign(key);
    expect((await leadsBack(tokens.id_token))?.href).toBe(BACK);
    const forged: Record<string, string> = {
      none: `${encode({ alg: "none", kid })}.${encode(claims)}.`,
      "none, with a signature": `${encode({ alg: "none", kid })}.${encode(claims)}.${signature}`,
      "HS256 by the public key": await hmac(new TextEncoder().encode(JSON.stringify(published))),
      "HS256 by its modulus": await hmac(jose.base64url.decode(published.n!)),
      "another key under its name": await new jose.SignJWT(claims)
        .setProtectedHeader({ alg: "RS256", kid: kid! })
        .sign(stranger.privateKey),
      "other claims": `${head}.${encode({ ...claims, aud: other.client_id })}.${signature}`,
      "half of one": tokens.id_token.slice(0, -20),
      "ES256, by the key of RS256": await new jose.SignJWT(claims)
        .setProtectedHeader({ alg: "ES256", kid: kid!, typ: "JWT" })
        .sign((await jose.generateKeyPair("ES256")).privateKey),
      "another key of ours": `${encode({ alg: "EdDSA", kid: "test-1", typ: "JWT" })}.${encode(claims)}.${signature}`,
      "an access token": tokens.access_token,
      "a session's token": session.token,
    };
    const silent = async (id_token_hint: string) => {
      const { searchParams } = nextOf(await open(authorizeUrl(client, { prompt: "none", id_token_hint }), cookie))!;
      return searchParams.get("error") ?? searchParams.has("code");
    };
    expect(await silent(tokens.id_token)).toBe(true);
    for (const [name, hint] of Object.entries(forged)) {
      expect(await leadsBack(hint), name).toBeUndefined();
      expect(await silent(hint), name).toBe("login_required");
    }
    expect(await leadsBack(tokens.id_token, { client_id: other.client_id })).toBeUndefined();
    expect(
      await leadsBack(tokens.id_token, { post_logout_redirect_uri: "https://other.example.test/bye" }),
    ).toBeUndefined();
  });
});

describe("A flood", () => {
  it("of registrations is stopped at twenty an hour", async () => {
    const register = (vars: Record<string, string>) =>
      post("/oauth/register", { redirect_uris: [BACK] }, { vars, headers: { "CF-Connecting-IP": "203.0.113.77" } });
    const answers = [];
    // The burst a minute is Cloudflare's binding; the hour is counted here.
    for (let n = 0; n < 8; n++) answers.push((await register({ RATE_LIMIT_SCALE: "0.25" })).status);
    expect(answers).toContain(201);
    expect(answers.at(-1)).toBe(429);
    expect(answers.filter((status) => status === 201).length).toBeLessThanOrEqual(5);
    expect(env.OPEN_CLIENTS).toContain("registration");
  });
});

describe("What applications are sent", () => {
  it("names the issuer, so that no other server's answer passes for ours, and carries no token in an address", async () => {
    const { cookie } = await registerWithCookie();
    const good = await codeFor(client, cookie);
    expect([...good.searchParams.keys()].toSorted()).toEqual(["code", "iss", "state"]);
    expect(good.searchParams.get("iss")).toBe(ISSUER);
    expect(good.hash).toBe("");
  });
});
