import { describe, expect, it } from "vitest";
import { deliver, type Message } from "../support/jobs.ts";
import { database, del, get, patch, post, type Answer } from "../support/service.ts";
import { insertRole, insertUser, registerAdmin, registerStaff, registerWithRole } from "../support/staff.ts";

/** What the queue got and holds. */
async function queuedBy(act: (vars: any) => Promise<unknown>): Promise<Message[]> {
  const sent: Message[] = [];
  await act({ JOBS: { send: async (message: Message) => void sent.push(message) } });
  return sent;
}

/** More than one statement moves. */
const insertHolders = (roleId: number, count: number) =>
  database.query(
    `insert into users (email, password_hash, prenom, nom, role_id)
     select 'holder-' || $1::int || '-' || n || '@example.test', 'none', 'Jean', 'Personne', $1 from generate_series(1, $2::int) n`,
    [roleId, count],
  );

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
    const told = () => database.query("select user_id from notifications where type = 'role_changed'");
    await expect.poll(told).toEqual([{ user_id: holders[0] }]);
    expect(
      await database.query("select metadata from audit_logs where action = 'role.deleted' and target_id = $1", [
        String(used),
      ]),
    ).toMatchObject([{ metadata: { before: { permissions: ["artists:read"] }, replacementId: 2 } }]);
  });

  it("takes effect at once for all, however many, while the queue still moves them", async () => {
    const admin = await registerAdmin();
    const staff = await registerStaff("users:read", "artists:read");
    const { roleId: used, roleName } = (await get(`/api/admin/users/${staff.userId}`, admin)).body.user;
    await insertHolders(used, 300);
    // The last to be moved.
    const last = await registerWithRole(used);
    const [first, second] = [await insertRole(["artists:write"]), await insertRole(["stats:read"])];
    const jobs = await queuedBy((vars) =>
      expect(del(`/api/admin/roles/${used}?replacementId=${first}`, { ...admin, vars })).resolves.toMatchObject({
        status: 200,
      }),
    );
    expect(jobs.filter(({ job }) => job.type === "role_removal")).toHaveLength(1);
    expect(await database.query("select role_id from users where id = $1", [last.userId])).toEqual([{ role_id: used }]);

    // Nobody has it, and nothing knows it any more.
    for (const holder of [staff, last]) {
      expect((await get("/api/admin/users", holder)).status).toBe(403);
      const { token } = (await post("/api/auth/refresh", { refreshToken: holder.refreshToken })).body;
      expect((await post("/api/auth/verify-token", { token })).body.claims).toMatchObject({
        role: first,
        permissions: ["artists:write"],
      });
      expect((await get(`/api/admin/users/${holder.userId}`, admin)).body.user).toMatchObject({
        roleId: first,
        permissions: ["artists:write"],
      });
    }
    const listed = async (role: number) => (await get(`/api/admin/users?role=${role}&limit=1`, admin)).body.data.length;
    // As stored: this is how far the queue has come.
    expect([await listed(used), await listed(first)]).toEqual([1, 1]);
    expect((await get("/api/admin/roles?limit=100", admin)).body.data).not.toContainEqual(
      expect.objectContaining({ id: used }),
    );
    for (const answer of [
      await get(`/api/admin/roles/${used}`, admin),
      await patch(`/api/admin/roles/${used}`, { permissions: ["*"] }, admin),
      await del(`/api/admin/roles/${used}?replacementId=0`, admin),
      await post("/api/admin/notifications", { title: "A", content: "B", roleId: used }, admin),
    ])
      expect(answer.status).toBe(404);
    const invitation = { email: "invitee@example.test", prenom: "Ida", nom: "Rhodes" };
    for (const answer of [
      await post("/api/admin/users", { ...invitation, roleId: used }, admin),
      await patch(`/api/admin/users/${staff.userId}`, { roleId: used }, admin),
      await del(`/api/admin/roles/${second}?replacementId=${used}`, admin),
    ])
      expect(answer.body.code).toBe("unknown_role");
    // Its name can be used again.
    expect((await post("/api/admin/roles", { name: roleName }, admin)).status).toBe(201);

    // The replacement itself is deleted before all are moved.
    expect((await get(`/api/admin/roles/${first}`, admin)).body.role.inUse).toBe(true);
    expect((await del(`/api/admin/roles/${first}`, admin)).body.code).toBe("role_in_use");
    const more = await queuedBy((vars) => del(`/api/admin/roles/${first}?replacementId=${second}`, { ...admin, vars }));
    expect((await get(`/api/admin/users/${last.userId}`, admin)).body.user).toMatchObject({ roleId: second });
    await deliver([...jobs, ...more]);
    expect(await database.query("select 1 from roles where id = any($1)", [[used, first]])).toEqual([]);
    expect(await database.query("select count(*)::int as n from users where role_id = $1", [second])).toEqual([
      { n: 302 },
    ]);
  });

  it("leaves an administrator, while accounts are moved as well", async () => {
    const admin = await registerAdmin();
    const all = await insertRole(["*"]);
    await database.query("update users set role_id = case when id = $1 then $2 else 0 end", [admin.userId, all]);
    await insertHolders(all, 300);
    await database.query("update users set is_active = false where role_id = $1 and id <> $2", [all, admin.userId]);
    const deleted = (replacement: number) =>
      queuedBy((vars) => del(`/api/admin/roles/${all}?replacementId=${replacement}`, { ...admin, vars }));
    expect((await del(`/api/admin/roles/${all}?replacementId=0`, admin)).body.code).toBe("last_admin");
    const jobs = await deleted(1);
    expect(jobs.some(({ job }) => job.type === "role_removal")).toBe(true);
    await expect(database.query("update users set is_active = false where id = $1", [admin.userId])).rejects.toThrow(
      "the last admin",
    );
    await deliver(jobs);
    expect((await get("/api/admin/roles", admin)).status).toBe(200);
  });
});
