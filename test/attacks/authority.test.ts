/** docs/security.md, "an administrator": gaining more authority than the role has, for oneself or for others. */
import { describe, expect, it } from "vitest";
import { routesOfApp } from "../support/routes.ts";
import { claimsOf, database, del, get, patch, post, registerMember, request, sidOf } from "../support/service.ts";
import { userShape } from "../support/contract.ts";
import { auditOf, insertRole, insertUser, noticesOf, registerAdmin, registerStaff } from "../support/staff.ts";
import { importRows, row } from "../support/user-import.ts";

const permissionsOf = async (roleId: number) =>
  (await database.query<{ permissions: string[] }>("select permissions from roles where id = $1", [roleId]))[0]
    ?.permissions;

describe("authority that the actor lacks:", () => {
  it("granting a permission that the actor lacks, in a new role", async () => {
    const staff = await registerStaff("roles:write", "artists:*");
    const create = (...permissions: string[]) =>
      post("/api/admin/roles", { name: `r${Math.trunc(performance.now() * 1000)}`, permissions }, staff);
    for (const permission of ["*", "users:read", "roles:*", "bookings:read"])
      expect(await create("artists:read", permission), permission).toMatchObject({ body: { code: "not_grantable" } });
    expect((await create("artists:read", "artists:*", "roles:write")).status).toBe(201);
  });

  it("giving every new account the actor's own permissions", async () => {
    const [delegate, admin] = [await registerStaff("roles:write", "users:read", "artists:*"), await registerAdmin()];
    const widen = (permissions: string[], { token }: { token: string }) =>
      patch("/api/admin/roles/0", { permissions }, { token });
    for (const permissions of [["users:read"], ["artists:*"], ["artists:read", "artists:write"]])
      expect(await widen(permissions, delegate), JSON.stringify(permissions)).toMatchObject({
        status: 403,
        body: { code: "not_grantable" },
      });
    // Someone with every permission may; and a delegate may remove permissions.
    expect((await widen(["artists:*"], admin)).status).toBe(200);
    for (const permissions of [["artists:*"], ["artists:read"], []])
      expect(await widen(permissions, delegate), JSON.stringify(permissions)).toMatchObject({
        status: 200,
        body: { role: { permissions } },
      });
    expect(await widen(["artists:read"], delegate)).toMatchObject({ status: 403 });
    // Every new account has this role, however it was created.
    const invitee = { email: "invitee@example.test", prenom: "Ida", nom: "Rhodes" };
    const { user } = (await post("/api/admin/users", invitee, { token: admin.token })).body;
    expect([user.role, (await registerMember()).user["role"]]).toEqual([0, 0]);
    const defaults = await database.query(
      "select column_default from information_schema.columns where table_name = 'users' and column_name = 'role_id'",
    );
    expect(defaults).toEqual([{ column_default: "0" }]);
  });

  it("emptying a role above one's own, extending one's own", async () => {
    const staff = await registerStaff("roles:write", "roles:read");
    const [own] = await database.query<{ role_id: number }>("select role_id from users where id = $1", [staff.userId]);
    const above = await insertRole(["audit:read"]);
    expect(await patch(`/api/admin/roles/${above}`, { permissions: [] }, staff)).toMatchObject({
      body: { code: "above_you" },
    });
    expect(await patch(`/api/admin/roles/${own!.role_id}`, { permissions: ["*"] }, staff)).toMatchObject({
      body: { code: "not_grantable" },
    });
    expect(await permissionsOf(above)).toEqual(["audit:read"]);
    expect(await permissionsOf(own!.role_id)).toEqual(["roles:write", "roles:read"]);
  });

  it("replacing a deleted role with a more powerful one", async () => {
    const staff = await registerStaff("roles:write");
    const used = await insertRole([]);
    await insertUser({ roleId: used });
    expect(await del(`/api/admin/roles/${used}?replacementId=1`, staff)).toMatchObject({
      body: { code: "not_grantable" },
    });
    const admin = await registerAdmin();
    const all = await insertRole(["*"]);
    await database.query("update users set role_id = $1 where role_id = 1", [all]);
    expect(await del(`/api/admin/roles/${all}?replacementId=0`, admin)).toMatchObject({ body: { code: "last_admin" } });
    expect(await permissionsOf(all)).toEqual(["*"]);
  });

  it("inviting an account with more authority", async () => {
    const staff = await registerStaff("users:write");
    const invite = (roleId: number) =>
      post("/api/admin/users", { email: "escalade@example.test", prenom: "E", nom: "S", roleId }, staff);
    expect(await invite(1)).toMatchObject({ status: 403, body: { code: "not_grantable" } });
    expect(await invite(99_999)).toMatchObject({ status: 422, body: { code: "unknown_role" } });
    expect(await database.query("select from users where email = 'escalade@example.test'")).toEqual([]);
  });

  it("promoting oneself, or acting on an account with more authority, by any route", async () => {
    const staff = await registerStaff("users:*");
    const above = await registerStaff("users:read", "audit:read");
    const peer = await insertUser({ roleId: await insertRole(["users:read"]) });
    expect(await patch(`/api/admin/users/${staff.userId}`, { roleId: 1 }, staff)).toMatchObject({
      status: 403,
      body: { code: "not_grantable" },
    });
    expect((await patch(`/api/admin/users/${peer}`, { roleId: 0 }, staff)).status).toBe(200);
    const id = above.userId;
    const routes = routesOfApp().filter(
      ({ method, path }) => method !== "GET" && /^\/api\/admin\/users\/:id\b(?!\/restore)/.test(path),
    );
    expect(routes.length).toBeGreaterThan(5);
    const changes = [{ isActive: false }, { nom: "Pris" }, { email: "pris@example.test" }, { isVerified: true }];
    for (const { method, path } of routes) {
      const target = path
        .replace(":id", String(id))
        .replace(":sessionId", sidOf(above))
        .replace(":keyId", "0123456789abcdef");
      const bodies = path.endsWith("/impersonate") ? [{ reason: "Curiosité" }] : [undefined];
      for (const body of method === "PATCH" ? changes : bodies)
        expect(await request(method, target, { token: staff.token, body }), `${method} ${path}`).toMatchObject({
          status: 403,
          body: { code: "above_you" },
        });
    }
    expect((await get("/api/users/me", { token: above.token })).status).toBe(200);
    await database.query("update users set deleted_at = now() where id = $1", [id]);
    expect(await post(`/api/admin/users/${id}/restore`, undefined, staff)).toMatchObject({
      body: { code: "above_you" },
    });
    expect(await auditOf(id)).toEqual([]);
    expect(await noticesOf(id)).toEqual([]);
  });

  it("importing an account with more authority", async () => {
    const staff = await registerStaff("users:import");
    const { body } = await importRows([row("chef@example.test", { role: 1 }), row("chef@example.test")], staff.token);
    expect(body.data).toMatchObject([{ status: "refused" }, { status: "created" }]);
    expect(await database.query("select role_id from users where email = 'chef@example.test'")).toEqual([
      { role_id: 0 },
    ]);
  });

  it("registering as an administrator", async () => {
    const wishes = {
      role: 1,
      roleId: 1,
      role_id: 1,
      is_admin: true,
      isAdmin: true,
      isVerified: true,
      is_verified: true,
      isActive: false,
      permissions: ["*"],
      id: 424_242,
      createdAt: "2000-01-01T00:00:00.000Z",
      locale: "en",
      constructor: { prototype: { role: 1 } },
    };
    const member = await registerMember(wishes);
    expect(member.user).toEqual(userShape({ prenom: "Ada", nom: "Lovelace", email: member.email }));
    expect(member.userId).not.toBe(424_242);
    expect(claimsOf(member.token)).toMatchObject({ role: 0, permissions: [] });
  });
});
