/** Applications that no administrator has registered: docs/auth-api.md, "Open clients". */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import {
  authorizeUrl,
  codeFor,
  decide,
  exchange,
  formOf,
  nextOf,
  open,
  registerClient,
  sendForm,
} from "../support/applications.ts";
import { registerWithCookie } from "../support/cookies.ts";
import { others } from "../support/issuer.ts";
import { passTheNight } from "../support/jobs.ts";
import { VERIFIER } from "../support/pkce.ts";
import { database, get, patch, post, request } from "../support/service.ts";
import { registerAdmin } from "../support/staff.ts";

const REDIRECT = "http://127.0.0.1/callback";
const RESOURCE = "https://mcp.example.test/mcp";
const register = (fields: object = {}) => post("/oauth/register", { redirect_uris: [REDIRECT], ...fields });
const back = { redirect_uri: "http://127.0.0.1:51234/callback", scope: "notes:read", resource: RESOURCE };
const claimsOf = (token: string) => JSON.parse(atob(token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/")));

/** `blanks` follow the document. */
type Behaviour = Partial<Parameters<typeof others.behave>[1]> & { blanks?: number };

let documents = 0;
/** Where a document lies, and what it says unless told otherwise. */
async function publish(changes: object = {}, behaviour: Behaviour = {}) {
  const name = `client-${++documents}`;
  const id = others.receiver(name);
  const put = (says: object = {}, { blanks = 0, ...how }: Behaviour = {}) =>
    others.behave(name, {
      headers: { "Content-Type": "application/json" },
      body:
        JSON.stringify({ client_id: id, client_name: "Inspector", redirect_uris: [REDIRECT], ...says }) +
        " ".repeat(blanks),
      ...how,
    });
  await put(changes, behaviour);
  return { client_id: id, put, asked: async () => (await others.gotBy(name)).length };
}

let cookie: string;
beforeAll(async () => {
  ({ cookie } = await registerWithCookie());
});

describe("An application that registers itself", () => {
  it("gets an id without a secret, asks the person, and then a token for the API", async () => {
    const { status, body, headers } = await register({
      client_name: "Inspector",
      token_endpoint_auth_method: "client_secret_post",
      scope: "notes:read admin",
      is_first_party: true,
    });
    expect(status).toBe(201);
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(body).toMatchObject({
      client_name: "Inspector",
      redirect_uris: [REDIRECT],
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
    });
    expect(body).not.toHaveProperty("client_secret");
    const asked = { ...back, scope: "openid notes:read users:read artists:write" };
    const page = await open(authorizeUrl(body, asked), cookie);
    expect(page.text).toContain("Inspector");
    expect(page.text).toContain("personne n'a vérifié".replace("'", "&#39;"));
    const code = nextOf(await decide(page, cookie))!.searchParams.get("code")!;
    const tokens = await exchange({ client_id: body.client_id }, code, { redirect_uri: asked.redirect_uri });
    expect(claimsOf(tokens.body.access_token)).toMatchObject({
      client_id: body.client_id,
      scope: "openid notes:read",
      aud: expect.arrayContaining([RESOURCE]),
    });
  });

  it.each([
    ["none", []],
    ["one without TLS", ["http://evil.example/callback"]],
    ["a script", ["javascript:alert(1)"]],
    ["a scheme that is everybody's", ["myapp:/callback"]],
    ["one with a fragment", ["https://rp.example.test/callback#a"]],
    ["one with a user", ["https://a@rp.example.test/callback"]],
    ["a pattern", ["https://*.example.test/callback"]],
    ["a good one and a bad one", [REDIRECT, "http://evil.example/"]],
    ["too many", Array.from({ length: 21 }, (_, n) => `https://rp.example.test/${n}`)],
  ])("with redirect addresses that are no good: %s", async (_, redirect_uris) => {
    const { status, body } = await register({ redirect_uris });
    expect([status, body.error]).toEqual([400, "invalid_redirect_uri"]);
  });

  it("says what is wrong in the words of RFC 7591, whatever was sent", async () => {
    for (const rawBody of ["{}{}", "", "null", "[]", '{"redirect_uris":"https://rp.example.test"}']) {
      const sent = { rawBody, headers: { "Content-Type": "application/json" } };
      const { status, body } = await request("POST", "/oauth/register", sent);
      expect([status, body.error], rawBody).toEqual([400, "invalid_client_metadata"]);
    }
  });

  it("with a name that shows something else gets another", async () => {
    for (const client_name of ["a\u202eb", "a\u0000b", "", "  ", "a\u2028b", "x".repeat(101)])
      expect((await register({ client_name })).body.client_name, JSON.stringify(client_name)).toBe("Application");
  });

  it("is forgotten if nobody lets it in within a day", async () => {
    const [unused, used, young] = await Promise.all([register(), register(), register()]);
    await codeFor(used.body, cookie, back);
    await database.query(
      "update oauth_clients set updated_at = now() - interval '25 hours' where client_id = any($1::text[])",
      [[unused.body.client_id, used.body.client_id]],
    );
    await passTheNight();
    const left = await database.query<{ client_id: string }>(
      "select client_id from oauth_clients where client_id = any($1::text[])",
      [[unused, used, young].map(({ body }) => body.client_id)],
    );
    expect(left.map(({ client_id }) => client_id).toSorted()).toEqual(
      [used.body.client_id, young.body.client_id].toSorted(),
    );
  });

  it("gets nothing more, for a code or a refresh token, once its kind is no longer let in", async () => {
    const { body } = await register();
    const codeOf = async () => (await codeFor(body, cookie, back)).searchParams.get("code")!;
    const { body: tokens } = await exchange(body, await codeOf(), { redirect_uri: back.redirect_uri });
    const ask = (fields: object, OPEN_CLIENTS: string) =>
      request("POST", "/oauth/token", { ...formOf({ client_id: body.client_id, ...fields }), vars: { OPEN_CLIENTS } });
    const code = {
      grant_type: "authorization_code",
      code: await codeOf(),
      redirect_uri: back.redirect_uri,
      code_verifier: VERIFIER,
    };
    const refresh = { grant_type: "refresh_token", refresh_token: tokens.refresh_token };
    for (const off of ["", "document"]) {
      expect((await ask(code, off)).body.error).toBe("invalid_client");
      expect((await ask(refresh, off)).body.error).toBe("invalid_grant");
    }
    expect((await ask(code, "registration")).status).toBe(200);
    expect((await ask(refresh, "registration")).status).toBe(200);
  });

  it("never becomes an administrator's own, and can be disabled", async () => {
    const { body } = await register();
    const { token } = await registerAdmin();
    const change = (fields: object) => patch(`/api/admin/applications/${body.client_id}`, fields, { token });
    const { body: changed } = await change({ isFirstParty: true, permissions: ["artists:write"] });
    expect(changed.application).toMatchObject({ source: "registration", isFirstParty: false });
    expect(nextOf(await open(authorizeUrl(body, back), cookie))).toBeUndefined();
    const code = (await codeFor(body, cookie, { ...back, scope: "notes:read artists:write" })).searchParams.get(
      "code",
    )!;
    const { body: tokens } = await exchange(body, code, { redirect_uri: back.redirect_uri });
    expect(tokens.scope).toBe("notes:read");
    await change({ isActive: false });
    expect((await open(authorizeUrl(body, back), cookie)).status).toBe(400);
  });
});

describe("An application known by a document", () => {
  it("is named by its host, asks the person, and then gets tokens, and new ones", async () => {
    const client = await publish();
    const page = await open(authorizeUrl(client, back), cookie);
    expect(page.text).toContain("Inspector");
    expect(page.text).toContain(new URL(client.client_id).host);
    const code = nextOf(await decide(page, cookie))!.searchParams.get("code")!;
    const { status, body } = await exchange({ client_id: client.client_id }, code, { redirect_uri: back.redirect_uri });
    expect(status).toBe(200);
    expect(claimsOf(body.access_token)).toMatchObject({ client_id: client.client_id, aud: RESOURCE });
    const again = await sendForm("/oauth/token", {
      grant_type: "refresh_token",
      client_id: client.client_id,
      refresh_token: body.refresh_token,
    });
    expect(again.status).toBe(200);
    const verdict = await post("/api/auth/verify-token", { token: again.body.access_token, audience: RESOURCE });
    expect(verdict.body).toMatchObject({ active: true, claims: { client_id: client.client_id } });
  });

  it("is fetched for nobody who has not signed in, once an hour, and counts for a day while it is away", async () => {
    const client = await publish();
    const url = authorizeUrl(client, back);
    expect(nextOf(await open(url))?.pathname).toBe("/sign-in");
    expect(nextOf(await open(url, "junk"))?.pathname).toBe("/sign-in");
    expect(await client.asked()).toBe(0);
    for (let visit = 0; visit < 3; visit++) expect((await open(url, cookie)).text).toContain("Inspector");
    expect(await client.asked()).toBe(1);
    const grow = (interval: string) =>
      database.query("update oauth_clients set fetched_at = now() - $2::interval where client_id = $1", [
        client.client_id,
        interval,
      ]);
    await grow("61 minutes");
    await client.put({ client_name: "Renamed" });
    expect((await open(url, cookie)).text).toContain("Renamed");
    await client.put({}, { status: 500 });
    await grow("23 hours");
    expect((await open(url, cookie)).text).toContain("Renamed");
    await grow("25 hours");
    expect((await open(url, cookie)).status).toBe(400);
  });

  it.each<[string, object, object?]>([
    ["another id", { client_id: "https://other.example.test/client" }],
    ["no id", { client_id: undefined }],
    ["a secret", { client_secret: "s" }],
    ["a way to show a secret", { token_endpoint_auth_method: "client_secret_basic" }],
    ["no redirect address", { redirect_uris: [] }],
    ["a redirect address without TLS", { redirect_uris: [REDIRECT, "http://evil.example/"] }],
    ["other types", { redirect_uris: REDIRECT }],
    ["5 KiB and more", { padding: "x".repeat(5_200) }],
    ["5 KiB and more, the rest of it blank", {}, { blanks: 5_200 }],
    ["a redirect", {}, { status: 302, headers: { Location: "https://evil.example/" } }],
    ["an error", {}, { status: 404 }],
    ["no JSON", {}, { body: "<html>" }],
    ["a list", {}, { body: "[]" }],
  ])("is unknown if it answers with %s", async (_, says, how = {}) => {
    const client = await publish(says, how);
    const page = await open(authorizeUrl(client, back), cookie);
    expect([page.status, nextOf(page)]).toEqual([400, undefined]);
    expect(await database.query("select from oauth_clients where client_id = $1", [client.client_id])).toEqual([]);
  });

  it("is unknown, and not asked for, at an address that leads inside or has another spelling", async () => {
    const { client_id: good, asked } = await publish();
    const { origin, pathname } = new URL(good);
    for (const id of [
      "https://169.254.169.254/latest/meta-data",
      "https://10.0.0.1/client",
      "https://localhost/client",
      "https://metadata.google.internal/client",
      "http://clients.example.test/client",
      "https://a@clients.example.test/client",
      "https://clients.example.test:22/client",
      "https://clients.example.test/",
      "https://clients.example.test",
      "https://clients.example.test/a/../client",
      "https://CLIENTS.example.test/client",
      "https://clients.example.test/client?a",
      "https://clients.example.test/client#a",
      "http://localhost:3001/openapi.json",
      "file:///etc/passwd",
      `${origin}/x/..${pathname}`,
      `${good}?`,
      `${good}#`,
      `${good}?a`,
      `${good}#a`,
    ]) {
      const page = await open(authorizeUrl({ client_id: id }, back), cookie);
      expect([page.status, nextOf(page), await asked()], id).toEqual([400, undefined, 0]);
    }
  });

  it("can be disabled for good, whatever the document says", async () => {
    const client = await publish();
    await open(authorizeUrl(client, back), cookie);
    const { token } = await registerAdmin();
    const path = `/api/admin/applications/${encodeURIComponent(client.client_id)}`;
    expect((await patch(path, { isActive: false }, { token })).body.application).toMatchObject({
      id: client.client_id,
      source: "document",
    });
    expect((await open(authorizeUrl(client, back), cookie)).status).toBe(400);
  });
});

describe("Open clients", () => {
  it("reach what the configuration says at the time, and nothing over this service", async () => {
    const { body } = await register();
    for (const [fields, error] of [
      [{ resource: "auth-api" }, "invalid_target"],
      [{ resource: "https://other.example.test/" }, "invalid_target"],
      [{ code_challenge: undefined, code_challenge_method: undefined }, "invalid_request"],
    ] as const) {
      const page = await open(authorizeUrl(body, { ...back, ...fields }), cookie);
      expect([fields, nextOf(page)?.searchParams.get("error")]).toEqual([fields, error]);
    }
    const claimsFor = async (fields: object) => {
      const code = (await codeFor(body, cookie, { ...back, ...fields })).searchParams.get("code")!;
      return claimsOf((await exchange(body, code, { redirect_uri: back.redirect_uri })).body.access_token);
    };
    expect(env.OPEN_CLIENT_SCOPES).toContain("users:read");
    expect(await claimsFor({ scope: "notes:read users:read" })).toMatchObject({ scope: "notes:read" });
    const before = { ...env };
    Object.assign(env, { OPEN_CLIENT_RESOURCES: "", OPEN_CLIENT_SCOPES: "" });
    const claims = await claimsFor({ resource: undefined });
    expect(claims).toMatchObject({ scope: "", aud: "http://localhost:3001/oauth/userinfo" });
    Object.assign(env, before);
  });

  it("are off by default, and then unknown; the metadata says which are on", async () => {
    const metadata = async () => (await get("/.well-known/oauth-authorization-server")).body;
    expect(await metadata()).toMatchObject({
      registration_endpoint: "http://localhost:3001/oauth/register",
      client_id_metadata_document_supported: true,
    });
    const { body: registered } = await register();
    const documented = await publish();
    await open(authorizeUrl(documented, back), cookie);
    const before = { ...env };
    Object.assign(env, { OPEN_CLIENTS: "" });
    expect((await register()).status).toBe(404);
    for (const client of [registered, documented])
      expect((await open(authorizeUrl(client, back), cookie)).status, client.client_id).toBe(400);
    expect(Object.keys(await metadata())).not.toEqual(
      expect.arrayContaining(["registration_endpoint", "client_id_metadata_document_supported"]),
    );
    Object.assign(env, before);
  });

  it("cannot take an administrator's place: a secret is asked of those that have one", async () => {
    const client = await registerClient();
    const { body } = await register();
    const code = (await codeFor(body, cookie, back)).searchParams.get("code")!;
    for (const credentials of [client, { client_id: client.client_id }])
      expect((await exchange(credentials, code, { redirect_uri: back.redirect_uri })).status).toBeGreaterThan(399);
  });

  it("get no token for themselves", async () => {
    const { body } = await register();
    const answer = await sendForm("/oauth/token", { grant_type: "client_credentials", client_id: body.client_id });
    expect([answer.status, answer.body.error]).toEqual([401, "invalid_client"]);
  });
});
