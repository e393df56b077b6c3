import { createLocalJWKSet, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { SIGNING_KEY } from "./support/access-tokens.ts";
import { AUDIENCE, ISSUER } from "./support/bindings.ts";
import { expectProblem } from "./support/contract.ts";
import { database, get, post, registerMember } from "./support/service.ts";

describe("GET /.well-known/jwks.json", () => {
  it("publishes the public keys, cacheable for 10 minutes, and no private key", async () => {
    const { status, body, text, headers } = await get("/.well-known/jwks.json");
    expect(status).toBe(200);
    expect(headers.get("Cache-Control")).toBe("public, max-age=600");
    expect(body).toEqual({
      keys: [
        { kty: "OKP", crv: "Ed25519", x: SIGNING_KEY.x, kid: "test-1", alg: "EdDSA", use: "sig" },
        { kty: "RSA", n: expect.any(String), e: "AQAB", kid: "test-rsa-1", alg: "RS256", use: "sig" },
        {
          kty: "EC",
          crv: "P-256",
          x: expect.any(String),
          y: expect.any(String),
          kid: "test-ec-1",
          alg: "ES256",
          use: "sig",
        },
      ],
    });
    expect(text).not.toContain(SIGNING_KEY["d"]);
    expect(text).not.toContain('"d"');
  });

  it("is enough for anyone to verify a token, with any library", async () => {
    const { token, userId } = await registerMember();
    const keys = createLocalJWKSet((await get("/.well-known/jwks.json")).body);
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer: ISSUER,
      audience: AUDIENCE,
      typ: "at+jwt",
      algorithms: ["EdDSA"],
    });
    expect(payload.sub).toBe(String(userId));
    expect(protectedHeader).toEqual({ alg: "EdDSA", typ: "at+jwt", kid: "test-1" });
  });
});

describe("GET /.well-known/oauth-authorization-server", () => {
  it("says where everything is (RFC 8414), with URLs that exist", async () => {
    const { status, body, headers } = await get("/.well-known/oauth-authorization-server");
    expect([status, headers.get("Cache-Control")]).toEqual([200, "public, max-age=600"]);
    expect(body).toMatchObject({
      issuer: ISSUER,
      response_types_supported: ["code"],
      grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
      code_challenge_methods_supported: ["S256"],
      id_token_signing_alg_values_supported: ["RS256", "ES256", "EdDSA"],
      authorization_response_iss_parameter_supported: true,
    });
    const addresses = Object.entries(body).filter(([name]) => name.endsWith("_endpoint") || name === "jwks_uri");
    expect(addresses).toHaveLength(8);
    for (const [name, value] of addresses) {
      const url = new URL(value as string);
      expect(url.origin).toBe(ISSUER);
      const isRead = ["jwks_uri", "authorization_endpoint", "end_session_endpoint", "userinfo_endpoint"].includes(name);
      const answer = isRead ? await get(url.pathname) : await post(url.pathname, {});
      expect([404, 405]).not.toContain(answer.status);
    }
    expect((await get("/.well-known/openid-configuration")).body).toEqual(body);
  });

  it("ignores the Host header of a caller", async () => {
    const headers = { Host: "evil.example", "X-Forwarded-Host": "evil.example", Forwarded: "host=evil.example" };
    const { text } = await get("/.well-known/oauth-authorization-server", { headers });
    expect(text).not.toContain("evil");
  });
});

describe("GET /health", () => {
  it("is alive without the database", async () => {
    const trips = await database.tripsOf(async () => {
      const { status, body } = await get("/health");
      expect([status, body]).toEqual([200, { status: "ok" }]);
    });
    expect(trips).toBe(0);
  });

  it("is ready when the database answers, and otherwise unavailable", async () => {
    const { status, body } = await get("/health/ready");
    expect([status, body]).toEqual([200, { status: "ready" }]);
    await database.inject({ kind: "cut" }, { times: 2 });
    expectProblem(await get("/health/ready"), "service_unavailable");
    expect((await get("/health/ready")).status).toBe(200);
  });
});

describe("well-known resources for machines", () => {
  it("robots.txt keeps search engines out", async () => {
    const { status, text, headers } = await get("/robots.txt");
    expect([status, text]).toEqual([200, "User-agent: *\nDisallow: /\n"]);
    expect(headers.get("Content-Type")).toMatch(/^text\/plain/);
  });

  it("security.txt names the configured contact and expires within a year; without a contact it does not exist", async () => {
    expect((await get("/.well-known/security.txt")).status).toBe(404);
    const vars = { SECURITY_CONTACT: "mailto:security@example.com" };
    const { status, text } = await get("/.well-known/security.txt", { vars });
    const fields = new Map(
      text
        .trim()
        .split("\n")
        .map((line) => line.split(/: (.*)/, 2) as [string, string]),
    );
    expect(status).toBe(200);
    expect(fields.get("Contact")).toBe("mailto:security@example.com");
    expect(fields.get("Canonical")).toBe(`${ISSUER}/.well-known/security.txt`);
    const days = (Date.parse(fields.get("Expires")!) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(30);
    expect(days).toBeLessThan(366);
  });

  it("change-password redirects to the front end, or to the built-in page", async () => {
    const target = async (vars = {}) => (await get("/.well-known/change-password", { vars })).headers.get("Location");
    expect(await target()).toBe("/forgot-password");
    expect(await target({ APP_URL: "https://app.example.com/" })).toBe("https://app.example.com/");
  });

  it("the root page links to everything in development, and to little elsewhere", async () => {
    const links = async (vars = {}) =>
      [...(await get("/", { vars })).text.matchAll(/href="(\/[^"]*)"/g)].map(([, path]) => path);
    expect((await links()).length).toBeGreaterThan(10);
    const production = { ISSUER: "https://auth.example.com" };
    expect(await links(production)).toEqual(["/sign-in", "/register", "/account", "/docs", "/openapi.json"]);
    expect(await links({ ...production, PAGES: "off" })).toEqual(["/docs", "/openapi.json"]);
  });
});
