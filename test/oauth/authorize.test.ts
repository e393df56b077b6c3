import { exports } from "cloudflare:workers";
import { createLocalJWKSet, jwtVerify } from "jose";
import { beforeAll, describe, expect, inject, it, vi } from "vitest";
import { createControl } from "../../scripts/neon/control.ts";
import {
  authorizeUrl,
  codeFor,
  decide,
  exchange,
  nextOf,
  nextOfPage,
  open,
  questionOf,
  REDIRECT_URI,
  registerApplication,
  registerClient,
  sendForm,
  type Credentials,
} from "../support/applications.ts";
import { CHALLENGE } from "../support/pkce.ts";
import type { TokenVerifierBinding, VerifyOptions } from "../../src/verifier/contract.ts";
import { ALLOWED_ORIGIN, AUDIENCE, ISSUER } from "../support/bindings.ts";
import { registerWithCookie, withCookie } from "../support/cookies.ts";
import { claimsOf, database, databaseUrl, del, get, post, registerMember, request } from "../support/service.ts";
import { insertRole } from "../support/staff.ts";

const control = createControl(inject("endpointUrl"));

type Browser = Awaited<ReturnType<typeof registerWithCookie>>;

let client: Credentials;
let browser: Browser;
beforeAll(async () => {
  client = await registerClient();
  browser = await registerWithCookie();
});

const service = (exports as unknown as { TokenVerifier: TokenVerifierBinding }).TokenVerifier;
const verify = (token: string, options?: VerifyOptions): Promise<any> => service.verify(token, options);

const codeOf = async (fields?: Record<string, string | undefined>, of = client, cookie = browser.cookie) =>
  (await codeFor(of, cookie, fields)).searchParams.get("code")!;
const tokensFor = async (fields?: Record<string, string | undefined>, of = client, cookie = browser.cookie) =>
  (await exchange(of, await codeOf(fields, of, cookie))).body;
const refresh = (of: Partial<Credentials>, token: string, fields: object = {}) =>
  sendForm("/oauth/token", { ...of, grant_type: "refresh_token", refresh_token: token, ...fields });
const userinfo = (token: string) => get("/oauth/userinfo", { token });

describe("The authorization endpoint", () => {
  it("asks the person once, then leads back with a code, the state and the issuer", async () => {
    const own = await registerClient();
    const person = await registerWithCookie();
    const page = await open(authorizeUrl(own), person.cookie);
    expect(page.status).toBe(200);
    expect(page.text).toContain("Carnet");
    expect(page.text).toContain("rp.example.test");
    const answer = await decide(page, person.cookie);
    expect(answer.status).toBe(303);
    const next = nextOf(answer)!;
    expect(next.origin + next.pathname).toBe(REDIRECT_URI);
    expect([next.searchParams.get("state"), next.searchParams.get("iss")]).toEqual(["a state", ISSUER]);
    expect(nextOf(await open(authorizeUrl(own), person.cookie))?.searchParams.has("code")).toBe(true);
    // Less is no new question, more is one.
    expect(nextOf(await open(authorizeUrl(own, { scope: "openid" }), person.cookie))).toBeDefined();
    expect(nextOf(await open(authorizeUrl(own, { scope: "openid offline_access" }), person.cookie))).toBeUndefined();
  });

  it.each([
    [REDIRECT_URI, "https://rp.example.test"],
    ["http://127.0.0.1/cb", "http://127.0.0.1"],
    ["http://[::1]/cb", "http:"],
    ["com.example.app:/cb", "com.example.app:"],
  ])("is framed by nobody, and its form leads to itself and to %s alone", async (uri, target) => {
    const own = await registerClient({ redirectUris: [uri] });
    const page = await open(authorizeUrl(own, { redirect_uri: uri }), browser.cookie);
    const policy = page.headers.get("Content-Security-Policy")!.split("; ");
    expect(policy).toEqual(expect.arrayContaining([`form-action 'self' ${target}`, "frame-ancestors 'none'"]));
  });

  it("takes no for an answer", async () => {
    const page = await open(authorizeUrl(client, { prompt: "consent" }), browser.cookie);
    const next = nextOf(await decide(page, browser.cookie, "deny"))!;
    expect(Object.fromEntries(next.searchParams)).toMatchObject({
      error: "access_denied",
      state: "a state",
      iss: ISSUER,
    });
  });

  it("asks nobody for an application of one's own", async () => {
    const own = await registerClient({ isFirstParty: true });
    expect(nextOf(await open(authorizeUrl(own), browser.cookie))?.searchParams.has("code")).toBe(true);
  });

  it("goes on to itself once, so that the browser sends its cookie, and then to the sign-in page and back", async () => {
    const url = authorizeUrl(client, { continued: undefined });
    const again = nextOfPage(await open(url))!;
    expect(again.searchParams.get("continued")).toBe("1");
    const next = nextOf(await open(again.pathname + again.search))!;
    expect(next.pathname).toBe("/sign-in");
    const back = new URL(next.searchParams.get("return_to")!, ISSUER);
    expect(back.pathname).toBe("/oauth/authorize");
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      client_id: client.client_id,
      state: "a state",
      nonce: "a nonce",
    });
    const asForm = await sendForm("/oauth/authorize", Object.fromEntries(new URL(url, ISSUER).searchParams));
    expect(nextOfPage(asForm)?.searchParams.get("client_id")).toBe(client.client_id);
  });

  it.each([
    [{ prompt: "login" }],
    [{ prompt: "select_account" }],
    [{ max_age: "0" }],
    [{ since: String(Math.floor(Date.now() / 1000) + 1_000) }],
  ])("has the person sign in anew for %j", async (fields) => {
    await database.query(
      "update refresh_tokens set authenticated_at = now() - interval '5 seconds' where user_id = (select id from users where email = $1)",
      [browser.email],
    );
    expect(nextOf(await open(authorizeUrl(client, fields), browser.cookie))?.pathname).toBe("/sign-in");
  });

  it("sends the person to no address but those that are registered, exactly", async () => {
    const loopback = await registerClient({ redirectUris: ["http://127.0.0.1/cb", "com.example.app:/cb"] });
    for (const uri of ["http://127.0.0.1:51234/cb", "http://127.0.0.1/cb", "com.example.app:/cb"])
      expect(await codeOf({ redirect_uri: uri }, loopback), uri).toBeTruthy();
    const strangers = [
      `${REDIRECT_URI}/`,
      `${REDIRECT_URI}/evil`,
      `${REDIRECT_URI}?a=b`,
      `${REDIRECT_URI}#fragment`,
      "https://rp.example.test:443/callback",
      "https://rp.example.test:8443/callback",
      "https://user@rp.example.test/callback",
      "https://rp.example.test@evil.test/callback",
      "https://rp.example.test.evil.test/callback",
      "https://rp.example.test/callback/../evil",
      "https://rp.example.test/Callback",
      "https://RP.example.test/callback",
      "https://rp.example.test\\@evil.test/callback",
      "https://rp。example.test/callback",
      "http://rp.example.test/callback",
      "//rp.example.test/callback",
      "javascript:alert(1)",
      "http://localhost:1/cb",
    ];
    for (const uri of strangers) {
      const page = await open(authorizeUrl(client, { redirect_uri: uri }), browser.cookie);
      expect([page.status, nextOf(page)], uri).toEqual([400, undefined]);
      expect(page.text, uri).not.toContain("evil");
    }
    for (const uri of [
      "http://127.0.0.1:80.evil.test/cb",
      "http://127.0.0.1@evil.test/cb",
      "http://127.0.0.1:1/cbx",
      "http://127.0.0.2/cb",
      "https://127.0.0.1:1/cb",
    ])
      expect((await open(authorizeUrl(loopback, { redirect_uri: uri }), browser.cookie)).status, uri).toBe(400);
    for (const client_id of ["app_0000000000000000", "", (await registerApplication()).client_id])
      expect((await open(authorizeUrl({ client_id }), browser.cookie)).status).toBe(400);
  });

  it.each([
    [{ response_type: "token" }, "unsupported_response_type"],
    [{ response_type: undefined }, "invalid_request"],
    [{ response_mode: "fragment" }, "invalid_request"],
    [{ code_challenge_method: "plain" }, "invalid_request"],
    [{ code_challenge_method: undefined }, "invalid_request"],
    [{ code_challenge: undefined }, "invalid_request"],
    [{ code_challenge: "short" }, "invalid_request"],
    [{ resource: "https://evil.test" }, "invalid_target"],
    [{ request: "e30.e30." }, "request_not_supported"],
    [{ request_uri: "https://rp.example.test/r" }, "request_uri_not_supported"],
    [{ prompt: "none login" }, "invalid_request"],
    [{ prompt: "whatever" }, "invalid_request"],
    [{ prompt: "none", max_age: "0" }, "login_required"],
  ] as [Record<string, string | undefined>, string][])("tells the application about %j", async (fields, code) => {
    await database.query(
      "update refresh_tokens set authenticated_at = now() - interval '5 seconds' where user_id = (select id from users where email = $1)",
      [browser.email],
    );
    const next = nextOf(await open(authorizeUrl(client, fields), browser.cookie));
    expect(Object.fromEntries(next?.searchParams ?? [])).toMatchObject({ error: code, state: "a state", iss: ISSUER });
    expect(next!.origin + next!.pathname).toBe(REDIRECT_URI);
  });

  it("tells the application that nobody is signed in, or that the person has to be asked, where it may not ask", async () => {
    const silent = async (of: Credentials, cookie?: string) =>
      nextOf(await open(authorizeUrl(of, { prompt: "none" }), cookie))?.searchParams.get("error");
    expect(await silent(client)).toBe("login_required");
    expect(await silent(client, "art_junk")).toBe("login_required");
    expect(await silent(await registerClient(), browser.cookie)).toBe("consent_required");
  });

  it("takes the person for the one that a hint names, and never another for them", async () => {
    const own = await registerClient();
    const [ada, eve] = await Promise.all([registerWithCookie(), registerWithCookie()]);
    const { id_token: hint } = await tokensFor({}, own, ada.cookie);
    const { id_token: elsewhere } = await tokensFor({}, client, ada.cookie);
    await tokensFor({}, own, eve.cookie);
    const ask = async (cookie: string, fields: Record<string, string>) =>
      nextOf(await open(authorizeUrl(own, fields), cookie))!;
    const silent = async (cookie: string, id_token_hint: string) =>
      [...(await ask(cookie, { prompt: "none", id_token_hint })).searchParams].find(([name]) => name !== "state");
    expect((await silent(ada.cookie, hint))?.[0]).toBe("code");
    expect(await silent(eve.cookie, hint)).toEqual(["error", "login_required"]);
    // What is for another application, or no ID token, names nobody.
    expect(await silent(ada.cookie, elsewhere)).toEqual(["error", "login_required"]);
    expect((await ask(ada.cookie, { id_token_hint: elsewhere })).searchParams.has("code")).toBe(true);
    expect((await ask(ada.cookie, { id_token_hint: hint })).searchParams.has("code")).toBe(true);
    // Somebody else may sign in once more; whoever is still another then is sent back.
    const next = await ask(eve.cookie, { id_token_hint: hint });
    expect(next.pathname).toBe("/sign-in");
    const back = new URL(next.searchParams.get("return_to")!, ISSUER);
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      since: expect.stringMatching(/^\d+$/),
      id_token_hint: hint,
    });
    const again = await ask(eve.cookie, { id_token_hint: hint, since: "1" });
    expect([again.origin + again.pathname, again.searchParams.get("error")]).toEqual([REDIRECT_URI, "login_required"]);
  });

  it("asks a client without a secret for a challenge, and refuses a parameter that is there twice", async () => {
    const open_ = await registerClient({ isPublic: true });
    const next = nextOf(
      await open(authorizeUrl(open_, { code_challenge: undefined, code_challenge_method: undefined }), browser.cookie),
    );
    expect(next?.searchParams.get("error")).toBe("invalid_request");
    expect((await open(`${authorizeUrl(client)}&client_id=x`, browser.cookie)).status).toBe(400);
  });
});

describe("The answer to the question", () => {
  it("counts from the same browser session alone, from our own page, in time", async () => {
    const own = await registerClient();
    const page = await open(authorizeUrl(own), browser.cookie);
    expect((await decide(page, browser.cookie, "deny")).status).toBe(303);
    const other = await registerWithCookie();
    expect((await decide(page, other.cookie)).status).toBe(400);
    expect((await sendForm("/oauth/consent", { request: questionOf(page), decision: "allow" })).status).toBe(400);
    expect(
      (
        await sendForm(
          "/oauth/consent",
          { request: "junk", decision: "allow" },
          { Cookie: `__Host-refresh_token=${browser.cookie}` },
        )
      ).status,
    ).toBe(400);
    const foreign = await sendForm(
      "/oauth/consent",
      { request: questionOf(page), decision: "allow" },
      { Cookie: `__Host-refresh_token=${browser.cookie}`, "Sec-Fetch-Site": "cross-site" },
    );
    expect(foreign.body?.code).toBe("origin_not_allowed");
    // A code is no question.
    const code = await codeOf();
    expect(
      (
        await sendForm(
          "/oauth/consent",
          { request: code, decision: "allow" },
          { Cookie: `__Host-refresh_token=${browser.cookie}` },
        )
      ).status,
    ).toBe(400);
    expect(
      await database.query(
        "select 1 from oauth_consents o join oauth_clients c on c.id = o.client_id where c.client_id = $1",
        [own.client_id],
      ),
    ).toEqual([]);
  });
});

describe("A code", () => {
  it("gives tokens that say who signed in, to whom, and when", async () => {
    const answer = await exchange(client, await codeOf());
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    const { body } = answer;
    expect(body).toMatchObject({ token_type: "Bearer", expires_in: 600, scope: "openid profile email" });
    const keys = createLocalJWKSet((await get("/.well-known/jwks.json")).body);
    const { payload, protectedHeader } = await jwtVerify(body.id_token, keys, {
      issuer: ISSUER,
      audience: client.client_id,
    });
    expect(protectedHeader.alg).toBe("RS256");
    expect(payload).toMatchObject({ nonce: "a nonce", amr: ["pwd"], sid: claimsOf(browser.token)["sid"] });
    expect(payload["auth_time"]).toBeLessThanOrEqual(payload.iat!);
    expect(payload.sub).toMatch(/^[0-9a-f-]{36}$/);
    const access = claimsOf(body.access_token);
    expect(access).toMatchObject({ client_id: client.client_id, aud: `${ISSUER}/oauth/userinfo`, permissions: [] });
    const info = await userinfo(body.access_token);
    expect(info.body).toMatchObject({
      sub: payload.sub,
      name: "Ada Lovelace",
      email: browser.email,
      email_verified: false,
    });
    // Nothing of it opens the account.
    for (const token of [body.access_token, body.id_token, body.refresh_token])
      expect((await get("/api/users/me", { token })).body.code).toBe("invalid_token");
    expect((await post("/api/auth/refresh", { refreshToken: body.refresh_token })).body.code).toBe(
      "invalid_refresh_token",
    );
    expect((await userinfo(body.id_token)).body.code).toBe("invalid_token");
    expect((await userinfo(browser.token)).body.code).toBe("invalid_token");
  });

  it.each(["RS256", "ES256", "EdDSA"])(
    "gives an ID token that is signed by %s for an application that asks for it, again with a new token",
    async (idTokenAlgorithm) => {
      const own = await registerClient({ idTokenAlgorithm });
      const keys = createLocalJWKSet((await get("/.well-known/jwks.json")).body);
      const first = await tokensFor({}, own);
      const second = (await refresh(own, first.refresh_token)).body;
      for (const { id_token } of [first, second]) {
        const { protectedHeader } = await jwtVerify(id_token, keys, { issuer: ISSUER, audience: own.client_id });
        expect(protectedHeader).toMatchObject({ alg: idTokenAlgorithm, typ: "JWT" });
        const silent = authorizeUrl(own, { prompt: "none", id_token_hint: id_token });
        expect(nextOf(await open(silent, browser.cookie))?.searchParams.has("code")).toBe(true);
      }
    },
  );

  it("carries permissions that the application was registered with and the person holds, for its resource", async () => {
    const roleId = await insertRole(["articles:read", "songs:read"]);
    const person = await registerWithCookie();
    await database.query("update users set role_id = $1 where email = $2", [roleId, person.email]);
    const own = await registerClient({
      permissions: ["articles:read", "articles:write"],
      audiences: ["https://api.test"],
    });
    const body = await tokensFor(
      { scope: "articles:read articles:write songs:read users:read", resource: "https://api.test" },
      own,
      person.cookie,
    );
    expect(body.id_token).toBeUndefined();
    expect(claimsOf(body.access_token)).toMatchObject({ permissions: ["articles:read"], aud: "https://api.test" });
    expect((await userinfo(body.access_token)).body.code).toBe("invalid_token");
    // Nor does the database give it more than it was given, where it is asked.
    const ask = (permission?: string) =>
      verify(body.access_token, { audience: "https://api.test", strict: true, ...(permission && { permission }) });
    expect(await ask("articles:read")).toMatchObject({ ok: true, claims: { permissions: ["articles:read"] } });
    for (const permission of ["songs:read", "articles:write"])
      expect(await ask(permission)).toMatchObject({ code: "permission_missing" });
    await database.query("update roles set permissions = '[]' where id = $1", [roleId]);
    expect(claimsOf((await refresh(own, body.refresh_token)).body.access_token)["permissions"]).toEqual([]);
  });

  it("is for the application's own audience where nothing else is asked for", async () => {
    const own = await registerClient({ permissions: ["articles:read"] });
    const { access_token } = await tokensFor({ scope: "articles:read" }, own);
    expect(claimsOf(access_token)["aud"]).toBe(AUDIENCE);
    expect(await verify(access_token)).toMatchObject({ ok: true });
    const narrow = await registerClient({ permissions: ["articles:read"], audiences: ["https://api.test"] });
    expect(claimsOf((await tokensFor({ scope: "articles:read" }, narrow)).access_token)["aud"]).toBe(
      "https://api.test",
    );
  });

  it("is good once: of many at the same time one succeeds, the others are refused, and its grant ends", async () => {
    const client = await registerClient();
    const [rounds, uses] = inject("whole") ? [20, 50] : [4, 10];
    for (let round = 0; round < rounds; round++) {
      const code = await codeOf({}, client);
      const answers = await Promise.all(Array.from({ length: uses }, () => exchange(client, code)));
      const outcomes = answers.map(({ status, body }) => (status === 200 ? "tokens" : body.error));
      expect(outcomes.toSorted()).toEqual([...Array.from({ length: uses - 1 }, () => "invalid_grant"), "tokens"]);
      const { body } = answers.find(({ status }) => status === 200)!;
      expect((await refresh(client, body.refresh_token)).body.error).toBe("invalid_grant");
      expect((await userinfo(body.access_token)).body.code).toBe("invalid_token");
    }
  });

  it("is refused to whoever shows it while it is being used, and its grant ends", async () => {
    const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
    const code = await codeOf();
    await control.watch(first, { trip: 0, statement: "commit" });
    const used = exchange(client, code, {}, { "X-Request-Id": first });
    expect(await control.held(first)).toBe(true);
    await control.watch(second);
    const again = exchange(client, code, {}, { "X-Request-Id": second });
    await vi.waitFor(async () => expect(await control.blockedAt(second, databaseUrl())).toBeDefined());
    await control.go(first);
    const { status, body } = await used;
    expect(status).toBe(200);
    expect((await again).body.error).toBe("invalid_grant");
    expect((await refresh(client, body.refresh_token)).body.error).toBe("invalid_grant");
  });

  it("that is used again takes back all that it gave, and nothing that another gave", async () => {
    const own = await registerClient({ permissions: ["articles:read"] });
    const given = async (scope: string) => {
      const code = await codeOf({ scope }, own);
      return { code, ...((await exchange(own, code)).body as Record<"access_token" | "refresh_token", string>) };
    };
    const holds = async ({ access_token: token }: { access_token: string }, isIdentity: boolean) =>
      isIdentity
        ? [(await userinfo(token)).status === 200]
        : [
            (await verify(token, { strict: true })).ok,
            (await sendForm("/oauth/introspect", { ...own, token })).body.active,
          ];
    for (const scope of ["openid", "articles:read"]) {
      const [first, second] = [await given(scope), await given(scope)];
      const isIdentity = scope === "openid";
      expect(new Set(await holds(first, isIdentity)), scope).toEqual(new Set([true]));
      expect((await exchange(own, first.code)).status).toBe(400);
      expect(new Set(await holds(first, isIdentity)), scope).toEqual(new Set([false]));
      expect((await refresh(own, first.refresh_token)).body.error).toBe("invalid_grant");
      expect(new Set(await holds(second, isIdentity)), scope).toEqual(new Set([true]));
      expect((await refresh(own, second.refresh_token)).status).toBe(200);
    }
  });

  it("is not used up by somebody else, nor ended", async () => {
    const other = await registerClient();
    // Nothing but the code's own application stands in its way.
    await codeOf({}, other);
    const code = await codeOf();
    for (const [of, fields] of [
      [other, {}],
      [{ ...client, client_secret: other.client_secret }, {}],
      [{ client_id: client.client_id }, {}],
      [client, { code_verifier: "x".repeat(43) }],
      [client, { code_verifier: "" }],
      [client, { code_verifier: CHALLENGE }],
      [client, { redirect_uri: "https://evil.test" }],
    ] as const) {
      const { status, body } = await exchange(of, code, fields);
      const what = [of === other ? "another's" : "its own", ...Object.keys(of), ...Object.keys(fields)].join();
      expect([400, 401], what).toContain(status);
      expect(["invalid_grant", "invalid_client"], what).toContain(body.error);
    }
    const body = (await exchange(client, code)).body;
    expect(body.access_token).toBeTruthy();
    expect((await exchange(other, code)).body.error).toBe("invalid_grant");
    expect((await refresh(client, body.refresh_token)).status).toBe(200);
  });

  it("asked for without a challenge takes no verifier: somebody would have taken the challenge away", async () => {
    const bare = { code_challenge: undefined, code_challenge_method: undefined };
    expect((await exchange(client, await codeOf(bare))).body.error).toBe("invalid_grant");
    expect((await exchange(client, await codeOf(bare), { code_verifier: "" })).status).toBe(200);
  });

  it.each([
    ["its minute", "later"],
    ["the session", "logout"],
    ["the consent", "consent"],
    ["the account", "account"],
    ["the application", "application"],
  ])("is over with %s", async (_, what) => {
    const own = await registerClient();
    const person = await registerWithCookie();
    const code = await codeOf({}, own, person.cookie);
    if (what === "logout") await withCookie("/api/auth/logout", person.cookie, ALLOWED_ORIGIN);
    if (what === "consent") await del(`/api/security/applications/${own.client_id}`, { token: person.token });
    if (what === "account") await database.query("update users set is_active = false where email = $1", [person.email]);
    if (what === "application")
      await database.query("update oauth_clients set disabled_at = now() where client_id = $1", [own.client_id]);
    const { vi } = await import("vitest");
    if (what === "later") vi.useFakeTimers({ now: Date.now() + 60_001, toFake: ["Date"] });
    try {
      expect(["invalid_grant", "invalid_client"]).toContain((await exchange(own, code)).body.error);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([["junk"], ["v1.a.b.c"], ["art_junk"]])("that is %s is refused", async (code) => {
    expect((await exchange(client, code)).body.error).toBe("invalid_grant");
  });
});

describe("A refresh token of an application", () => {
  it("rotates, is repeated within the grace, and ends the grant when it is used again after it", async () => {
    const { refresh_token: first } = await tokensFor();
    const { refresh_token: second } = (await refresh(client, first)).body;
    expect(second).not.toBe(first);
    expect((await refresh(client, first)).body.refresh_token).toBe(second);
    await database.query("update oauth_grants set rotated_at = now() - interval '1 minute'");
    expect((await refresh(client, first)).body.error).toBe("invalid_grant");
    expect((await refresh(client, second)).body.error).toBe("invalid_grant");
  });

  it("gives less for less, never more, and an ID token where one was given", async () => {
    const { refresh_token } = await tokensFor();
    const { body } = await refresh(client, refresh_token, { scope: "openid" });
    expect([body.scope, claimsOf(body.access_token)["scope"]]).toEqual(["openid", "openid"]);
    expect(claimsOf(body.id_token)["nonce"]).toBeUndefined();
    expect((await refresh(client, body.refresh_token, { scope: "openid users:read" })).body.error).toBe(
      "invalid_scope",
    );
  });

  it("is its own application's alone", async () => {
    const other = await registerClient();
    const { refresh_token } = await tokensFor();
    expect((await refresh(other, refresh_token)).body.error).toBe("invalid_grant");
    expect((await refresh({ client_id: client.client_id }, refresh_token)).body.error).toBe("invalid_grant");
    await sendForm("/oauth/revoke", { ...other, token: refresh_token });
    expect((await refresh(client, browser.cookie)).body.error).toBe("invalid_grant");
    expect((await refresh(client, refresh_token)).status).toBe(200);
  });

  it("ends when it is revoked, with the consent, and with the session that it came from", async () => {
    const own = await registerClient();
    const person = await registerWithCookie();
    const ends: (() => Promise<unknown>)[] = [];
    const { refresh_token, access_token } = await tokensFor({}, own, person.cookie);
    expect((await sendForm("/oauth/revoke", { ...own, token: refresh_token })).status).toBe(200);
    expect((await refresh(own, refresh_token)).body.error).toBe("invalid_grant");
    expect((await userinfo(access_token)).body.code).toBe("invalid_token");
    ends.push(
      () => del(`/api/security/applications/${own.client_id}`, { token: person.token }),
      () => withCookie("/api/auth/logout", person.cookie, ALLOWED_ORIGIN),
    );
    for (const end of ends) {
      const tokens = await tokensFor({}, own, person.cookie);
      await end();
      expect((await refresh(own, tokens.refresh_token)).body.error).toBe("invalid_grant");
      expect((await userinfo(tokens.access_token)).body.code).toBe("invalid_token");
    }
  });
});

describe("A public client", () => {
  it("signs people in with a challenge and no secret, and takes none", async () => {
    const own = await registerClient({ isPublic: true });
    expect(own.client_secret).toBeUndefined();
    const { client_id } = own;
    const code = await codeOf({}, own);
    expect((await exchange({ client_id, client_secret: client.client_secret }, code)).body.error).toBe(
      "invalid_client",
    );
    const { body } = await exchange({ client_id }, code);
    expect((await refresh({ client_id }, body.refresh_token)).status).toBe(200);
    const asMachine = await sendForm("/oauth/token", { client_id, grant_type: "client_credentials" });
    expect(asMachine.body.error).toBe("invalid_client");
  });
});

describe("One's own account", () => {
  it("lists the applications with access, and takes it back", async () => {
    const own = await registerClient();
    const person = await registerWithCookie();
    await tokensFor({}, own, person.cookie);
    const list = async () => (await get("/api/security/applications", { token: person.token })).body.applications;
    expect(await list()).toMatchObject([{ id: own.client_id, name: "Carnet", scopes: ["openid", "profile", "email"] }]);
    const path = `/api/security/applications/${own.client_id}`;
    expect((await del(path, { token: (await registerMember()).token })).body.code).toBe("not_found");
    expect((await del(path, { token: person.token })).status).toBe(200);
    expect(await list()).toEqual([]);
    expect(nextOf(await open(authorizeUrl(own), person.cookie))).toBeUndefined();
  });
});

describe("Signing out for an application", () => {
  const leave = (fields: Record<string, string>, cookie?: string) =>
    open(`/oauth/logout?${new URLSearchParams({ continued: "1", ...fields }).toString()}`, cookie);

  it("asks, ends the session and its grants, clears the cookie and leads back", async () => {
    const back = "https://rp.example.test/bye";
    const own = await registerClient({ postLogoutRedirectUris: [back] });
    const person = await registerWithCookie();
    const { id_token, refresh_token } = await tokensFor({}, own, person.cookie);
    const page = await leave({ id_token_hint: id_token, post_logout_redirect_uri: back, state: "s" }, person.cookie);
    expect(nextOf(page)).toBeUndefined();
    const answer = await sendForm(
      "/oauth/logout",
      { request: questionOf(page) },
      { Cookie: `__Host-refresh_token=${person.cookie}` },
    );
    expect(nextOf(answer)?.href).toBe(`${back}?state=s`);
    expect(answer.headers.get("Set-Cookie")).toMatch(/^__Host-refresh_token=;/);
    expect((await refresh(own, refresh_token)).body.error).toBe("invalid_grant");
    expect((await withCookie("/api/auth/refresh", person.cookie, ALLOWED_ORIGIN)).status).toBe(401);
    // Nobody is signed in any more: nothing is asked.
    expect(nextOf(await leave({ client_id: own.client_id, post_logout_redirect_uri: back }))?.href).toBe(back);
  });

  it("leads nowhere that the application has not registered for it", async () => {
    const own = await registerClient({ postLogoutRedirectUris: ["https://rp.example.test/bye"] });
    const forged = (await tokensFor()).id_token.replace(/.{5}$/, "AAAAA");
    for (const fields of [
      { client_id: own.client_id, post_logout_redirect_uri: "https://rp.example.test/bye/" },
      { client_id: own.client_id, post_logout_redirect_uri: REDIRECT_URI },
      { post_logout_redirect_uri: "https://rp.example.test/bye" },
      { client_id: client.client_id, post_logout_redirect_uri: "https://rp.example.test/bye" },
      { id_token_hint: forged, post_logout_redirect_uri: "https://rp.example.test/bye" },
    ])
      expect(nextOf(await leave(fields as Record<string, string>)), Object.values(fields).at(-1)).toBeUndefined();
    expect((await sendForm("/oauth/logout", { request: "junk" })).status).toBe(400);
  });
});

describe("Redirect addresses", () => {
  it.each([
    "https://rp.example.test/cb#x",
    "https://user:pass@rp.example.test/cb",
    "http://rp.example.test/cb",
    "javascript:alert(1)",
    "data:text/html,x",
    "myapp:/cb",
    "https://rp.example.test/*",
    "/cb",
    "https://rp.example.test/c b",
    "https://rp。example.test/",
  ])("%s can't be registered", async (uri) => {
    const { registerAdmin } = await import("../support/staff.ts");
    const { token } = await registerAdmin();
    const { status } = await request("POST", "/api/admin/applications", {
      token,
      body: { name: "Carnet", redirectUris: [uri] },
    });
    expect(status).toBe(422);
  });
});

describe("Where there is no page to sign in on, or no key for ID tokens", () => {
  it("no application can send people", async () => {
    const vars = { PAGES: "off" };
    expect((await get(authorizeUrl(client), { vars })).status).toBe(404);
    const { body } = await get("/.well-known/openid-configuration", { vars });
    expect(body.authorization_endpoint).toBeUndefined();
  });
});
