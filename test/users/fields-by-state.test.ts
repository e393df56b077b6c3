/** Who may read and write which field of an account depends on its state; docs/security.md has the table. */
import { describe, expect, it } from "vitest";
import security from "../../docs/security.md?raw";
import { database, del, get, post, put, registerMember, request, type Member } from "../support/service.ts";
import { registerAdmin } from "../support/staff.ts";
import { codesIn, tableIn } from "../support/tables.ts";

const WRITTEN = tableIn(security, "state", "its owner reads", "its owner writes");

/** How an account gets into a state, and the service's configuration then. */
const STATES: Record<string, { sql?: string; vars?: Record<string, string> }> = {
  active: {},
  "unproven, with `REGISTRATION=verified`": { vars: { REGISTRATION: "verified" } },
  disabled: { sql: "update users set is_active = false where id = $1" },
  "deleted, up to 30 days": { sql: "update users set deleted_at = now() - interval '29 days' where id = $1" },
  purged: { sql: "delete from users where id = $1" },
};

/** Another value for every field in an answer, and for the columns behind them. */
const EVERYTHING = {
  id: "999",
  prenom: "Grace",
  nom: "Hopper",
  telephone: "+33 1 23 45 67 89",
  locale: "en",
  role: 1,
  permissions: ["*"],
  isVerified: true,
  twoFactorEnabled: true,
  roleId: 2,
  roleName: "admin",
  createdAt: "2020-01-01T00:00:00.000Z",
  lastLoginAt: "2020-01-01T00:00:00.000Z",
  passwordHash: "none",
  deletedAt: null,
};
/** These follow from others. */
const DERIVED = new Set(["role", "roleName", "permissions", "updatedAt", "updated_at"]);

const rowOf = async ({ userId }: Member) =>
  (await database.query<Record<string, unknown>>("select * from users where id = $1", [userId]))[0] ?? {};
const camel = (column: string) => column.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The fields whose columns `act` changes. */
async function changedBy(member: Member, act: () => Promise<unknown>): Promise<string[]> {
  const before = await rowOf(member);
  await act();
  const after = await rowOf(member);
  const columns = Object.keys(before).filter((name) => !DERIVED.has(name));
  return columns.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name])).map(camel);
}

describe("a field of an account", () => {
  it("has a rule for every state", () => {
    expect(WRITTEN.map(([state]) => state)).toEqual(Object.keys(STATES));
  });

  it.each(WRITTEN)(
    "%s: reads and writes are as in docs/security.md",
    async (state, ownerReads, ownerWrites = "", adminsRead, adminsWrite = "", adminsMay) => {
      const { sql, vars } = STATES[state]!;
      const [member, admin] = [await registerMember(), await registerAdmin()];
      if (sql) await database.query(sql, [member.userId]);
      const account = `/api/admin/users/${member.userId}`;

      const login = await post(
        "/api/auth/login",
        { email: member.email, password: member.password },
        { vars: vars ?? {} },
      );
      // A state in which nobody can sign in ends what was open: the token from before is tried as well.
      const token = login.body.token ?? (vars ? undefined : member.token);
      const asOwner = token === undefined ? {} : { token };
      const own = await get("/api/users/me", asOwner);
      expect(own.status === 200 ? "a user" : "nothing").toBe(ownerReads);
      const byOwner = await changedBy(member, () => put("/api/users/me", EVERYTHING, asOwner));
      expect(byOwner.toSorted()).toEqual(codesIn(ownerWrites).toSorted());

      const asAdmin = { token: admin.token };
      const managed = await get(account, asAdmin);
      expect(managed.status === 200 ? "a managed user" : "nothing").toBe(adminsRead);
      const isActive = managed.body.user?.isActive !== true;
      // Each field by itself: a body of administration with a field that is not known there changes nothing.
      const byAdmin = await changedBy(member, async () => {
        const email = `moved-${member.userId}@example.test`;
        // A new address first: it leaves the account unproven.
        const fields = { email, ...EVERYTHING, prenom: "Alan", nom: "Turing", isActive };
        for (const [name, value] of Object.entries(fields)) {
          await request("PATCH", account, { ...asAdmin, body: { [name]: value } });
        }
      });
      expect(byAdmin.toSorted()).toEqual(codesIn(adminsWrite).toSorted());

      const restored = (await post(`${account}/restore`, undefined, asAdmin)).status === 200;
      const deleted = !restored && (await del(account, asAdmin)).status === 200;
      expect(restored ? "restore" : deleted ? "delete" : "nothing").toBe(adminsMay);
    },
  );
});
