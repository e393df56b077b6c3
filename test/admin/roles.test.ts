import { describe, expect, it } from "vitest";
import { database, del, get, patch, post, type Answer } from "../support/service.ts";
import { insertRole, insertUser, registerAdmin, registerStaff } from "../support/staff.ts";

const permissionsOf = async (roleId: number) =>
  (await database.query<{ permissions: string[] }>("select permissions from roles where id = $1", [roleId]))[0]
    ?.permissions;

describe("GET /api/admin/roles and /api/admin/permissions", () => {
  it("lists the roles page by page, and describes our permissions in the caller's language", async () => {
    const admin = await registerAdmin();
    await insertRole(["artists:write"]);
    const names: string[] = [];
    for (let cursor = ""; cursor !== "end";) {
      const { body } = await get(`/api/admin/roles?limit=2${cursor && `&cursor=${cursor}`}`, admin);
      names.push(...body.data.map((role: { name: string }) => role.name));
      cursor = body.pagination.nextCursor ?? "end";
    }
    expect(names.slice(0, 3)).toEqual(["user", "admin", "guest"]);
    expect(new Set(names).size).toBe(names.length);
    const { body } = await get("/api/admin/permissions", { ...admin, headers: { "Accept-Language": "en" } });
    expect(body.data).toContainEqual({ name: "users:read", description: "Read accounts" });
    expect((await get("/api/admin/roles/1", admin)).body.role).toMatchObject({ permissions: ["*"], isSystem: true });
    expect((await get("/api/admin/roles/99999", admin)).status).toBe(404);
  });
});

describe("POST /api/admin/roles", () => {
  it("creates a role, in one trip, with permissions of other services too", async () => {
    const admin = await registerAdmin();
    let answer: Answer | undefined;
    const trips = await database.tripsOf(async () => {
      answer = await post(
        "/api/admin/roles",
        { name: "booker", description: "Réserve", permissions: ["artists:write", "bookings:*", "artists:write"] },
        admin,
      );
    });
    expect(answer).toMatchObject({
      status: 201,
      body: { role: { name: "booker", permissions: ["artists:write", "bookings:*"], isSystem: false, inUse: false } },
    });
    expect(trips).toBe(1);
    expect(await post("/api/admin/roles", { name: "booker" }, admin)).toMatchObject({
      status: 409,
      body: { code: "role_name_taken" },
    });
    expect(
      await database.query("select action, metadata->'after'->>'name' as name from audit_logs where target_id = $1", [
        String(answer!.body.role.id),
      ]),
    ).toEqual([{ action: "role.created", name: "booker" }]);
  });

  it("refuses invalid names and permissions, and more permissions than a token can carry", async () => {
    const admin = await registerAdmin();
    const long = (i: number) =>
      `${"r".repeat(48)}${String(i)
        .padStart(2, "0")
        .replaceAll(/\d/g, (d) => "abcdefghij"[Number(d)]!)}:${"a".repeat(50)}`;
    const bad = [
      { name: "Admin" },
      { name: "" },
      { name: "a".repeat(51) },
      ...["users", "users:", ":read", "*:*", "*:read", "users:read:all", "Users:read", "users: read", "", 7, null].map(
        (permission) => ({ name: "bad", permissions: [permission] }),
      ),
      { name: "bad", permissions: Array.from({ length: 101 }, (_, i) => `r:a${i}`) },
      { name: "bad", permissions: Array.from({ length: 60 }, (_, i) => long(i)) },
    ];
    for (const body of bad)
      expect((await post("/api/admin/roles", body, admin)).status, JSON.stringify(body)).toBe(422);
    const most = Array.from({ length: 38 }, (_, i) => long(i));
    const { body } = await post("/api/admin/roles", { name: "most", permissions: most }, admin);
    await database.query("update users set role_id = $1 where id = $2", [body.role.id, (await registerStaff()).userId]);
    const member = await registerAdmin();
    await database.query("update users set role_id = $1 where id = $2", [body.role.id, member.userId]);
    const refreshed = await post("/api/auth/refresh", { refreshToken: member.refreshToken });
    expect(refreshed.body.token.length).toBeGreaterThan(5_000);
    expect(refreshed.body.token.length).toBeLessThan(8_192);
  });
});

describe("PATCH /api/admin/roles/:id", () => {
  it("changes the rights of its holders at once, in one trip, and audits the difference", async () => {
    const admin = await registerAdmin();
    const staff = await registerStaff("users:read");
    const { roleId } = (await get(`/api/admin/users/${staff.userId}`, admin)).body.user;
    expect((await get("/api/users", staff)).status).toBe(200);
    const trips = await database.tripsOf(() =>
      patch(`/api/admin/roles/${roleId}`, { permissions: ["stats:read"] }, admin),
    );
    expect(trips).toBe(1);
    expect((await get("/api/users", staff)).status).toBe(403);
    expect((await get("/api/admin/stats", staff)).status).toBe(200);
    expect(
      await database.query("select metadata from audit_logs where target_type = 'role' and target_id = $1", [
        String(roleId),
      ]),
    ).toEqual([{ metadata: { before: { permissions: ["users:read"] }, after: { permissions: ["stats:read"] } } }]);
  });

  it("keeps what is not given, description and permissions alike", async () => {
    const admin = await registerAdmin();
    const roleId = await insertRole(["artists:read"]);
    expect(await patch(`/api/admin/roles/${roleId}`, { description: "Lit" }, admin)).toMatchObject({
      status: 200,
      body: { role: { description: "Lit", permissions: ["artists:read"] } },
    });
  });

  it("does not rename a system role", async () => {
    const admin = await registerAdmin();
    expect(await patch("/api/admin/roles/2", { name: "visiteur" }, admin)).toMatchObject({
      status: 409,
      body: { code: "system_role" },
    });
    expect((await patch("/api/admin/roles/2", { description: "Visiteur" }, admin)).status).toBe(200);
  });
});

describe("DELETE /api/admin/roles/:id", () => {
  it("deletes an unassigned role, but no system role and no assigned one without a replacement", async () => {
    const admin = await registerAdmin();
    const free = await insertRole([]);
    expect(await database.tripsOf(() => del(`/api/admin/roles/${free}`, admin))).toBe(1);
    expect(await permissionsOf(free)).toBeUndefined();
    for (const id of [0, 1, 2]) {
      const answer = await del(`/api/admin/roles/${id}?replacementId=2`, admin);
      expect(answer.body.code, String(id)).toBe(id === 2 ? "unknown_role" : "system_role");
    }
    const used = await insertRole(["artists:read"]);
    const holders = [await insertUser({ roleId: used }), await insertUser({ roleId: used, deleted: true })];
    expect(await del(`/api/admin/roles/${used}`, admin)).toMatchObject({ status: 409, body: { code: "role_in_use" } });
    expect(await del(`/api/admin/roles/${used}?replacementId=99999`, admin)).toMatchObject({
      body: { code: "unknown_role" },
    });
    expect((await del(`/api/admin/roles/${used}?replacementId=2`, admin)).status).toBe(200);
    expect(await database.query("select distinct role_id from users where id = any($1)", [holders])).toEqual([
      { role_id: 2 },
    ]);
    expect(await database.query("select user_id from notifications where type = 'role_changed'")).toEqual([
      { user_id: holders[0] },
    ]);
    expect(
      await database.query("select metadata from audit_logs where action = 'role.deleted' and target_id = $1", [
        String(used),
      ]),
    ).toMatchObject([{ metadata: { before: { permissions: ["artists:read"] }, replacementId: 2 } }]);
  });
});
