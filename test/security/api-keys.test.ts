import { env, exports } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createApiKey, createApiKeyId } from "../../src/crypto/api-key.ts";
import { createLocalVerifier } from "../../src/verifier/client/index.ts";
import type { TokenVerifierBinding, VerifyOptions } from "../../src/verifier/contract.ts";
import { MAX_API_KEYS } from "../../src/services/applications/api-keys.ts";
import { AUDIENCE, ISSUER } from "../support/bindings.ts";
import { forgot, proveMailbox, reset } from "../support/mailed-links.ts";
import { database, del, get, patch, post, registerMember, type Member } from "../support/service.ts";
import { insertApiKey, insertRole, registerAdmin, registerWithRole } from "../support/staff.ts";

const service = (exports as unknown as { TokenVerifier: TokenVerifierBinding }).TokenVerifier;
const verify = (key: string, options?: VerifyOptions): Promise<any> => service.verify(key, options);

const EDITOR = ["artists:read", "artists:write", "songs:*"];
const registerEditor = async () => registerWithRole(await insertRole(EDITOR));

async function issue(member: Member, fields: object = {}): Promise<{ key: string; id: string }> {
  const { status, body } = await post(
    "/api/security/api-keys",
    { name: "Sauvegarde", permissions: ["artists:read"], ...fields },
    { token: member.token },
  );
  expect(status).toBe(201);
  return { key: body.key, id: body.apiKey.id };
}

const refused = (code: string, status = 401) => ({ ok: false, code, status });

afterEach(() => {
  vi.useRealTimers();
  Object.assign(env, { TWO_FACTOR_REQUIRED_FOR_ADMIN: "off" });
});

describe("A new API key", () => {
  it("is shown once, and listed without its secret", async () => {
    const member = await registerEditor();
    const { body } = await post(
      "/api/security/api-keys",
      { name: "Sauvegarde", permissions: ["artists:read", "songs:*"], expiresInDays: 30 },
      { token: member.token },
    );
    expect(body.key).toMatch(new RegExp(`^ak_${body.apiKey.id}_[0-9a-f]{64}_[0-9a-f]{8}$`));
    const { text, body: list } = await get("/api/security/api-keys", { token: member.token });
    expect(list.apiKeys).toEqual([body.apiKey]);
    expect(text).not.toContain(body.key.split("_")[2]);
    expect(list.apiKeys[0]).toMatchObject({ name: "Sauvegarde", permissions: ["artists:read", "songs:*"] });
    expect(Date.parse(list.apiKeys[0].expiresAt) - Date.parse(list.apiKeys[0].createdAt)).toBe(30 * 86_400_000);
  });

  it.each([["artists:delete"], ["songs:read", "users:read"], ["*"], ["artists:*"]])(
    "can't have %s, which its owner lacks or which administers this service",
    async (...permissions) => {
      const body = { name: "Sauvegarde", permissions };
      const editor = await registerEditor();
      const token = permissions[0] === "*" ? (await registerAdmin()).token : editor.token;
      expect((await post("/api/security/api-keys", body, { token })).body.code).toBe("not_grantable");
    },
  );

  it("needs the second factor that its owner needs to use the permission", async () => {
    const { token } = await registerAdmin();
    Object.assign(env, { TWO_FACTOR_REQUIRED_FOR_ADMIN: "on" });
    const answer = await post("/api/security/api-keys", { name: "Robot", permissions: ["artists:read"] }, { token });
    expect(answer.body.code).toBe("two_factor_required");
  });

  it("is refused beyond the limit", async () => {
    const { token, userId } = await registerMember();
    for (let at = 0; at < MAX_API_KEYS; at++) await insertApiKey(userId);
    expect((await post("/api/security/api-keys", { name: "Robot" }, { token })).body.code).toBe("too_many_api_keys");
  });
});

describe("An API key at another Worker", () => {
  it("says who it acts for, with one trip, then none for a minute", async () => {
    const member = await registerEditor();
    const { key, id } = await issue(member);
    let verdict: any;
    const strict = () => database.tripsOf(async () => (verdict = await verify(key, { permission: "artists:read" })));
    // The second one notes the use, after the answer.
    expect(await strict()).toBeLessThanOrEqual(2);
    expect(verdict).toMatchObject({
      ok: true,
      claims: {
        iss: ISSUER,
        aud: AUDIENCE,
        sub: String(member.userId),
        jti: id,
        permissions: ["artists:read"],
        amr: ["api_key"],
      },
    });
    await vi.waitFor(async () => {
      const [entry] = (await get("/api/security/api-keys", { token: member.token })).body.apiKeys;
      expect(entry.lastUsedAt).not.toBeNull();
    });
    expect(await strict()).toBe(0);
    expect(verdict.ok).toBe(true);
    expect(await verify(key, { permission: "artists:write" })).toEqual(refused("permission_missing", 403));
    vi.useFakeTimers({ now: Date.now() + 60_001, toFake: ["Date"] });
    expect(await strict()).toBe(1);
  });

  it("notes its use at most once a minute", async () => {
    const member = await registerEditor();
    const { key, id } = await issue(member);
    await database.query("update api_keys set last_used_at = now() - interval '50 seconds' where key_id = $1", [id]);
    expect(await database.tripsOf(() => verify(key, { strict: true }))).toBe(1);
    const rows = await database.query(
      "select 1 from api_keys where key_id = $1 and last_used_at < now() - interval '40 seconds'",
      [id],
    );
    expect(rows).toHaveLength(1);
  });

  it("is refused without a trip when it is malformed, and by one when nobody has it", async () => {
    const { key } = await issue(await registerEditor());
    const stranger = (await createApiKey(createApiKeyId())).key;
    const flipped = key.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    for (const bad of [
      "ak_",
      "ak_x",
      flipped,
      key.toUpperCase(),
      `${key}0`,
      key.slice(0, -1),
      ` ${key}`.trimStart() + "\n",
    ]) {
      let verdict: unknown;
      expect(await database.tripsOf(async () => (verdict = await verify(bad)))).toBe(0);
      expect(verdict, bad).toEqual(refused("token_malformed"));
    }
    expect(await verify(stranger)).toEqual(refused("token_invalid"));
    // Another secret under a known id.
    expect(await verify((await createApiKey(key.split("_")[1]!)).key)).toEqual(refused("token_invalid"));
  });

  it("is good for the audience of the service alone, is introspected, and passes the local verifier", async () => {
    const { key } = await issue(await registerEditor());
    expect(await verify(key, { audience: "other-api" })).toEqual(refused("audience_mismatch"));
    expect(await service.introspect(key)).toMatchObject({ active: true, scope: "artists:read", token_type: "Bearer" });
    const local = createLocalVerifier(service);
    expect(await local.verify(key)).toMatchObject({ ok: true });
    expect(await local.verify("ak_x")).toEqual(refused("token_malformed"));
    expect((await post("/api/auth/verify-token", { token: key })).body.active).toBe(true);
  });

  it("opens no route of this service", async () => {
    const { key } = await issue(await registerEditor());
    expect((await get("/api/users/me", { token: key })).body.code).toBe("invalid_token");
  });

  it("loses what its owner loses, at once", async () => {
    const roleId = await insertRole(EDITOR);
    const { key } = await issue(await registerWithRole(roleId));
    expect(await verify(key)).toMatchObject({ claims: { permissions: ["artists:read"] } });
    const { token } = await registerAdmin();
    await patch(`/api/admin/roles/${roleId}`, { permissions: [] }, { token });
    await vi.waitFor(async () => expect(await verify(key)).toMatchObject({ claims: { permissions: [] } }));
  });

  it("is refused once it has expired", async () => {
    const { key, id } = await issue(await registerEditor());
    await database.query("update api_keys set expires_at = now() where key_id = $1", [id]);
    expect(await verify(key)).toEqual(refused("token_expired"));
  });
});

/** What ends a key: after each, also what an isolate remembers of it is refused. */
const ENDS: Record<string, (member: Member, id: string) => Promise<{ status: number }>> = {
  "its owner revokes it": ({ token }, id) => del(`/api/security/api-keys/${id}`, { token }),
  "its owner rotates it without an overlap": ({ token }, id) =>
    post(`/api/security/api-keys/${id}/rotate`, { overlapSeconds: 0 }, { token }),
  "an administrator revokes it": async ({ userId }, id) =>
    del(`/api/admin/users/${userId}/api-keys/${id}`, { token: (await registerAdmin()).token }),
  "an administrator disables the account": async ({ userId }) =>
    patch(`/api/admin/users/${userId}`, { isActive: false }, { token: (await registerAdmin()).token }),
  "an administrator resets the second factors": async ({ userId }) =>
    post(`/api/admin/users/${userId}/2fa/reset`, {}, { token: (await registerAdmin()).token }),
  "the account is deleted": ({ token }) => del("/api/users/me", { token }),
  "the password is reset": async (member) => reset(await forgot(member)),
};

describe("An API key ends", () => {
  it.each(Object.keys(ENDS))("when %s, remembered or not", async (name) => {
    const member = await registerEditor();
    // Else a reset would be the first proof, which removes keys by itself.
    await proveMailbox(member);
    const { key, id } = await issue(member);
    expect(await verify(key)).toMatchObject({ ok: true });
    expect((await ENDS[name]!(member, id)).status).toBe(200);
    expect((await verify(key, { strict: true })).ok).toBe(false);
    await vi.waitFor(async () => expect((await verify(key)).ok).toBe(false));
    // Nothing is left that an account which comes back would have again.
    const left = await database.query("select from api_keys where key_id = $1", [id]);
    expect(left).toHaveLength(name.includes("rotates") ? 1 : 0);
  });

  it("not by a new password, nor by signing out everywhere", async () => {
    const member = await registerEditor();
    const { key } = await issue(member);
    await post(`/api/admin/users/${member.userId}/logout`, {}, { token: (await registerAdmin()).token });
    expect(await verify(key, { strict: true })).toMatchObject({ ok: true });
    expect(await verify(key)).toMatchObject({ ok: true });
  });

  it("after the overlap of its rotation, and the one before at once", async () => {
    const member = await registerEditor();
    const { key: first, id } = await issue(member);
    const rotate = async () =>
      (await post(`/api/security/api-keys/${id}/rotate`, { overlapSeconds: 600 }, { token: member.token })).body;
    const { key: second, apiKey } = await rotate();
    expect(apiKey.previousUntil).not.toBeNull();
    expect([await verify(first), await verify(second)]).toMatchObject([{ ok: true }, { ok: true }]);
    const { key: third } = await rotate();
    await vi.waitFor(async () => expect((await verify(first)).ok).toBe(false));
    expect([await verify(second), await verify(third)]).toMatchObject([{ ok: true }, { ok: true }]);
    await database.query("update api_keys set previous_until = now() where key_id = $1", [id]);
    expect((await verify(second, { strict: true })).ok).toBe(false);
    expect(await verify(third)).toMatchObject({ ok: true });
  });
});

describe("Somebody else's API key", () => {
  it("is not found, whatever is asked of it", async () => {
    const { key, id } = await issue(await registerEditor());
    const { token } = await registerMember();
    const path = `/api/security/api-keys/${id}`;
    for (const answer of [
      await patch(path, { name: "Autre" }, { token }),
      await post(`${path}/rotate`, {}, { token }),
      await del(path, { token }),
    ])
      expect(answer.body.code).toBe("not_found");
    expect(await verify(key, { strict: true })).toMatchObject({ ok: true });
  });
});
