/** docs/security.md, "Signing in with other services": answers of providers that are forged, swapped, replayed or missing. */
import { env } from "cloudflare:workers";
import * as jose from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { ALLOWED_ORIGIN, ISSUER } from "../support/bindings.ts";
import {
  BROWSER,
  CLIENT_ID,
  comeBack,
  configure,
  cookieIn,
  createIssuer,
  leave,
  newsIn,
  signInWith,
  type Issuer,
  type Signed,
} from "../support/issuer.ts";
import { database, get, type Answer } from "../support/service.ts";

let idp: Issuer;
let evil: Issuer;
let old: Issuer;
let number = 0;
const person = () => ({ sub: `s-${++number}`, email: `cible-${number}@example.test`, email_verified: true });
const refusedAs = (answer: Answer) => [newsIn(answer), /refresh_token/.test(answer.headers.getSetCookie().join())];
const REFUSED = [{ error: "invalid_federation" }, false];
/** The word of a provider that its user doesn't want to. */
const DENIED = { code: undefined, error: "access_denied" };
const counts = async () =>
  (
    await database.query(
      "select (select count(*) from users) as users, (select count(*) from identities) as identities, (select count(*) from refresh_tokens) as sessions",
    )
  )[0];

beforeAll(async () => {
  idp = await createIssuer("idp");
  evil = await createIssuer("evil");
  old = await createIssuer("old");
  await old.announce({ authorization_response_iss_parameter_supported: undefined });
  configure([
    { id: "idp", issuer: idp.issuer, trustEmail: true },
    { id: "evil", issuer: evil.issuer, trustEmail: true },
    { id: "old", issuer: old.issuer, trustEmail: true },
  ]);
  await signInWith(idp, { claims: person() });
});

const now = () => Math.floor(Date.now() / 1000);
const SPOILED: Record<string, () => Promise<Signed>> = {
  "another issuer": async () => ({ claims: { iss: evil.issuer } }),
  "no issuer": async () => ({ claims: { iss: undefined } }),
  "another audience": async () => ({ claims: { aud: "another-client" } }),
  "no audience": async () => ({ claims: { aud: undefined } }),
  "two audiences and no azp": async () => ({ claims: { aud: [CLIENT_ID, "another-client"] } }),
  "the azp of another client": async () => ({ claims: { aud: [CLIENT_ID, "another"], azp: "another" } }),
  "another nonce": async () => ({ claims: { nonce: "n" } }),
  "no nonce": async () => ({ claims: { nonce: undefined } }),
  "an expiry that has passed": async () => ({ claims: { exp: now() - 60 } }),
  "no expiry": async () => ({ claims: { exp: undefined } }),
  "a time to come": async () => ({ claims: { nbf: now() + 600 } }),
  "no time of issue": async () => ({ claims: { iat: undefined } }),
  "no subject": async () => ({ claims: { sub: undefined } }),
  "a number as subject": async () => ({ claims: { sub: 7 } }),
  "an endless subject": async () => ({ claims: { sub: "x".repeat(300) } }),
  "the hash of another access token": async () => ({ claims: { at_hash: "AAAAAAAAAAAAAAAAAAAAAA" } }),
  "alg none": async () => ({ header: { alg: "none" } }),
  "HS256 with the client's secret": async () => ({
    header: { alg: "HS256" },
    key: new TextEncoder().encode("secret of idp"),
  }),
  "HS256 with the public key": async () => ({
    header: { alg: "HS256" },
    key: new TextEncoder().encode(JSON.stringify(await jose.exportJWK(idp.publicKey))),
  }),
  "another key under the same name": async () => ({ key: (await jose.generateKeyPair("RS256")).privateKey }),
  "another key under an unknown name": async () => ({
    header: { kid: "unknown" },
    key: (await jose.generateKeyPair("RS256")).privateKey,
  }),
  "a key of its own in the header": async () => {
    const { privateKey, publicKey } = await jose.generateKeyPair("RS256", { extractable: true });
    return { header: { kid: undefined, jwk: await jose.exportJWK(publicKey) }, key: privateKey };
  },
  "no ID token": async () => ({ answer: { id_token: undefined } }),
  "a cut ID token": async () => ({ answer: { id_token: "e30.e30" } }),
  "no access token": async () => ({ answer: { access_token: undefined } }),
};

describe("an ID token with", () => {
  it.each(Object.entries(SPOILED))("its mark of a forgery: %s", async (_, spoil) => {
    const before = await counts();
    const { claims, ...rest } = await spoil();
    const answer = await signInWith(idp, { claims: { ...person(), ...claims }, ...rest });
    expect(refusedAs(answer)).toEqual(REFUSED);
    expect(await counts()).toEqual(before);
  });

  it("a new key: the provider is asked once for its keys, and once only for one that it does not have", async () => {
    const before = await idp.asked("-keys");
    await idp.rotate();
    expect(newsIn(await signInWith(idp, { claims: person() }))).toEqual({ signed_in: "idp" });
    expect(await idp.asked("-keys")).toBe(before + 1);
    const { privateKey } = await jose.generateKeyPair("RS256");
    await signInWith(idp, { claims: person(), header: { kid: "nobody's" }, key: privateKey });
    expect(await idp.asked("-keys")).toBe(before + 2);
  });
});

describe("coming back", () => {
  it("in a browser that never left, as after a lure to an attacker's answer", async () => {
    const theirs = await leave("idp");
    await idp.grant(theirs.nonce, { claims: person() });
    const before = await idp.asked("-token");
    for (const cookie of ["", "__Host-federation=", "__Host-federation=v1.a.b.c", (await leave("idp")).cookie])
      for (const answer of [{}, DENIED])
        expect(
          refusedAs(await comeBack("idp", { cookie, state: theirs.state }, { iss: idp.issuer, ...answer })),
        ).toEqual(REFUSED);
    expect(await idp.asked("-token")).toBe(before);
  });

  it("with another state, or none", async () => {
    const visit = await leave("idp");
    await idp.grant(visit.nonce, { claims: person() });
    for (const state of ["", "x", (await leave("idp")).state, undefined])
      for (const answer of [{}, DENIED])
        expect(refusedAs(await comeBack("idp", visit, { state, iss: idp.issuer, ...answer })), `${state}`).toEqual(
          REFUSED,
        );
  });

  it("with the nonce of another visit", async () => {
    const [mine, theirs] = [await leave("idp"), await leave("idp")];
    await idp.grant(theirs.nonce, { claims: person() });
    expect(refusedAs(await comeBack("idp", mine, { iss: idp.issuer }))).toEqual(REFUSED);
  });

  it("to another provider than it left for, or with the word of another issuer (mix-up)", async () => {
    let visit = await leave("idp");
    await evil.grant(visit.nonce, { claims: person() });
    const before = [await idp.asked("-token"), await evil.asked("-token")];
    expect(refusedAs(await comeBack("evil", visit, { iss: evil.issuer }))).toEqual(REFUSED);
    for (const iss of [evil.issuer, "", undefined, `${idp.issuer}/`])
      expect(refusedAs(await comeBack("idp", await leave("idp"), { iss })), String(iss)).toEqual(REFUSED);
    expect([await idp.asked("-token"), await evil.asked("-token")]).toEqual(before);
    // A provider that does not say who it is: its own return address tells them apart.
    await old.grant((visit = await leave("old")).nonce, { claims: person() });
    expect(refusedAs(await comeBack("evil", visit))).toEqual(REFUSED);
    expect(newsIn(await comeBack("old", visit))).toEqual({ signed_in: "old" });
  });

  it("later than ten minutes", async () => {
    const { secrets } = (await import("../../src/platform/index.ts")).createPlatform(
      env,
      { waitUntil() {} },
      {} as never,
    );
    const old = { provider: "idp", nonce: "n", verifier: "v".repeat(43), returnTo: ISSUER, expiresAt: Date.now() - 1 };
    const kept = await secrets.seal(JSON.stringify(old), "federation");
    const { hashToken } = await import("../../src/crypto/one-time-token.ts");
    const visit = { cookie: `__Host-federation=${kept}`, state: await hashToken(kept) };
    await idp.grant("n", { claims: person() });
    expect(refusedAs(await comeBack("idp", visit, { iss: idp.issuer }))).toEqual(REFUSED);
  });

  it("with a code that was used, or is another visit's, as the provider says", async () => {
    await idp.behave("token", {
      status: 400,
      headers: { "Content-Type": "application/json" },
      body: '{"error":"invalid_grant"}',
    });
    expect(refusedAs(await comeBack("idp", await leave("idp"), { iss: idp.issuer }))).toEqual(REFUSED);
  });

  it("a second time: the browser has forgotten what it left for", async () => {
    const visit = await leave("idp");
    await idp.grant(visit.nonce, { claims: person() });
    const answer = await comeBack("idp", visit, { iss: idp.issuer });
    expect(newsIn(answer)).toEqual({ signed_in: "idp" });
    expect(cookieIn(answer)).toBe("__Host-federation=");
  });

  it("with the provider's own words for a failure: the front end gets a code of ours", async () => {
    const said = { code: undefined, error_description: "<script>alert(1)</script>", iss: idp.issuer };
    const denied = await comeBack("idp", await leave("idp"), { error: "access_denied", ...said });
    expect(newsIn(denied)).toEqual({ error: "federation_denied" });
    const failed = await comeBack("idp", await leave("idp"), { error: "server_error<b>", ...said });
    expect(newsIn(failed)).toEqual({ error: "invalid_federation" });
  });
});

describe("a return address", () => {
  it.each([
    "https://evil.example.test/",
    "//evil.example.test/",
    "/\\evil.example.test/",
    "javascript:alert(1)",
    "data:text/html,x",
    `${ALLOWED_ORIGIN}.evil.test/`,
    `${ALLOWED_ORIGIN}@evil.example.test/`,
    "https://user:pass@app.example.test/",
    "http://app.example.test/",
    "https://app.example.test:8443/",
  ])("that is not ours: %s", async (address) => {
    const { status, headers } = await get(`/api/auth/federated/idp?return_to=${encodeURIComponent(address)}`);
    expect([status, headers.get("Location"), headers.getSetCookie()]).toEqual([422, null, []]);
  });

  it("of an allowed origin is kept through the visit, and carries the answer behind the #", async () => {
    const answer = await signInWith(idp, { claims: person() }, { returnTo: `${ALLOWED_ORIGIN}/home?a=1#old` });
    expect(answer.headers.get("Location")).toBe(`${ALLOWED_ORIGIN}/home?a=1#signed_in=idp`);
  });
});

describe("a provider that", () => {
  const forget = async () => {
    for (const { name } of (await env.KV.list({ prefix: "provider:" })).keys) await env.KV.delete(name);
  };
  const start = () => get("/api/auth/federated/idp");

  it.each([
    ["names a private address", { token_endpoint: "https://169.254.169.254/latest" }],
    ["names a private address for what it knows of people", { userinfo_endpoint: "https://169.254.169.254/latest" }],
    ["names an address in digits for its pages", { authorization_endpoint: "https://10.0.0.1/" }],
    ["names keys on a local network", { jwks_uri: "https://metadata.google.internal/keys" }],
    ["names another issuer", { issuer: "https://accounts.example.test" }],
    ["names a file", { token_endpoint: "file:///etc/passwd" }],
    ["names nothing", { token_endpoint: undefined }],
  ])("%s: nothing is asked of it", async (_, metadata) => {
    await forget();
    await idp.announce(metadata);
    const before = await idp.asked("-token");
    const { status, body, headers } = await start();
    expect([status, body?.code, headers.get("Retry-After")]).toEqual([503, "provider_unavailable", "5"]);
    const seen = await get("/api/auth/federated/idp?return_to=/sign-in?next=1", { headers: BROWSER });
    expect(seen.headers.get("Location")).toMatch(/\/sign-in\?next=1#error=provider_unavailable$/);
    expect(seen.headers.getSetCookie()).toEqual([]);
    expect(await env.KV.list({ prefix: "provider:" })).toMatchObject({ keys: [] });
    expect(await idp.asked("-token")).toBe(before);
    await idp.announce();
  });

  it.each([
    ["is down", { status: 503 }],
    [
      "says in JSON that it is down",
      { status: 503, headers: { "Content-Type": "application/json" }, body: '{"error":"server_error"}' },
    ],
    ["answers junk", { headers: { "Content-Type": "application/json" }, body: "<html>" }],
    ["answers a page", { headers: { "Content-Type": "text/html" }, body: "<html>" }],
    ["answers without end", { headers: { "Content-Type": "application/json" }, bytes: 200_000 }],
    ["redirects", { status: 302, location: "http://localhost:1/" }],
    ["limits us", { status: 429, headers: { "Content-Type": "application/json" }, body: '{"error":"slow_down"}' }],
  ])("%s when tokens are asked for: 503, and the same visit goes on later", async (_, behaviour) => {
    const visit = await leave("idp");
    const before = await counts();
    await idp.behave("token", behaviour);
    const failed = await comeBack("idp", visit, { iss: idp.issuer });
    expect([failed.status, failed.body?.code, failed.headers.getSetCookie()]).toEqual([
      503,
      "provider_unavailable",
      [],
    ]);
    const seen = await comeBack("idp", visit, { iss: idp.issuer }, BROWSER);
    expect([newsIn(seen), seen.headers.getSetCookie()]).toEqual([{ error: "provider_unavailable" }, []]);
    expect(await counts()).toEqual(before);
    await idp.grant(visit.nonce, { claims: person() });
    expect(newsIn(await comeBack("idp", visit, { iss: idp.issuer }))).toEqual({ signed_in: "idp" });
  });

  it("is not at fault where our database is away: a browser is sent back all the same", async () => {
    const visit = await leave("idp");
    await idp.grant(visit.nonce, { claims: person() });
    await database.inject({ kind: "cut" });
    const seen = await comeBack("idp", visit, { iss: idp.issuer }, BROWSER);
    expect([newsIn(seen), seen.headers.getSetCookie()]).toEqual([{ error: "service_unavailable" }, []]);
    expect(newsIn(await comeBack("idp", visit, { iss: idp.issuer }, BROWSER))).toEqual({ signed_in: "idp" });
  });

  it("never answers does not keep the browser waiting for longer than its limit", async () => {
    const visit = await leave("idp");
    await idp.behave("token", { silent: true });
    expect((await comeBack("idp", visit, { iss: idp.issuer })).body.code).toBe("provider_unavailable");
  });

  it("is misconfigured is named, without its values", async () => {
    const wrong = [
      '[{"id":"idp"}]',
      '[{"id":"idp","clientId":"c"}]',
      '[{"id":"Idp","issuer":"https://a.test","clientId":"c"}]',
      '[{"id":"idp","issuer":"ftp://a.test","clientId":"c"}]',
      '[{"id":"a","issuer":"https://a.test","clientId":"c"},{"id":"a","issuer":"https://b.test","clientId":"c"}]',
      '[{"id":"idp","clientId":"c","issuer":"https://a.test","surprise":1}]',
      "{",
    ];
    for (const FEDERATION of wrong)
      expect((await get("/health", { vars: { FEDERATION } })).status, FEDERATION).toBe(500);
    const secrets = { FEDERATION: '[{"id":"google","clientId":"c"}]', FEDERATION_SECRETS: "{}" };
    expect((await get("/health", { vars: secrets })).status).toBe(500);
    expect((await get("/health", { vars: { ...secrets, FEDERATION_SECRETS: '{"google":"s"}' } })).status).toBe(200);
  });
});
