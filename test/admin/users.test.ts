import { describe, expect, it } from "vitest";
import { database, del, get, PASSWORD, patch, post, registerMember } from "../support/service.ts";
import {
  ageSessions,
  auditOf,
  insertRole,
  insertUser,
  noticesOf,
  registerAdmin,
  registerWithRole,
} from "../support/staff.ts";

describe("GET /api/admin/users/:id", () => {
  it("shows the account with sessions, methods, linked identities and last logins, no hash and no subject", async () => {
    const admin = await registerAdmin();
    const member = await registerMember();
    await database.query(
      `insert into identities (user_id, issuer, subject, email, email_verified)
       values ($1, 'https://id.example', 'subject-of-ada', 'ada@id.example', true)`,
      [member.userId],
    );
    const { status, body, text } = await get(`/api/admin/users/${member.userId}`, { token: admin.token });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      user: { ...member.user, isActive: true, deletedAt: null, roleId: 0, roleName: "user" },
      sessions: [{ id: expect.any(String), methods: ["pwd"], ipAddress: expect.stringMatching(/^198\.51\./) }],
      twoFactorMethods: [],
      recoveryCodesLeft: 0,
      identities: [{ provider: null, issuer: "https://id.example", email: "ada@id.example", lastUsedAt: null }],
      lastLogins: [{ outcome: "success", method: "registration", ipAddress: expect.stringMatching(/^198\.51\./) }],
    });
    expect(text).not.toMatch(/argon2|hash|subject-of-ada/i);
    expect(await database.tripsOf(() => get(`/api/admin/users/${member.userId}`, { token: admin.token }))).toBe(1);
  });

  it("answers 404 for an unknown account, 422 for an invalid id", async () => {
    const admin = await registerAdmin();
    expect((await get("/api/admin/users/2000000000", { token: admin.token })).status).toBe(404);
    for (const id of ["0", "-1", "1.0", "1e3", "0x1", "9999999999", "abc"])
      expect((await get(`/api/admin/users/${id}`, { token: admin.token })).status, id).toBe(422);
  });
});

describe("POST /api/admin/users", () => {
  it("creates an account that nobody can log in to yet, and audits it", async () => {
    const admin = await registerAdmin();
    const email = "invitee@example.test";
    let answer: Awaited<ReturnType<typeof post>> | undefined;
    const trips = await database.tripsOf(async () => {
      answer = await post("/api/admin/users", { email, prenom: "Grace", nom: "Hopper", roleId: 2 }, admin);
    });
    expect(answer).toMatchObject({ status: 201, body: { user: { email, roleId: 2, roleName: "guest" } } });
    expect(trips).toBe(1);
    expect(await auditOf(Number(answer!.body.user.id))).toMatchObject([
      { action: "user.invited", actor_id: admin.userId, ip_address: "192.0.2.1", metadata: { after: { roleId: 2 } } },
    ]);
    const [row] = await database.query<{ password_hash: string }>("select password_hash from users where email = $1", [
      email,
    ]);
    expect(row!.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect((await post("/api/auth/login", { email, password: PASSWORD })).status).toBe(401);
    expect(await post("/api/admin/users", { email, prenom: "G", nom: "H" }, admin)).toMatchObject({
      status: 409,
      body: { code: "email_taken" },
    });
  });
});

describe("PATCH /api/admin/users/:id", () => {
  it("changes names, role and state in one trip, tells the owner, and audits the old and new values of what changed", async () => {
    const admin = await registerAdmin();
    const member = await registerMember();
    const roleId = await insertRole(["users:read"]);
    let answer: Awaited<ReturnType<typeof post>> | undefined;
    const trips = await database.tripsOf(async () => {
      answer = await patch(`/api/admin/users/${member.userId}`, { prenom: "Augusta", nom: "Lovelace", roleId }, admin);
    });
    expect(answer).toMatchObject({ status: 200, body: { user: { prenom: "Augusta", roleId, isActive: true } } });
    expect(trips).toBe(1);
    expect(await noticesOf(member.userId)).toEqual(["role_changed"]);
    expect(await auditOf(member.userId)).toMatchObject([
      {
        action: "user.updated",
        actor_id: admin.userId,
        request_id: answer!.headers.get("X-Request-Id"),
        metadata: { before: { prenom: "Ada", roleId: 0 }, after: { prenom: "Augusta", roleId } },
      },
    ]);
    const [{ metadata }] = (await auditOf(member.userId)) as [any];
    expect(Object.keys(metadata.after).toSorted()).toEqual(["prenom", "roleId"]);
  });

  it("writes no audit row and no notice when nothing changes", async () => {
    const admin = await registerAdmin();
    const member = await registerMember();
    const same = { prenom: "Ada", isActive: true, roleId: 0 };
    expect((await patch(`/api/admin/users/${member.userId}`, same, admin)).status).toBe(200);
    expect(await auditOf(member.userId)).toEqual([]);
    expect(await noticesOf(member.userId)).toEqual([]);
  });

  it("needs a session that authenticated in the last 10 minutes", async () => {
    const admin = await registerAdmin();
    const member = await registerMember();
    await ageSessions(admin.userId);
    expect(await patch(`/api/admin/users/${member.userId}`, { nom: "X" }, admin)).toMatchObject({
      status: 403,
      body: { code: "reauthentication_required" },
    });
    expect((await get("/api/admin/users", admin)).status).toBe(200);
  });
});

describe("DELETE /api/admin/users/:id and POST /api/admin/users/:id/restore", () => {
  it("deletes softly, ends everything, and brings the account back within 30 days", async () => {
    const admin = await registerAdmin();
    const member = await registerMember();
    const path = `/api/admin/users/${member.userId}`;
    expect(await database.tripsOf(() => del(path, admin))).toBe(1);
    expect((await get("/api/users/me", member)).status).toBe(401);
    expect((await post("/api/auth/login", { email: member.email, password: PASSWORD })).status).toBe(401);
    expect((await del(path, admin)).status).toBe(404);
    expect((await patch(path, { nom: "X" }, admin)).status).toBe(404);
    const restored = await post(`${path}/restore`, undefined, admin);
    expect(restored).toMatchObject({ status: 200, body: { user: { email: member.email, deletedAt: null } } });
    expect((await get("/api/users/me", member)).status).toBe(401);
    expect((await post("/api/auth/login", { email: member.email, password: PASSWORD })).status).toBe(200);
    expect((await post(`${path}/restore`, undefined, admin)).status).toBe(404);
    expect((await auditOf(member.userId)).map((row) => row.action)).toEqual(["user.deleted", "user.restored"]);
    expect(await noticesOf(member.userId)).toEqual(["account_deleted_by_admin", "account_restored"]);
  });

  it("refuses to restore after 30 days, or if the address was taken meanwhile", async () => {
    const admin = await registerAdmin();
    const late = await insertUser({ deleted: true });
    await database.query("update users set deleted_at = now() - interval '30 days 1 s' where id = $1", [late]);
    expect((await post(`/api/admin/users/${late}/restore`, undefined, admin)).status).toBe(404);
    const email = "repris@example.test";
    const old = await insertUser({ deleted: true, email });
    await insertUser({ email });
    expect(await post(`/api/admin/users/${old}/restore`, undefined, admin)).toMatchObject({
      status: 409,
      body: { code: "email_taken" },
    });
    expect(await auditOf(late)).toEqual([]);
    expect(await auditOf(old)).toEqual([]);
  });
});

describe("POST /api/admin/users/:id/…", () => {
  it("unlocks an address that guesses have locked, in two trips", async () => {
    const admin = await registerAdmin();
    const member = await registerMember();
    const logIn = (password: string) => post("/api/auth/login", { email: member.email, password });
    for (let i = 0; i < 5; i++) await logIn("not the password");
    expect((await logIn(PASSWORD)).status).toBe(429);
    expect((await post(`/api/admin/users/${member.userId}/unlock`, undefined, admin)).status).toBe(200);
    expect((await logIn(PASSWORD)).status).toBe(200);
    expect((await auditOf(member.userId)).map((row) => row.action)).toEqual(["user.unlocked"]);
    // An account without failures, so that no late history row is counted as a trip.
    const calm = await insertUser();
    expect(await database.tripsOf(() => post(`/api/admin/users/${calm}/unlock`, undefined, admin))).toBe(2);
  });

  it("ends all sessions of one account and of no other", async () => {
    const admin = await registerAdmin();
    const [member, other] = [await registerMember(), await registerMember()];
    expect(await database.tripsOf(() => post(`/api/admin/users/${member.userId}/logout`, undefined, admin))).toBe(1);
    expect((await get("/api/users/me", member)).status).toBe(401);
    expect((await get("/api/users/me", other)).status).toBe(200);
  });

  it("resets the second factor of one account and of no other, and ends its sessions", async () => {
    const admin = await registerAdmin();
    const [member, other] = [await registerMember(), await registerMember()];
    await database.query(
      `insert into two_factor_methods (user_id, type, secret, confirmed_at) select id, 'totp', 's', now() from users where id = any($1)`,
      [[member.userId, other.userId]],
    );
    await database.query("insert into recovery_codes (user_id, code) select id, 'c' from users where id = any($1)", [
      [member.userId, other.userId],
    ]);
    const path = `/api/admin/users/${member.userId}/2fa/reset`;
    expect(await database.tripsOf(() => post(path, undefined, admin))).toBe(1);
    expect(await database.query("select user_id from two_factor_methods")).toEqual([{ user_id: other.userId }]);
    expect(await database.query("select user_id from recovery_codes")).toEqual([{ user_id: other.userId }]);
    expect((await get("/api/users/me", member)).status).toBe(401);
    expect(await noticesOf(member.userId)).toEqual(["two_factor_reset"]);
    expect((await auditOf(member.userId)).map((row) => row.action)).toEqual(["two_factor.reset"]);
  });
});

describe("the last admin", () => {
  /** Only these accounts have `*`. */
  async function onlyAdmins(count: number) {
    const admins = await Promise.all(Array.from({ length: count }, registerAdmin));
    await database.query("update users set role_id = 0 where role_id = 1 and not id = any($1)", [
      admins.map((admin) => admin.userId),
    ]);
    return admins;
  }

  it("can't be demoted, disabled or deleted, by themselves or another, nor delete their own account", async () => {
    const [admin] = await onlyAdmins(1);
    const path = `/api/admin/users/${admin!.userId}`;
    const attempts = [
      () => patch(path, { roleId: 0 }, admin),
      () => patch(path, { isActive: false }, admin),
      () => del(path, admin),
      () => del("/api/users/me", admin),
      () => patch("/api/admin/roles/1", { permissions: [] }, admin),
    ];
    for (const attempt of attempts)
      expect(await attempt()).toMatchObject({ status: 409, body: { code: "last_admin" } });
    expect((await get("/api/admin/users", admin)).status).toBe(200);
  });

  it("stays when two admins demote, disable or delete each other at the same instant", async () => {
    const acts = [
      (by: string, id: number) => patch(`/api/admin/users/${id}`, { roleId: 0 }, { token: by }),
      (by: string, id: number) => patch(`/api/admin/users/${id}`, { isActive: false }, { token: by }),
      (by: string, id: number) => del(`/api/admin/users/${id}`, { token: by }),
    ];
    for (let round = 0; round < 12; round++) {
      const [one, two] = (await onlyAdmins(2)) as [any, any];
      const act = acts[round % acts.length]!;
      await database.inject({ kind: "hold", count: 2 }, { match: /assert_may_change_user/ });
      const answers = await Promise.all([act(one.token, two.userId), act(two.token, one.userId)]);
      expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, expect.toBeOneOf([401, 403])]);
      expect(
        await database.query(
          "select count(*)::int as n from users where role_id = 1 and is_active and deleted_at is null",
        ),
      ).toEqual([{ n: 1 }]);
    }
  });

  it("stays when two admins delete their own accounts at the same instant", async () => {
    for (let round = 0; round < 8; round++) {
      const [one, two] = (await onlyAdmins(2)) as [any, any];
      await database.inject({ kind: "hold", count: 2 }, { match: /deleted_at = now/ });
      const answers = await Promise.all([del("/api/users/me", one), del("/api/users/me", two)]);
      expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 409]);
    }
  });

  it("remains even if two scripts change the rows directly, each demoting the other admin in an open transaction", async () => {
    for (let round = 0; round < 3; round++) {
      const [one, two] = (await onlyAdmins(2)) as [any, any];
      // Without the lock, each would check before the other's commit and still find an admin.
      const demote = (id: number) =>
        database.query(
          `begin; update users set role_id = 0 where id = ${id}; set constraints all immediate; select pg_sleep(0.2); commit`,
        );
      const outcomes = await Promise.allSettled([demote(one.userId), demote(two.userId)]);
      expect(outcomes.map((outcome) => outcome.status).toSorted()).toEqual(["fulfilled", "rejected"]);
      expect(outcomes.find((outcome) => outcome.status === "rejected")?.reason).toMatchObject({ code: "AUTH8" });
    }
  });

  it("must be able to sign in: a deleted or disabled holder of the role does not count", async () => {
    const [admin] = await onlyAdmins(1);
    await insertUser({ roleId: 1, deleted: true });
    await database.query(
      "insert into users (email, password_hash, prenom, nom, role_id, is_active) values ('off@example.test', 'none', 'O', 'F', 1, false)",
    );
    expect((await patch(`/api/admin/users/${admin!.userId}`, { roleId: 0 }, admin)).status).toBe(409);
    const other = await insertUser({ roleId: await insertRole(["*"]) });
    expect((await patch(`/api/admin/users/${admin!.userId}`, { roleId: 0 }, admin)).status).toBe(200);
    expect(await registerWithRole(1)).toMatchObject({ userId: expect.any(Number) });
    expect(other).toBeGreaterThan(0);
  });
});
