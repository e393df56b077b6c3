import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { MEMORY_MS } from "../../src/platform/revocations.ts";
import { claimsOf, database, del, PASSWORD, post, put, registerMember } from "../support/service.ts";

const verify = (token: string, options: Record<string, unknown> = {}) =>
  post("/api/auth/verify-token", { token, ...options });

/** Until deferred marks are written: nothing else is pending. */
const mark = (key: string) => vi.waitFor(async () => expect(await env.KV.get(key)).not.toBeNull());

/** Like another isolate, or this one after its memory has expired. */
function forget(): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + MEMORY_MS + 1 });
}

afterEach(() => vi.useRealTimers());

describe("POST /api/auth/verify-token", () => {
  it("answers with the claims, without a trip", async () => {
    const member = await registerMember();
    let answer: Awaited<ReturnType<typeof verify>> | undefined;
    expect(await database.tripsOf(async () => (answer = await verify(member.token)))).toBe(0);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        active: true,
        claims: {
          iss: "http://localhost:3001",
          aud: "auth-api",
          sub: String(member.userId),
          role: 0,
          permissions: [],
          amr: ["pwd"],
          sid: expect.stringMatching(/^[0-9a-f-]{36}$/),
          jti: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
        },
      },
    });
  });

  it.each([
    ["junk", (token: string) => `${token}.x`, {}, "token_malformed"],
    ["another signature", (token: string) => `${token.slice(0, -8)}AAAAAAAA`, {}, "token_invalid"],
    ["another audience", (token: string) => token, { audience: "other-api" }, "audience_mismatch"],
    ["a permission that the token lacks", (token: string) => token, { permission: "users:read" }, "permission_missing"],
    [
      "a permission that the token lacks, strictly",
      (token: string) => token,
      { permission: "users:read", strict: true },
      "permission_missing",
    ],
  ])("says why not: %s", async (_, change, options, reason) => {
    const { token } = await registerMember();
    expect(await verify(change(token), options)).toMatchObject({ status: 200, body: { active: false, reason } });
  });

  it("refuses an expired token, with five seconds of tolerance", async () => {
    const { token } = await registerMember();
    const now = claimsOf(token)["iat"] * 1000;
    vi.useFakeTimers({ toFake: ["Date"], now: now + 604_000 });
    expect((await verify(token)).body.active).toBe(true);
    vi.setSystemTime(now + 606_000);
    expect((await verify(token)).body).toEqual({ active: false, reason: "token_expired" });
  });

  it("takes one trip when strict, and returns the account's current permissions", async () => {
    const member = await registerMember();
    await database.query("update users set role_id = 1 where id = $1", [member.userId]);
    let answer: Awaited<ReturnType<typeof verify>> | undefined;
    expect(
      await database.tripsOf(async () => (answer = await verify(member.token, { strict: true, permission: "a:b" }))),
    ).toBe(1);
    expect(answer!.body).toMatchObject({ active: true, claims: { role: 1, permissions: ["*"] } });
  });

  it("answers 503 when strict and the database does not answer", async () => {
    const { token } = await registerMember();
    await database.inject({ kind: "status", status: 500 }, { times: 2 });
    expect(await verify(token, { strict: true })).toMatchObject({ status: 503, body: { code: "service_unavailable" } });
  });

  it("refuses options of a wrong type instead of ignoring them", async () => {
    const { token } = await registerMember();
    for (const options of [{ strict: "true" }, { permission: 1 }, { audience: [] }, { ifUnknown: "no" }]) {
      expect((await verify(token, options)).status, JSON.stringify(options)).toBe(422);
    }
  });
});

describe("a revoked token", () => {
  const sidOf = async (token: string): Promise<string> => (await verify(token)).body.claims.sid;

  it("of a session that logged out is refused at once by strict and in this isolate, and in others once their memory expires", async () => {
    const { token, refreshToken } = await registerMember();
    const sid = await sidOf(token);
    await post("/api/auth/logout", { refreshToken });
    expect((await verify(token, { strict: true })).body).toEqual({ active: false, reason: "session_revoked" });
    await mark(`revoked:s:${sid}`);
    expect((await verify(token)).body).toEqual({ active: false, reason: "session_revoked" });
    forget();
    expect((await verify(token)).body).toEqual({ active: false, reason: "session_revoked" });
  });

  it("marked by another isolate is refused when this one's memory expires, and not before", async () => {
    const { token } = await registerMember();
    const sid = await sidOf(token);
    await env.KV.put(`revoked:s:${sid}`, "1");
    expect((await verify(token)).body.active).toBe(true);
    forget();
    expect((await verify(token)).body).toEqual({ active: false, reason: "session_revoked" });
  });

  it("of another device is refused after a password change, but not that of the device that changed it", async () => {
    const member = await registerMember();
    const other = (await post("/api/auth/login", { email: member.email, password: PASSWORD })).body;
    const body = { currentPassword: PASSWORD, newPassword: "Un autre mot de passe" };
    expect((await put("/api/auth/change-password", body, { token: member.token })).status).toBe(200);
    expect((await verify(other.token, { strict: true })).body.reason).toBe("session_revoked");
    await mark(`revoked:u:${member.userId}`);
    expect((await verify(other.token)).body).toEqual({ active: false, reason: "session_revoked" });
    expect((await verify(member.token)).body.active).toBe(true);
  });

  it("does not keep its owner from signing in again in the same second", async () => {
    const member = await registerMember();
    const login = () => post("/api/auth/login", { email: member.email, password: "Un autre mot de passe" });
    const body = { currentPassword: PASSWORD, newPassword: "Un autre mot de passe" };
    await put("/api/auth/change-password", body, { token: member.token });
    const again = (await login()).body;
    await mark(`revoked:u:${member.userId}`);
    const { at } = (await env.KV.get<{ at: number }>(`revoked:u:${member.userId}`, "json"))!;
    const { claims } = (await verify(again.token)).body;
    expect(claims.iat - Math.floor(at / 1000)).toBeLessThanOrEqual(1);
    expect((await verify(again.token)).body.active).toBe(true);
  });

  it("of a deleted account is refused", async () => {
    const member = await registerMember();
    await del("/api/auth/account", { token: member.token });
    expect((await verify(member.token, { strict: true })).body.reason).toBe("session_revoked");
    await mark(`revoked:u:${member.userId}`);
    expect((await verify(member.token)).body).toEqual({ active: false, reason: "session_revoked" });
  });
});
