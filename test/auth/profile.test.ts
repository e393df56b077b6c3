import { describe, expect, it } from "vitest";
import { expectProblem, userShape } from "../support/contract.ts";
import { proveMailbox } from "../support/mailed-links.ts";
import { claimsOf, database, get, logIn, post, put, registerMember } from "../support/service.ts";

describe.each(["/api/auth/profile", "/api/users/me"])("GET %s", (path) => {
  it("answers the published contract, in both languages", async () => {
    const member = await registerMember({ telephone: "+33612345678" });
    const { status, body } = await get(path, { token: member.token });
    const user = userShape({
      id: String(member.userId),
      prenom: "Ada",
      nom: "Lovelace",
      email: member.email,
      telephone: "+33612345678",
    });
    expect([status, body]).toEqual([200, { message: "Profil récupéré avec succès", user }]);
    expect(body.user).toEqual(member.user);
    const english = await get(path, { token: member.token, headers: { "Accept-Language": "en" } });
    expect(english.body).toEqual({ message: "Profile retrieved successfully", user });
  });

  it("returns what the database has, not what the token says", async () => {
    const member = await registerMember();
    await database.query("update users set role_id = 1 where id = $1", [member.userId]);
    await proveMailbox(member);
    await database.query("insert into two_factor_methods (user_id, type, confirmed_at) values ($1, 'email', now())", [
      member.userId,
    ]);
    const { body } = await get(path, { token: member.token });
    expect(body.user).toMatchObject({ role: 1, permissions: ["*"], isVerified: true, twoFactorEnabled: true });
  });

  it("refuses as soon as the session or the account has ended", async () => {
    for (const end of [
      "update refresh_tokens set revoked_at = now() where user_id = $1",
      "update refresh_tokens set expires_at = now() where user_id = $1",
      "update users set is_active = false where id = $1",
      "update users set deleted_at = now() where id = $1",
      "delete from refresh_tokens where user_id = $1",
      "delete from users where id = $1",
    ]) {
      const member = await registerMember();
      await database.query(end, [member.userId]);
      const answer = await get(path, { token: member.token });
      expectProblem(answer, "invalid_token");
      expect(answer.headers.get("WWW-Authenticate"), end).toMatch(/^Bearer error="invalid_token"/);
    }
  });

  it("asks for a Bearer token", async () => {
    for (const headers of [{}, { Authorization: "" }, { Authorization: "Bearer" }, { Authorization: "Basic eDp5" }]) {
      const answer = await get(path, { headers });
      expectProblem(answer, "authentication_required");
      // RFC 6750 §3.1: no error code for a request without credentials.
      expect(answer.headers.get("WWW-Authenticate"), JSON.stringify(headers)).toBe("Bearer");
    }
  });
});

describe.each(["/api/auth/profile", "/api/users/me"])("PUT %s", (path) => {
  it("answers the published contract, in both languages", async () => {
    const member = await registerMember();
    const change = { prenom: " Augusta ", nom: "King", telephone: "01 23 45 67 89", locale: "en" };
    const { status, body } = await put(path, change, { token: member.token });
    const user = userShape({
      id: String(member.userId),
      prenom: "Augusta",
      nom: "King",
      email: member.email,
      telephone: "01 23 45 67 89",
      locale: "en",
      createdAt: member.user["createdAt"],
    });
    expect([status, body]).toEqual([200, { message: "Profil mis à jour avec succès", user }]);
    expect(body.user.updatedAt > body.user.createdAt).toBe(true);
    expect((await get(path, { token: member.token })).body.user).toEqual(body.user);
    const english = await put(path, {}, { token: member.token, headers: { "Accept-Language": "en" } });
    expect(english.body.message).toBe("Profile updated successfully");
  });

  it("changes what it is given and nothing else", async () => {
    const member = await registerMember({ telephone: "+33612345678" });
    const { token } = member;
    const steps: [Record<string, unknown>, Record<string, unknown>][] = [
      [{ nom: "Byron" }, { prenom: "Ada", nom: "Byron", telephone: "+33612345678", locale: "fr" }],
      [{ telephone: null }, { prenom: "Ada", nom: "Byron", telephone: null, locale: "fr" }],
      [{ locale: "en" }, { prenom: "Ada", nom: "Byron", telephone: null, locale: "en" }],
      [{}, { prenom: "Ada", nom: "Byron", telephone: null, locale: "en" }],
    ];
    for (const [change, expected] of steps) {
      expect((await put(path, change, { token })).body.user).toMatchObject({ email: member.email, ...expected });
    }
  });

  it("takes no role, id, state or password from a caller", async () => {
    const member = await registerMember();
    const bystander = await registerMember();
    const wishes = {
      role: 1,
      roleId: 1,
      role_id: 1,
      is_admin: true,
      isVerified: true,
      is_active: false,
      permissions: ["*"],
      id: bystander.userId,
      userId: bystander.userId,
      password: "un autre mot de passe",
      passwordHash: "x",
      password_hash: "x",
      deletedAt: "2020-01-01",
      createdAt: "2000-01-01T00:00:00.000Z",
      twoFactorEnabled: true,
    };
    const polluting = `${JSON.stringify(wishes).slice(0, -1)},"__proto__":{"nom":"Pollué"},"constructor":{"nom":"Pollué"}}`;
    const headers = { "Content-Type": "application/json" };
    const { status, body } = await put(path, undefined, { rawBody: polluting, headers, token: member.token });
    expect(status).toBe(200);
    expect(body.user).toEqual({ ...member.user, updatedAt: expect.any(String) });
    expect((await get(path, { token: bystander.token })).body.user).toEqual(bystander.user);
    const { body: refreshed } = await post("/api/auth/refresh", { refreshToken: member.refreshToken });
    expect(claimsOf(refreshed.token)).toMatchObject({ role: 0, permissions: [] });
    await logIn(member);
  });

  it("points at the invalid field", async () => {
    const { token } = await registerMember();
    for (const [change, pointer] of [
      [{ prenom: "" }, "#/prenom"],
      [{ prenom: null }, "#/prenom"],
      [{ nom: "x".repeat(101) }, "#/nom"],
      [{ nom: ["x"] }, "#/nom"],
      [{ telephone: "appelle-moi" }, "#/telephone"],
      [{ telephone: "1".repeat(40) }, "#/telephone"],
      [{ telephone: 612345678 }, "#/telephone"],
      [{ telephone: "+33612345678\u0000" }, "#/telephone"],
      [{ locale: "de" }, "#/locale"],
    ] as const) {
      const answer = await put(path, change, { token });
      expect([answer.status, answer.body.errors.map((error: any) => error.pointer)]).toEqual([422, [pointer]]);
    }
  });

  it("refuses as soon as the session has ended, and then writes nothing", async () => {
    const member = await registerMember();
    await post("/api/auth/logout", {}, { token: member.token });
    expectProblem(await put(path, { nom: "Intruse" }, { token: member.token }), "invalid_token");
    expectProblem(await put(path, { nom: "Intruse" }), "authentication_required");
    expect(await database.query("select nom from users where id = $1", [member.userId])).toEqual([{ nom: "Lovelace" }]);
  });
});

describe("Two members at once", () => {
  it("never see each other's data: 200 interleaved reads and writes of profiles", async () => {
    const [ada, zoe] = [await registerMember(), await registerMember({ prenom: "Zoé", nom: "Lefèvre" })];
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) => {
        const member = i % 2 === 0 ? ada : zoe;
        return i % 10 < 8
          ? get("/api/auth/profile", { token: member.token })
          : put("/api/users/me", { telephone: `+33 ${100_000 + member.userId}` }, { token: member.token });
      }),
    );
    answers.forEach(({ status, body }, i) => {
      const member = i % 2 === 0 ? ada : zoe;
      const { updatedAt: _, telephone, ...rest } = body.user;
      const { updatedAt: __, telephone: ___, ...own } = member.user;
      expect([status, rest]).toEqual([200, own]);
      expect([null, `+33 ${100_000 + member.userId}`]).toContain(telephone);
    });
  });
});
