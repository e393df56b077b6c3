import { describe, expect, it } from "vitest";
import { goodClaims, signWithOurKey } from "../support/access-tokens.ts";
import { AUDIENCE, ISSUER } from "../support/bindings.ts";
import { database, del, post, registerMember, sidOf, type Member } from "../support/service.ts";

const verify = async (fields: Record<string, unknown>) => (await post("/api/auth/verify-token", fields)).body;

describe("POST /api/auth/verify-token", () => {
  it("answers with the claims of a valid token, without a database trip", async () => {
    const member = await registerMember();
    const trips = await database.tripsOf(async () => {
      expect(await post("/api/auth/verify-token", { token: member.token })).toMatchObject({ status: 200 });
      expect(await verify({ token: member.token })).toEqual({
        active: true,
        claims: {
          iss: ISSUER,
          aud: AUDIENCE,
          sub: String(member.userId),
          iat: expect.any(Number),
          exp: expect.any(Number),
          jti: expect.any(String),
          sid: sidOf(member),
          role: 0,
          permissions: [],
          amr: ["pwd"],
          auth_time: expect.any(Number),
        },
      });
    });
    expect(trips).toBe(0);
  });

  it("says why a token is invalid, with status 200 and without a trip", async () => {
    const member = await registerMember();
    const claims = goodClaims(member.userId, sidOf(member));
    const now = Math.floor(Date.now() / 1000);
    const trips = await database.tripsOf(async () => {
      for (const [at, [token, reason]] of [
        ["x", "token_malformed"],
        [member.refreshToken, "token_malformed"],
        [`${member.token}x`, "token_malformed"],
        [member.token.slice(0, -2), expect.stringMatching(/^token_(malformed|invalid)$/)],
        [await signWithOurKey({ ...claims, iss: "https://evil.example" }), "token_invalid"],
        [await signWithOurKey({ ...claims, aud: "another" }), "audience_mismatch"],
        [await signWithOurKey({ ...claims, exp: now - 5 }), "token_expired"],
        [await signWithOurKey({ ...claims, iat: now + 60, exp: now + 120 }), "token_not_yet_valid"],
      ].entries()) {
        const { status, body } = await post("/api/auth/verify-token", { token });
        expect([at, status, body]).toEqual([at, 200, { active: false, reason }]);
        expect([at, await verify({ token, strict: true })]).toEqual([at, { active: false, reason }]);
      }
      expect((await verify({ token: await signWithOurKey({ ...claims, exp: now - 3 }) })).active).toBe(true);
    });
    expect(trips).toBe(0);
  });

  it("checks the requested audience", async () => {
    const member = await registerMember();
    expect(await verify({ token: member.token, audience: AUDIENCE })).toMatchObject({ active: true });
    expect(await verify({ token: member.token, audience: "booking" })).toEqual({
      active: false,
      reason: "audience_mismatch",
    });
    const forTwo = await signWithOurKey({ ...goodClaims(member.userId, sidOf(member)), aud: ["booking", AUDIENCE] });
    for (const audience of ["booking", AUDIENCE]) {
      expect(await verify({ token: forTwo, audience }), JSON.stringify(audience)).toMatchObject({ active: true });
    }
    expect(await verify({ token: forTwo, audience: "Booking" })).toMatchObject({ active: false });
  });

  it("checks a permission's wildcards, in the token and in the database alike", async () => {
    const [member, spare] = [await registerMember(), await registerMember()];
    // An administrator remains, whatever permissions the tested role has.
    await database.query("update users set role_id = 1 where id = $1", [spare.userId]);
    const cases: [granted: string[], needed: string, active: boolean][] = [
      [[], "users:read", false],
      [["users:read"], "users:read", true],
      [["users:read"], "users:write", false],
      [["users:read"], "users:*", false],
      [["users:read"], "users", false],
      [["users:*"], "users:read", true],
      [["users:*"], "users:*", true],
      [["users:*"], "usersextra:read", false],
      [["users:*"], "roles:read", false],
      [["*"], "anything:at-all", true],
      [["*"], "*", true],
      [["users:read"], "*", false],
      [["audit:read", "users:read"], "audit:read", true],
      [["users:READ"], "users:read", false],
      [["users:rea"], "users:read", false],
    ];
    const [role] = await database.query<{ id: number }>("insert into roles (name) values ('tested') returning id");
    await database.query("update users set role_id = $1 where id = $2", [role!.id, member.userId]);
    for (const [granted, permission, active] of cases) {
      await database.query("update roles set permissions = $1 where id = $2", [JSON.stringify(granted), role!.id]);
      const token = await signWithOurKey({ ...goodClaims(member.userId, sidOf(member)), permissions: granted });
      const expected = active ? { active } : { active, reason: "permission_missing" };
      expect([granted, permission, await verify({ token, permission })]).toMatchObject([granted, permission, expected]);
      expect([granted, permission, await verify({ token, permission, strict: true })]).toMatchObject([
        granted,
        permission,
        expected,
      ]);
    }
  });

  it("when strict, takes one trip and sees logout, disabling, deletion and a change of role at once", async () => {
    const endings: ((member: Member) => Promise<unknown>)[] = [
      (member) => post("/api/auth/logout", { refreshToken: member.refreshToken }),
      (member) => del("/api/auth/account", { token: member.token }),
      ({ userId }) => database.query("update users set is_active = false where id = $1", [userId]),
      ({ userId }) => database.query("update refresh_tokens set expires_at = now() where user_id = $1", [userId]),
    ];
    for (const end of endings) {
      const member = await registerMember();
      const trips = await database.tripsOf(async () => {
        expect(await verify({ token: member.token, strict: true })).toMatchObject({ active: true });
      });
      expect(trips).toBe(1);
      await end(member);
      expect(await verify({ token: member.token, strict: true })).toEqual({ active: false, reason: "session_revoked" });
    }
    const [admin, spare] = [await registerMember(), await registerMember()];
    await database.query("update users set role_id = 1 where id = $1", [spare.userId]);
    await database.query("update users set role_id = 1 where id = $1", [admin.userId]);
    const { token } = (await post("/api/auth/refresh", { refreshToken: admin.refreshToken })).body;
    expect(await verify({ token, permission: "users:read", strict: true })).toMatchObject({ active: true });
    await database.query("update users set role_id = 0 where id = $1", [admin.userId]);
    expect(await verify({ token, permission: "users:read", strict: true })).toEqual({
      active: false,
      reason: "permission_missing",
    });
  });

  it("refuses an invalid permission, audience or token", async () => {
    const { token } = await registerMember();
    for (const [fields, pointer] of [
      [{ token: "" }, "#/token"],
      [{ token: "x".repeat(8_193) }, "#/token"],
      [{ token: 7 }, "#/token"],
      [{ token, permission: "" }, "#/permission"],
      [{ token, permission: "users:read\u0000", strict: true }, "#/permission"],
      [{ token, permission: "é", strict: true }, "#/permission"],
      [{ token, permission: "x".repeat(101) }, "#/permission"],
      [{ token, permission: ["*"] }, "#/permission"],
      [{ token, audience: "" }, "#/audience"],
      [{ token, strict: "yes" }, "#/strict"],
    ] as const) {
      const { status, body } = await post("/api/auth/verify-token", fields);
      expect([fields, status, body.errors?.[0].pointer]).toEqual([fields, 422, pointer]);
    }
  });
});
