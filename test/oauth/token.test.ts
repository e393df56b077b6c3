import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { createClientSecret } from "../../src/crypto/client-secret.ts";
import { createLocalVerifier } from "../../src/verifier/client/index.ts";
import type { TokenVerifierBinding, VerifyOptions } from "../../src/verifier/contract.ts";
import { signWithOurKey } from "../support/access-tokens.ts";
import { registerApplication, sendForm, type Credentials } from "../support/applications.ts";
import { AUDIENCE, ISSUER } from "../support/bindings.ts";
import { claimsOf, database, del, get, patch, post, registerMember, request, type Member } from "../support/service.ts";
import { insertRole, registerAdmin, registerWithRole } from "../support/staff.ts";

const service = (exports as unknown as { TokenVerifier: TokenVerifierBinding }).TokenVerifier;
const verify = (token: string, options?: VerifyOptions): Promise<any> => service.verify(token, options);

const GRANT = { grant_type: "client_credentials" };
const tokenFor = (fields: object, headers?: Record<string, string>) =>
  sendForm("/oauth/token", { ...GRANT, ...fields }, headers);
const basic = ({ client_id, client_secret }: Credentials) => ({
  Authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}`,
});

let admin: Member;
beforeAll(async () => {
  admin = await registerAdmin();
});

async function register(fields: object = {}): Promise<Credentials> {
  const { body } = await post("/api/admin/applications", { name: "Export", ...fields }, { token: admin.token });
  return { client_id: body.application.id, client_secret: body.secret };
}

describe("An application", () => {
  it("gets a token for itself, by either way to say who it is", async () => {
    const application = await register({ permissions: ["articles:read", "articles:write"] });
    for (const answer of [await tokenFor(application), await tokenFor({}, basic(application))]) {
      expect(answer.status).toBe(200);
      expect(answer.headers.get("Cache-Control")).toBe("no-store");
      expect(answer.body).toMatchObject({
        token_type: "Bearer",
        expires_in: 600,
        scope: "articles:read articles:write",
      });
      expect(await verify(answer.body.access_token, { permission: "articles:write", strict: true })).toMatchObject({
        ok: true,
        claims: {
          iss: ISSUER,
          aud: AUDIENCE,
          sub: application.client_id,
          client_id: application.client_id,
          permissions: ["articles:read", "articles:write"],
          scope: "articles:read articles:write",
          amr: [],
        },
      });
      expect(await createLocalVerifier(service).verify(answer.body.access_token)).toMatchObject({ ok: true });
    }
  });

  it("gets less where it asks for less, and never more", async () => {
    const application = await registerApplication({
      permissions: ["articles:*"],
      audiences: ["https://one.test", "two"],
    });
    const { body } = await tokenFor({ ...application, scope: "articles:read articles:read", resource: "two" });
    expect(claimsOf(body.access_token)).toMatchObject({ permissions: ["articles:read"], aud: "two" });
    expect(claimsOf((await tokenFor(application)).body.access_token)["aud"]).toBe("https://one.test");
    const codeOf = async (fields: object) => (await tokenFor({ ...application, ...fields })).body.error;
    expect(await codeOf({ scope: "articles:read users:read" })).toBe("invalid_scope");
    expect(await codeOf({ scope: "*" })).toBe("invalid_scope");
    for (const resource of [AUDIENCE, "https://one.test/", "https://one.test#", "tw", "TWO"])
      expect(await codeOf({ resource }), resource).toBe("invalid_target");
  });

  it("opens no route of this service, and none that a person's token opens is a person's", async () => {
    const token = (await tokenFor(await registerApplication())).body.access_token;
    expect((await get("/api/users/me", { token })).body.code).toBe("invalid_token");
    expect((await get("/api/security/sessions", { token })).body.code).toBe("invalid_token");
    expect((await post("/api/auth/logout", {}, { token })).status).toBe(200);
    expect(await verify(token, { strict: true })).toMatchObject({ ok: true });
  });
});

describe("The token endpoint", () => {
  it("refuses a client that it does not know, or that is not who it says, alike", async () => {
    const application = await registerApplication();
    const { secret } = await createClientSecret();
    for (const [fields, headers, trips] of [
      [{ ...application, client_secret: secret }, {}, 1],
      [{ ...application, client_id: "app_0000000000000000" }, {}, 1],
      [{ ...application, client_id: "nobody" }, {}, 0],
      [{ ...application, client_secret: "short" }, {}, 0],
      [{ client_id: application.client_id }, {}, 0],
      [{}, {}, 0],
      [{}, { Authorization: "Basic !" }, 0],
      [{}, { Authorization: `Bearer ${application.client_secret}` }, 0],
    ] as const) {
      let answer: any;
      const shown = [...Object.keys(fields), ...Object.keys(headers)].join();
      expect(await database.tripsOf(async () => (answer = await tokenFor(fields, headers))), shown).toBe(trips);
      expect(answer, shown).toMatchObject({ status: 401, body: { error: "invalid_client" } });
      expect(answer.headers.get("WWW-Authenticate"), shown).toBe("Basic");
    }
  });

  it.each([
    ["no grant", { grant_type: "" }, "invalid_request"],
    ["another grant", { grant_type: "password" }, "unsupported_grant_type"],
  ])("refuses %s", async (_, fields, code) => {
    const { status, body } = await tokenFor({ ...(await registerApplication()), ...fields });
    expect([status, body.error]).toEqual([400, code]);
  });

  it("refuses two ways to say who it is, and a parameter that is there twice", async () => {
    const application = await registerApplication();
    expect((await tokenFor(application, basic(application))).body.error).toBe("invalid_request");
    const other = await registerApplication();
    expect((await tokenFor({ client_id: other.client_id }, basic(application))).body.error).toBe("invalid_request");
    const twice = new URLSearchParams([
      ...Object.entries({ ...GRANT, ...application }),
      ["scope", "a:b"],
      ["scope", "c:d"],
    ]);
    const answer = await request("POST", "/oauth/token", {
      rawBody: twice.toString(),
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
    expect(answer.body.error).toBe("invalid_request");
  });
});

/** What ends an application's tokens. */
const ENDS: Record<string, (path: string) => Promise<{ status: number }>> = {
  "it is disabled": (path) => patch(path, { isActive: false }, { token: admin.token }),
  "it is deleted": (path) => del(path, { token: admin.token }),
  "it may do something else": (path) => patch(path, { permissions: [] }, { token: admin.token }),
  "it has other audiences": (path) => patch(path, { audiences: ["other"] }, { token: admin.token }),
  "its secret is replaced at once": (path) => post(`${path}/secret`, { overlapSeconds: 0 }, { token: admin.token }),
};

describe("A token of an application is refused", () => {
  it.each(Object.keys(ENDS))("when %s", async (name) => {
    const application = await registerApplication({ permissions: ["articles:read"] });
    const token = (await tokenFor(application)).body.access_token;
    expect(await verify(token)).toMatchObject({ ok: true });
    expect((await ENDS[name]!(`/api/admin/applications/${application.client_id}`)).status).toBe(200);
    expect(await verify(token, { strict: true })).toMatchObject({ code: "session_revoked" });
    await vi.waitFor(async () => expect(await verify(token)).toMatchObject({ code: "session_revoked" }));
  });

  it("when it names an application and somebody else, or half of one", async () => {
    const good = claimsOf((await tokenFor(await registerApplication())).body.access_token);
    for (const bent of [
      { sub: "app_0000000000000000" },
      { sub: "app_x", client_id: "app_x" },
      { client_id: undefined },
      { scope: undefined },
      { client_id: 1 },
    ])
      expect([bent, await verify(await signWithOurKey({ ...good, ...bent }))]).toMatchObject([
        bent,
        { code: "token_invalid" },
      ]);
    expect(await verify(await signWithOurKey(good))).toMatchObject({ ok: true });
  });
});

describe("Introspection", () => {
  it("tells an application about tokens for it, and nothing about others", async () => {
    const caller = await registerApplication({ audiences: ["one"] });
    const own = (await tokenFor(await registerApplication({ audiences: ["one", "two"], permissions: ["a:b"] }))).body
      .access_token;
    const foreign = (await registerMember()).token;
    const ask = async (token: string) => (await sendForm("/oauth/introspect", { ...caller, token })).body;
    expect(await ask(own)).toMatchObject({ active: true, scope: "a:b", aud: "one" });
    for (const token of [foreign, "junk", `${own}x`]) expect(await ask(token)).toEqual({ active: false });
    expect((await sendForm("/oauth/introspect", { token: own })).body.error).toBe("invalid_client");
  });
});

describe("Applications are registered", () => {
  it("with what the administrator holds, never with permissions over this service", async () => {
    const token = (await registerWithRole(await insertRole(["applications:*", "articles:read"]))).token;
    const codeOf = async (permissions: string[]) =>
      (await post("/api/admin/applications", { name: "Export", permissions }, { token })).body.code;
    expect(await codeOf(["articles:read"])).toBeUndefined();
    for (const permissions of [["articles:write"], ["applications:read"], ["*"], ["articles:*"]])
      expect(await codeOf(permissions), permissions[0]).toBe("not_grantable");
    const above = await registerApplication({ permissions: ["articles:write"] });
    const path = `/api/admin/applications/${above.client_id}`;
    for (const answer of [
      await patch(path, { name: "Pris" }, { token }),
      await post(`${path}/secret`, {}, { token }),
      await del(path, { token }),
    ])
      expect(answer.body.code).toBe("not_grantable");
    expect((await tokenFor(above)).status).toBe(200);
  });

  it("and listed without their secrets, changed, rotated with an overlap, and audited", async () => {
    const application = await register({ permissions: ["articles:read"] });
    const path = `/api/admin/applications/${application.client_id}`;
    const { token } = admin;
    expect((await patch(path, { name: "Copie" }, { token })).body.application).toMatchObject({
      name: "Copie",
      permissions: ["articles:read"],
    });
    const { body } = await post(`${path}/secret`, { overlapSeconds: 60 }, { token });
    const { text, body: list } = await get("/api/admin/applications?limit=100", { token });
    expect(list.data.find(({ id }: any) => id === application.client_id)).toEqual(body.application);
    expect(text).not.toContain("acs_");
    const renewed = { ...application, client_secret: body.secret };
    expect([(await tokenFor(application)).status, (await tokenFor(renewed)).status]).toEqual([200, 200]);
    await database.query("update oauth_clients set previous_until = now() where client_id = $1", [
      application.client_id,
    ]);
    expect([(await tokenFor(application)).status, (await tokenFor(renewed)).status]).toEqual([401, 200]);
    await patch(path, { isActive: false }, { token });
    expect((await tokenFor(renewed)).body.error).toBe("invalid_client");
    await patch(path, { isActive: true }, { token });
    expect((await tokenFor(renewed)).status).toBe(200);
    expect((await del(path, { token })).status).toBe(200);
    expect((await del(path, { token })).body.code).toBe("not_found");
    const audited = await database.query<{ action: string; text: string }>(
      "select action, l::text as text from audit_logs l where target_type = 'application' and target_id = $1 order by id",
      [application.client_id],
    );
    expect(audited.map(({ action }) => action)).toEqual([
      "application.created",
      "application.updated",
      "application.secret_rotated",
      "application.updated",
      "application.updated",
      "application.deleted",
    ]);
    expect(audited.map(({ text }) => text).join()).not.toContain("acs_");
  });
});
