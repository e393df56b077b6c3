/** The Worker's role, made as on Neon by an owner who is no superuser: it reads and writes rows, and nothing else. */
import pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { createApplicationRole, grantToApplicationRole } from "../../scripts/database/role.ts";
import { migrate, rollback } from "../../scripts/database/migrations.ts";
import { useLocalNeon } from "./local-neon.ts";

const local = useLocalNeon({ alone: true });
let ownerUrl: string;
let workerUrl: string;

beforeAll(async () => {
  const { control } = local;
  const url = await control.createDatabase();
  await control.query(url, "CREATE ROLE owner LOGIN CREATEROLE PASSWORD 'owner'");
  await control.query(url, `ALTER DATABASE "${new URL(url).pathname.slice(1)}" OWNER TO owner`);
  ownerUrl = Object.assign(new URL(url), { username: "owner", password: "owner" }).href;
  await expect(grantToApplicationRole(ownerUrl)).rejects.toThrow(/^There is no role auth_api yet: .*db:role/);
  await migrate(ownerUrl);
  workerUrl = await createApplicationRole(ownerUrl);
});

/** As the Worker, on a connection of its own. */
async function asWorker(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(workerUrl);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const DENIED = "42501";

test("it reads and writes accounts, and appends to the audit log", async () => {
  await asWorker("INSERT INTO users (email, password_hash, prenom, nom) VALUES ('a@example.com', 'x', 'A', 'B')");
  await asWorker("UPDATE users SET nom = 'C'; DELETE FROM users");
  await asWorker("INSERT INTO audit_logs (action, target_type) VALUES ('test.done', 'test')");
  expect(await asWorker("SELECT action, length(hash) AS length FROM audit_logs")).toEqual([
    { action: "test.done", length: 64 },
  ]);
});

describe("the database refuses it", () => {
  test.each([
    "UPDATE audit_logs SET action = 'x'",
    "DELETE FROM audit_logs",
    "TRUNCATE audit_logs",
    "ALTER TABLE audit_logs DISABLE TRIGGER audit_logs_append_only",
    "DROP TRIGGER audit_logs_append_only ON audit_logs",
    "SELECT setval('audit_logs_id_seq', 1)",
    "SET session_replication_role = replica",
    "CREATE TABLE mine (a int)",
    "CREATE TEMPORARY TABLE mine (a int)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'select 1'",
    "CREATE OR REPLACE FUNCTION has_permission(granted jsonb, needed text) RETURNS boolean LANGUAGE sql AS 'select true'",
    "ALTER TABLE users ADD COLUMN mine int",
    "CREATE INDEX mine ON users (nom)",
    "DROP TABLE users",
    "TRUNCATE users CASCADE",
    "CREATE ROLE mine",
    "SELECT * FROM drizzle.__drizzle_migrations",
    "SELECT pg_read_file('/etc/hostname')",
    "COPY users TO PROGRAM 'cat'",
  ])("%s", async (sql) => {
    await expect(asWorker(sql)).rejects.toMatchObject({ code: DENIED });
  });
});

test("it is a member of nothing, owns nothing, and has no attribute but the login", async () => {
  expect(
    await asWorker(`SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls AS powerful,
      (SELECT count(*)::int FROM pg_auth_members WHERE member = oid) AS memberships,
      (SELECT count(*)::int FROM pg_class WHERE relowner = pg_roles.oid) AS owned
      FROM pg_roles WHERE rolname = current_user`),
  ).toEqual([{ powerful: false, memberships: 0, owned: 0 }]);
});

test("what runs longer than its caller waits is ended", async () => {
  expect(await asWorker("SHOW statement_timeout")).toEqual([{ statement_timeout: "15s" }]);
  expect(await asWorker("SHOW lock_timeout")).toEqual([{ lock_timeout: "5s" }]);
});

test("tables that come back with a migration are its again once granted, the audit log append-only as before", async () => {
  await rollback(ownerUrl, { all: true });
  await migrate(ownerUrl);
  await expect(asWorker("SELECT FROM users")).rejects.toMatchObject({ code: DENIED });
  await grantToApplicationRole(ownerUrl);
  await grantToApplicationRole(ownerUrl);
  expect(await asWorker("SELECT FROM users")).toEqual([]);
  await expect(asWorker("DELETE FROM audit_logs")).rejects.toMatchObject({ code: DENIED });
});

test("a new password ends the old one", async () => {
  const before = workerUrl;
  workerUrl = await createApplicationRole(ownerUrl);
  expect(await asWorker("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  await expect(new pg.Client(before).connect()).rejects.toMatchObject({ code: "28P01" });
});
