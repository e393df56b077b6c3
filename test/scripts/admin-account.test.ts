/** The first administrator, as the service will see it. */
import { argon2id } from "@noble/hashes/argon2.js";
import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createAdmin, hasAdmin, hasPassword } from "../../scripts/database/admin-account.ts";
import { migrate } from "../../scripts/database/migrations.ts";
import { ensureFirstAdmin } from "../../scripts/dev/first-admin.ts";
import { temporaryFolder, useLocalNeon } from "./local-neon.ts";

const local = useLocalNeon();
let url: string;

beforeEach(async () => {
  url = await local.control.createDatabase();
  await migrate(url);
});

test("is created with a canonical address, verified, and with the password that was answered", async () => {
  expect(await hasAdmin(url)).toBe(false);
  const result = await createAdmin(url, { email: " Ａdmin@Exämple.TEST ", prenom: "Zoé", nom: "O'Neil" });
  expect(result).toEqual({
    outcome: "created",
    email: "admin@xn--exmple-cua.test",
    password: expect.stringMatching(/^.{20,}$/),
  });
  const [user] = await local.control.query<{ password_hash: string }>(url, "SELECT * FROM users");
  expect(user).toMatchObject({
    email: "admin@xn--exmple-cua.test",
    prenom: "Zoé",
    nom: "O'Neil",
    role_id: 1,
    is_verified: true,
  });
  expect(user!.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  const [salt, tag] = user!.password_hash
    .split("$")
    .slice(-2)
    .map((part) => Buffer.from(part, "base64"));
  // Another implementation than the one that made it.
  const password = result.outcome === "created" ? result.password : "";
  expect(Buffer.from(argon2id(password, salt, { m: 19_456, t: 2, p: 1, dkLen: 32 }))).toEqual(tag);
  expect(await hasAdmin(url)).toBe(true);
  expect(await local.control.query(url, "SELECT action FROM audit_logs")).toEqual([{ action: "admin.created" }]);
});

test("an account that has the address is promoted and keeps its password; a second time nothing changes", async () => {
  await local.control.query(
    url,
    "INSERT INTO users (email, password_hash, prenom, nom, is_verified) VALUES ('a@example.com', 'hash', 'A', 'B', true)",
  );
  expect(await createAdmin(url, { email: "A@example.com" })).toEqual({ outcome: "promoted", email: "a@example.com" });
  expect(await createAdmin(url, { email: "a@example.com" })).toEqual({ outcome: "already", email: "a@example.com" });
  expect(await local.control.query(url, "SELECT role_id, password_hash, prenom FROM users")).toEqual([
    { role_id: 1, password_hash: "hash", prenom: "A" },
  ]);
});

test("an account that nobody has proven is promoted with a new password, and without what a stranger left in it", async () => {
  await local.control.query(
    url,
    `WITH made AS (INSERT INTO users (email, password_hash, prenom, nom) VALUES ('a@example.com', 'hash', 'A', 'B') RETURNING id),
     factor AS (INSERT INTO two_factor_methods (user_id, type, confirmed_at) SELECT id, 'email', now() FROM made)
     INSERT INTO refresh_tokens (user_id, session_id, token, methods, expires_at)
     SELECT id, gen_random_uuid(), 'token', '{pwd}', now() + interval '1 day' FROM made`,
  );
  const result = await createAdmin(url, { email: "a@example.com" });
  expect(result).toEqual({ outcome: "promoted", email: "a@example.com", password: expect.stringMatching(/^.{20,}$/) });
  expect(await local.control.query(url, "SELECT password_hash LIKE '$argon2id$%' AS replaced FROM users")).toEqual([
    { replaced: true },
  ]);
  expect(await local.control.query(url, "SELECT 1 FROM two_factor_methods")).toEqual([]);
  expect(await local.control.query(url, "SELECT 1 FROM refresh_tokens WHERE revoked_at IS NULL")).toEqual([]);
});

test("a deleted account's address is free", async () => {
  await local.control.query(
    url,
    "INSERT INTO users (email, password_hash, prenom, nom, deleted_at) VALUES ('a@example.com', 'hash', 'A', 'B', now())",
  );
  expect((await createAdmin(url, { email: "a@example.com" })).outcome).toBe("created");
});

test("what is no address, and a database without tables, are one clear line", async () => {
  await expect(createAdmin(url, { email: "nobody" })).rejects.toThrow("Not an e-mail address: nobody");
  await expect(createAdmin(await local.control.createDatabase(), { email: "a@example.com" })).rejects.toThrow(
    "db:migrate",
  );
});

describe("the first administrator of `npm run dev`", () => {
  let folder: string;
  let fresh: string;
  const file = () => path.join(folder, "admin.json");
  const ensure = (database = "own", url = fresh) => ensureFirstAdmin(folder, database, url);

  beforeEach(async () => {
    folder = temporaryFolder();
    fresh = await local.control.createDatabase();
    await migrate(fresh);
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("is told at each start, from a file for its owner alone, until the password is changed", async () => {
    const made = (await ensure())!;
    expect(await hasPassword(fresh, made as Required<typeof made>)).toBe(true);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(await ensure()).toEqual(made);
    await local.control.query(fresh, "UPDATE users SET password_hash = 'changed'");
    expect(await ensure()).toBeUndefined();
    expect(existsSync(file())).toBe(false);
  });

  test("is told by the next start when the first one failed before it could say it", async () => {
    await local.control.query(fresh, "ALTER TABLE users RENAME TO away");
    await expect(ensure()).rejects.toThrow();
    await local.control.query(fresh, "ALTER TABLE away RENAME TO users");
    const made = (await ensure())!;
    expect(await hasPassword(fresh, made as Required<typeof made>)).toBe(true);
    expect(await ensure()).toEqual(made);
  });

  test("is made only once its password is kept", async () => {
    // Where the file is about to be written there is a folder.
    mkdirSync(`${file()}.new`);
    await expect(ensure()).rejects.toThrow("EISDIR");
    rmSync(`${file()}.new`, { recursive: true });
    expect(await ensure()).toMatchObject({ password: expect.stringMatching(/^.{20,}$/) });
  });

  test("is not taken for the one of another database", async () => {
    const made = await ensure();
    const other = await local.control.createDatabase();
    await migrate(other);
    expect((await ensure("other", other))!.password).not.toBe(made!.password);
    expect(await ensure()).toEqual(made);
  });
});
