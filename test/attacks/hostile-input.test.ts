/** docs/security.md, "Web and input": bodies with more than the schema allows. */
import { beforeAll, describe, expect, it } from "vitest";
import { database, PASSWORD, registerMember, request, type Answer, type Member } from "../support/service.ts";
import { insertRole, insertUser, registerAdmin, registerStaff } from "../support/staff.ts";

/** Keys that a careless write would accept: every column, and the ways to reach a prototype. */
const EXTRA = {
  id: 1,
  role: 1,
  role_id: 1,
  roleName: "admin",
  permissions: ["*"],
  is_active: false,
  is_verified: true,
  isVerified: true,
  isAdmin: true,
  isSystem: true,
  is_system: true,
  password: "Un autre mot de passe",
  passwordHash: "none",
  password_hash: "none",
  deletedAt: "2020-01-01",
  deleted_at: "2020-01-01",
  createdAt: "2020-01-01",
  lastLoginAt: "2020-01-01",
  twoFactorEnabled: true,
  constructor: { prototype: { roleId: 1, permissions: ["*"] } },
  prototype: { roleId: 1 },
};

/** As raw text: `__proto__` in an object literal would not become a key. */
const withExtras = (body: object, without: string[] = []) => {
  const extras = Object.entries({ ...EXTRA, ...body }).filter(([key]) => key in body || !without.includes(key));
  const proto = `"__proto__": {"roleId": 1, "isActive": false, "permissions": ["*"], "isSystem": true, "nom": "Pollué"}`;
  return `{${proto}, ${extras.map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(", ")}}`;
};

const send = (method: string, path: string, rawBody: string, token?: string, type = "application/json") =>
  request(method, path, { rawBody, ...(token !== undefined && { token }), headers: { "Content-Type": type } });
const row = async (table: "users" | "roles", id: number) =>
  (await database.query<Record<string, unknown>>(`select to_jsonb(t) as row from ${table} t where id = $1`, [id]))[0]!
    .row as Record<string, unknown>;

const expectUnknown = ({ status, body }: Answer) => {
  expect([status, body.code]).toEqual([422, "validation_failed"]);
  const pointers = body.errors.map((error: { pointer: string }) => error.pointer);
  expect(pointers).toEqual(expect.arrayContaining(["#/isAdmin", "#/password_hash"]));
};

/** The columns of the row that `act` changed, except the time of the change. */
async function changedBy(table: "users" | "roles", id: number, act: () => Promise<unknown>): Promise<object> {
  const before = await row(table, id);
  await act();
  const after = await row(table, id);
  return Object.fromEntries(
    Object.entries(after).filter(
      ([key, value]) => key !== "updated_at" && JSON.stringify(value) !== JSON.stringify(before[key]),
    ),
  );
}

describe("extra keys and __proto__", () => {
  let admin: Member;
  beforeAll(async () => void (admin = await registerAdmin()));

  it("in a change of one's own account", async () => {
    const member = await registerMember();
    const { userId, token } = member;
    for (const path of ["/api/users/me", "/api/auth/profile"])
      expect(
        await changedBy("users", userId, async () => {
          expect((await send("PUT", path, withExtras({ nom: path }), token)).status, path).toBe(200);
        }),
        path,
      ).toEqual({ nom: path });
    const change = { currentPassword: PASSWORD, newPassword: "Encore un autre secret" };
    expect(
      Object.keys(
        await changedBy("users", userId, () => send("PUT", "/api/users/me/password", withExtras(change), token)),
      ),
    ).toEqual(["password_hash"]);
  });

  it("in a registration, an invitation or an import", async () => {
    const names = { prenom: "Eve", nom: "Plus" };
    const ordinary = { role_id: 0, is_active: true, is_verified: false, deleted_at: null, nom: "Plus" };
    const { body } = await send(
      "POST",
      "/api/auth/register",
      withExtras({ ...names, email: "inscrite@example.test", password: PASSWORD }),
    );
    expect(await row("users", Number(body.user.id))).toMatchObject(ordinary);
    // Bodies of administrators are strict: the error names every extra field.
    const invitation = withExtras({ ...names, email: "invitee@example.test" });
    expectUnknown(await send("POST", "/api/admin/users", invitation, admin.token));
    // An import has `role` and `passwordHash`.
    const line = withExtras(
      { ...names, email: "importee@example.test", passwordHash: `$2b$04$${"a".repeat(21)}e${"b".repeat(30)}e` },
      ["role"],
    );
    const imported = await send("POST", "/api/admin/users/import", line, admin.token, "application/x-ndjson");
    expect(imported.body.data).toMatchObject([{ status: "invalid" }]);
    expect(
      await database.query("select from users where email in ('invitee@example.test', 'importee@example.test')"),
    ).toEqual([]);
  });

  it("in a change of somebody's account or of a role", async () => {
    const userId = await insertUser();
    const change = withExtras({ nom: "Nouveau" });
    const ofUser = () => send("PATCH", `/api/admin/users/${userId}`, change, admin.token);
    expect(await changedBy("users", userId, async () => expectUnknown(await ofUser()))).toEqual({});
    const roleId = await insertRole(["artists:read"]);
    const body = withExtras({ description: "Nouvelle" }, ["permissions"]);
    const ofRole = () => send("PATCH", `/api/admin/roles/${roleId}`, body, admin.token);
    expect(await changedBy("roles", roleId, async () => expectUnknown(await ofRole()))).toEqual({});
    expectUnknown(await send("POST", "/api/admin/roles", withExtras({ name: "plain" }, ["permissions"]), admin.token));
    expect(await database.query("select from roles where name = 'plain'")).toEqual([]);
  });

  it("where a route takes no body at all", async () => {
    const userId = await insertUser();
    for (const act of ["unlock", "logout", "2fa/reset"])
      expect(
        await changedBy("users", userId, async () => {
          const answer = await send("POST", `/api/admin/users/${userId}/${act}`, withExtras({}), admin.token);
          expect(answer.status, act).toBe(200);
        }),
        act,
      ).toEqual({});
  });

  it("that would affect a later request", async () => {
    const { email, password, token } = await registerMember();
    await send("POST", "/api/auth/login", withExtras({ email, password }));
    await send("PUT", "/api/users/me", withExtras({ nom: "Nouveau" }), token);
    await send("POST", "/api/admin/users/import", withExtras({}), admin.token, "application/x-ndjson");
    expect(({} as Record<string, unknown>)["roleId"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["isActive"]).toBeUndefined();
  });
});

describe("a key twice:", () => {
  it("a harmless role before or after the wanted one", async () => {
    const staff = await registerStaff("users:write", "roles:write", "users:import");
    const userId = await insertUser();
    const attempt = (method: string, path: string, body: string) => () => send(method, path, body, staff.token);
    const user = `/api/admin/users/${userId}`;
    expect(await changedBy("users", userId, attempt("PATCH", user, `{"roleId": 2, "roleId": 1}`))).toEqual({});
    expect(await changedBy("users", userId, attempt("PATCH", user, `{"roleId": 1, "roleId": 2}`))).toEqual({
      role_id: 2,
    });
    const roleId = await insertRole([]);
    const role = `/api/admin/roles/${roleId}`;
    const escalation = `{"permissions": [], "permissions": ["*"]}`;
    expect(await changedBy("roles", roleId, attempt("PATCH", role, escalation))).toEqual({});
    const line = `{"email":"double@example.test","prenom":"D","nom":"D","passwordHash":"$2b$04$${"a".repeat(21)}e${"b".repeat(30)}e","role":0,"role":1}`;
    const { body } = await send("POST", "/api/admin/users/import", line, staff.token, "application/x-ndjson");
    expect(body.data).toMatchObject([{ status: "refused" }]);
  });

  it("two replacements of a role in a query", async () => {
    const staff = await registerStaff("roles:write");
    const roleId = await insertRole([]);
    await insertUser({ roleId });
    for (const query of ["replacementId=0&replacementId=1", "replacementId=1&replacementId=0"])
      expect(
        await changedBy("roles", roleId, async () => {
          const answer = await request("DELETE", `/api/admin/roles/${roleId}?${query}`, { token: staff.token });
          expect(answer.status, query).toBe(422);
        }),
        query,
      ).toEqual({});
  });
});

describe("a body of the wrong kind:", () => {
  it.each(["[]", "null", "1", '"texte"', "true", "[{}]"])("%s instead of an object", async (body) => {
    const admin = await registerAdmin();
    const userId = await insertUser();
    for (const [method, path] of [
      ["POST", "/api/admin/users"],
      ["PATCH", `/api/admin/users/${userId}`],
      ["POST", "/api/admin/roles"],
      ["PATCH", "/api/admin/roles/2"],
    ] as const)
      expect((await send(method, path, body, admin.token)).status, path).toBe(422);
  });
});
