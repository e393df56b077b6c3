import { env, exports } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createPlatform, SYSTEM_CLIENT } from "../../src/platform/index.ts";
import { MEMORY_MS } from "../../src/platform/revocations.ts";
import { seeTo } from "../../src/services/events/outbox.ts";
import type { TokenVerifierBinding } from "../../src/verifier/contract.ts";
import { AUDIENCE, ISSUER } from "../support/bindings.ts";
import { database, post, registerMember } from "../support/service.ts";

type Loopback = TokenVerifierBinding & ((options: { props: object }) => TokenVerifierBinding);
const entrypoint = (exports as unknown as { TokenVerifier: Loopback }).TokenVerifier;
const verify = (...input: unknown[]) => (entrypoint.verify as (...input: unknown[]) => Promise<any>)(...input);

/** What the admin routes do after a change of role: the row, then the mark. */
async function promote(userId: number, roleId: number): Promise<void> {
  await database.query("update users set role_id = $2 where id = $1", [userId, roleId]);
  await authorityChanged({ userId });
}

async function authorityChanged(facts: { userId: number } | { roleId: number }): Promise<void> {
  const platform = createPlatform(env, { waitUntil: () => {} }, SYSTEM_CLIENT);
  const event = "roleId" in facts ? "role.permissions_changed" : "user.role_changed";
  await seeTo(platform, { id: crypto.randomUUID(), job: { type: "event", event, facts, at: Date.now() } });
}

const sessionRefreshed = async (refreshToken: string) => (await post("/api/auth/refresh", { refreshToken })).body;

afterEach(() => vi.useRealTimers());

describe("TokenVerifier.verify", () => {
  it("answers with the claims, without a trip", async () => {
    const { token, userId } = await registerMember();
    let verdict: unknown;
    expect(await database.tripsOf(async () => (verdict = await verify(token)))).toBe(0);
    expect(verdict).toMatchObject({ ok: true, claims: { sub: String(userId), aud: AUDIENCE } });
  });

  it("answers junk of any type, and never throws", async () => {
    const { token } = await registerMember();
    for (const junk of [undefined, null, "", "a.b.c", 1, {}, [], new Date(), new Map(), () => token, "x".repeat(1e5)]) {
      expect(await verify(junk), typeof junk).toEqual({
        ok: false,
        code: "token_malformed",
        status: 401,
      });
    }
    for (const junk of [1, "strict", [], { audience: 1 }, { permission: "" }, { strict: 1 }, { ifUnknown: true }]) {
      expect(await verify(token, junk), JSON.stringify(junk)).toEqual({
        ok: false,
        code: "invalid_options",
        status: 500,
      });
    }
    expect(await verify(token, null)).toMatchObject({ ok: true });
    for (const junk of [undefined, null, "x", {}, { sub: 1, sid: {}, jti: [], iat: "1", auth_time: -1 }]) {
      expect(await entrypoint.revocation(junk as never), JSON.stringify(junk)).toBe("unknown");
    }
    expect(await entrypoint.introspect(7 as never)).toEqual({ active: false });
  });

  it("answers 503 when strict and the database does not answer", async () => {
    const { token } = await registerMember();
    await database.inject({ kind: "status", status: 500 }, { times: 2 });
    expect(await verify(token, { strict: true })).toEqual({ ok: false, code: "service_unavailable", status: 503 });
  });

  it("does not let a call override the audience of its binding", async () => {
    const { token } = await registerMember();
    const bound = entrypoint({ props: { audience: "other-api" } });
    const mismatch = { ok: false, code: "audience_mismatch", status: 401 };
    expect(await bound.verify(token)).toEqual(mismatch);
    expect(await bound.verify(token, { audience: AUDIENCE })).toEqual(mismatch);
    expect(await bound.verify(token, { audience: AUDIENCE, strict: true })).toEqual(mismatch);
    expect(await entrypoint({ props: { audience: AUDIENCE } }).verify(token, { audience: "x" })).toEqual(mismatch);
    expect(await entrypoint({ props: { audience: AUDIENCE } }).verify(token)).toMatchObject({ ok: true });
  });

  it("exposes its four methods and nothing else", async () => {
    for (const name of ["#platform", "platform", "_platform", "env", "ctx"]) {
      await expect((async () => (entrypoint as any)[name]())(), name).rejects.toThrow();
    }
  });
});

describe("a change of role or state", () => {
  it("makes older tokens stale, at once for strict, and a refreshed one has the current ones", async () => {
    const [member, spare] = [await registerMember(), await registerMember()];
    await promote(spare.userId, 1);
    await promote(member.userId, 1);
    const admin = await sessionRefreshed(member.refreshToken);
    expect(await verify(admin.token, { permission: "artists:write" })).toMatchObject({ ok: true });
    await promote(member.userId, 0);
    expect(await verify(admin.token, { permission: "artists:write", strict: true })).toMatchObject({
      code: "permission_missing",
      status: 403,
    });
    expect(await verify(admin.token)).toEqual({ ok: false, code: "token_stale", status: 401 });
    const demoted = await sessionRefreshed(admin.refreshToken);
    expect(await verify(demoted.token, { permission: "artists:write" })).toMatchObject({ code: "permission_missing" });
    expect(await verify(demoted.token)).toMatchObject({ ok: true, claims: { role: 0 } });
  });

  it("of a role makes the tokens of all its holders stale, and no others", async () => {
    const [guest, user] = [await registerMember(), await registerMember()];
    await database.query("update users set role_id = 2 where id = $1", [guest.userId]);
    const { token } = await sessionRefreshed(guest.refreshToken);
    await authorityChanged({ roleId: 2 });
    expect(await verify(token)).toMatchObject({ code: "token_stale" });
    expect(await verify(user.token)).toMatchObject({ ok: true });
    expect(await verify((await sessionRefreshed(guest.refreshToken)).token)).toMatchObject({ ok: true });
  });

  it("is seen, by an isolate that had asked before, once its memory has expired", async () => {
    const { token, userId } = await registerMember();
    expect(await verify(token)).toMatchObject({ ok: true });
    await env.KV.put(`revoked:a:${userId}`, JSON.stringify({ at: Date.now() }));
    expect(await verify(token)).toMatchObject({ ok: true });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + MEMORY_MS + 1 });
    expect(await verify(token)).toMatchObject({ code: "token_stale" });
  });
});

describe("TokenVerifier.introspect", () => {
  it("answers in the form of RFC 7662", async () => {
    const { token, userId } = await registerMember();
    await promote(userId, 1);
    const claims = { sub: String(userId), iss: ISSUER, token_type: "Bearer" };
    expect(await entrypoint.introspect(token, { strict: true })).toMatchObject({ active: true, scope: "*", ...claims });
    expect(await entrypoint.introspect(token)).toEqual({ active: false });
  });
});

describe("TokenVerifier.jwks", () => {
  it("answers with the public keys, the issuer and the audience of the binding", async () => {
    expect(await entrypoint.jwks()).toEqual({
      keys: [{ kty: "OKP", crv: "Ed25519", x: expect.any(String), kid: "test-1", alg: "EdDSA", use: "sig" }],
      issuer: ISSUER,
      audience: AUDIENCE,
      isAudienceFixed: false,
    });
    const bound = { audience: "other-api", isAudienceFixed: true };
    expect(await entrypoint({ props: { audience: "other-api" } }).jwks()).toMatchObject(bound);
  });
});
