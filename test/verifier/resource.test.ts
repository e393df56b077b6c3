/** A protected resource: what it says of itself, whom it lets in, and what it tells the others. */
import { exports } from "cloudflare:workers";
import { Hono } from "hono";
import { beforeAll, describe, expect, it } from "vitest";
import {
  createLocalVerifier,
  createVerifier,
  refusalResponse,
  requireToken,
  withToken,
  type Guarding,
  type TokenVerifierBinding,
} from "../../src/verifier/client/index.ts";
import { ISSUER } from "../support/bindings.ts";
import { codeFor, exchange, registerApplication, registerClient, sendForm } from "../support/applications.ts";
import { registerWithCookie } from "../support/cookies.ts";
import { registerMember, request } from "../support/service.ts";

const service = (exports as unknown as { TokenVerifier: TokenVerifierBinding }).TokenVerifier;
const RESOURCE = "https://mcp.example.test/mcp";
const METADATA = "https://mcp.example.test/.well-known/oauth-protected-resource/mcp";

/** Each way to guard an API, with one line. */
const WAYS: Record<string, (guarding: Guarding) => (asked: Request) => Promise<Response>> = {
  withToken: (guarding) => {
    const fetch = withToken((_request, _env, _ctx, claims) => Response.json(claims), guarding);
    return (asked) => fetch(asked, { AUTH: service }, {});
  },
  "withToken, locally": (guarding) => WAYS["withToken"]!({ ...guarding, verifier: createLocalVerifier }),
  requireToken: (guarding) => {
    const app = new Hono().use(requireToken(guarding)).all("*", (c) => c.json(c.var.claims));
    return async (asked) => app.fetch(asked, { AUTH: service });
  },
};

const bearing = (token?: string, url = RESOURCE) =>
  new Request(url, { method: "POST", headers: token === undefined ? {} : { Authorization: `Bearer ${token}` } });

/** A token of an application that acts for itself. */
async function machineToken(scope: string, resource = RESOURCE): Promise<string> {
  const client = await registerApplication({ permissions: ["notes:*"], audiences: [RESOURCE, "https://other.test/"] });
  const { body } = await sendForm("/oauth/token", { grant_type: "client_credentials", ...client, scope, resource });
  return body.access_token;
}

let reading: string;
let writing: string;
beforeAll(async () => {
  [reading, writing] = await Promise.all([machineToken("notes:read"), machineToken("notes:read notes:write")]);
});

describe.each(Object.entries(WAYS))("A resource behind %s", (_, protect) => {
  it("says where a client gets a token for it, to everyone, from any origin", async () => {
    const ask = protect({ resource: RESOURCE, scope: "notes:read", permission: "notes:write" });
    const answer = await ask(new Request(METADATA));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(await answer.json()).toEqual({
      resource: RESOURCE,
      authorization_servers: [ISSUER],
      bearer_methods_supported: ["header"],
      scopes_supported: ["notes:write", "notes:read"],
    });
    const preflight = await ask(new Request(METADATA, { method: "OPTIONS" }));
    expect([preflight.status, preflight.headers.get("Access-Control-Allow-Headers")]).toEqual([204, "*"]);
    expect((await ask(new Request(METADATA, { method: "POST" }))).status).toBe(401);
    expect((await ask(new Request("https://mcp.example.test/.well-known/oauth-protected-resource"))).status).toBe(401);
  });

  it("names its metadata and its scopes in every refusal", async () => {
    const ask = protect({ resource: RESOURCE, scope: "notes:read notes:write" });
    const told = `scope="notes:read notes:write", resource_metadata="${METADATA}"`;
    for (const [token, status, code, challenge] of [
      [undefined, 401, "token_missing", `Bearer ${told}`],
      ["junk", 401, "token_malformed", `Bearer error="invalid_token", error_description="token_malformed", ${told}`],
      [reading, 403, "scope_missing", `Bearer error="insufficient_scope", ${told}`],
    ] as const) {
      const answer = await ask(bearing(token));
      expect(answer.headers.get("WWW-Authenticate"), code).toBe(challenge);
      expect([answer.status, await answer.json()]).toMatchObject([status, { code }]);
    }
    expect((await ask(bearing(writing))).status).toBe(200);
  });

  it("takes tokens for itself alone, with every scope that it asks for", async () => {
    const { token: session } = await registerMember();
    const elsewhere = await machineToken("notes:read", "https://other.test/");
    const ask = protect({ resource: RESOURCE, scope: "notes:read" });
    for (const [token, expected] of [
      [reading, "good"],
      [elsewhere, "audience_mismatch"],
      [session, "audience_mismatch"],
    ] as const) {
      const answer = await ask(bearing(token));
      const code = answer.ok ? "good" : (await answer.json<{ code: string }>()).code;
      expect(code, token === session ? "a session's" : expected).toBe(expected);
    }
  });

  it("wants `permission` of the person, and `scope` of the application", async () => {
    const client = await registerClient({ permissions: ["notes:read"], audiences: [RESOURCE] });
    const { cookie } = await registerWithCookie();
    const code = (await codeFor(client, cookie, { scope: "notes:read", resource: RESOURCE })).searchParams.get("code")!;
    const { body } = await exchange(client, code);
    expect((await protect({ resource: RESOURCE, scope: "notes:read" })(bearing(body.access_token))).status).toBe(200);
    const refused = await protect({ resource: RESOURCE, permission: "notes:read" })(bearing(body.access_token));
    expect(await refused.json()).toMatchObject({ code: "permission_missing" });
  });

  it.each([
    ["a scope with a quote", { scope: 'a", b="' }],
    ["no scope, as null", { scope: null }],
    ["an empty scope", { scope: "" }],
    ["a list of scopes", { scope: ["notes:read"] }],
    ["an empty resource", { resource: "" }],
    ["a relative resource", { resource: "/mcp" }],
    ["a resource with a fragment", { resource: `${RESOURCE}#a` }],
    ["a resource with a query", { resource: `${RESOURCE}?a` }],
    ["a resource that is no address", { resource: "https://[/" }],
    ["an audience that is null", { resource: RESOURCE, audience: null }],
  ])("lets nobody in with %s", async (_name, guarding) => {
    const answer = await protect(guarding as unknown as Guarding)(bearing(writing));
    expect(await answer.json()).toMatchObject({ code: "invalid_options", status: 500 });
  });
});

describe("Without a resource", () => {
  it("a scope is checked by hand too, and a session's own token has none", async () => {
    const { token } = await registerMember();
    for (const create of [createVerifier, createLocalVerifier]) {
      expect(await create(service, { scope: "notes:read" }).verify(token)).toMatchObject({ code: "scope_missing" });
      const verdict = await create(service, { audience: RESOURCE }).verify(writing, { scope: "notes:write" });
      expect(verdict).toMatchObject({ ok: true });
      // Part of a name is not the name.
      expect(await create(service, { audience: RESOURCE }).verify(writing, { scope: "notes" })).toMatchObject({
        code: "scope_missing",
        status: 403,
      });
    }
  });

  it("there is no metadata, and a challenge names none", async () => {
    const guarded = withToken(() => new Response(), { scope: "notes:read" });
    const answer = await guarded(new Request(METADATA), { AUTH: service }, {});
    expect([answer.status, answer.headers.get("WWW-Authenticate")]).toEqual([401, "Bearer"]);
    const refusal = refusalResponse({ ok: false, code: "scope_missing", status: 403 }, { scope: "notes:read" });
    expect(refusal.headers.get("WWW-Authenticate")).toBe('Bearer error="insufficient_scope", scope="notes:read"');
  });

  it("the metadata names the root of a host without a path, and what `scopes` says", async () => {
    const app = new Hono().use(requireToken({ resource: "https://api.example.test", scopes: ["a", "b"] }));
    const path = "https://api.example.test/.well-known/oauth-protected-resource";
    const body = await (await app.fetch(new Request(path), { AUTH: service })).json();
    expect(body).toMatchObject({ resource: "https://api.example.test", scopes_supported: ["a", "b"] });
    const { body: server } = await request("GET", "/.well-known/oauth-authorization-server");
    expect(body).toMatchObject({ authorization_servers: [server.issuer] });
  });

  it("the metadata is 503 while the service is away", async () => {
    const away = { jwks: () => Promise.reject(new Error("away")) } as unknown as TokenVerifierBinding;
    const guarded = withToken(() => new Response(), { resource: RESOURCE });
    const answer = await guarded(new Request(METADATA), { AUTH: away }, {});
    expect([answer.status, answer.headers.get("Cache-Control")]).toEqual([503, "no-store"]);
  });
});
