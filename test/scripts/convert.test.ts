/** `npm run convert`: the files that it reads, writes and refuses to write. What is in them: test/admin/moving.test.ts. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { read } from "../support/documentation.ts";
import { temporaryFolder } from "./local-neon.ts";

const PROJECT = path.resolve(import.meta.dirname, "../..");
let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) =>
  promisify(execFile)(process.execPath, [path.join(PROJECT, "scripts/run.mjs"), "convert", ...args], {
    cwd: folder,
  }).then(
    ({ stdout, stderr }) => ({ stdout, stderr }),
    ({ stdout, stderr }: { stdout: string; stderr: string }) => ({ stdout, stderr }),
  );
const write = (name: string, content: string | Buffer) => writeFileSync(path.join(folder, name), content);
const written = (name: string) => readFileSync(path.join(folder, name), "utf8");

test("writes the accounts and what is missing, for nobody else to read", async () => {
  write("users.json.gz", gzipSync(read("test/support/exports/auth0.ndjson")));
  write("hashes.json", read("test/support/exports/auth0-hashes.ndjson"));
  const args = ["auth0", "users.json.gz", "--hashes", "hashes.json", "--providers", "google,acme=acme-login"];
  const { stdout, stderr } = await run(...args);
  expect(stderr).toBe("");
  expect(stdout).toBe(`4 of 7 accounts are in users.ndjson.
  1 taken, without the identity at facebook, which --providers does not name
  1 taken, with the mailbox alone to sign in by
  1 left out: blocked there
  1 left out: no address
  1 left out: another row has this address
By row: users.ndjson.log
Next: npm run admin -- users import users.ndjson
`);
  const accounts = written("users.ndjson")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(accounts.map(({ identities = [] }) => identities)).toEqual([
    [{ provider: "google", subject: "110248495921238986420" }],
    [],
    [{ provider: "acme", subject: "00u1a2b3" }],
    [],
  ]);
  expect(written("users.ndjson.log")).toContain("row 7: left out: another row has this address, row 1\n");
  for (const name of ["users.ndjson", "users.ndjson.log"])
    expect(statSync(path.join(folder, name)).mode & 0o777, name).toBe(0o600);

  expect(await run(...args)).toEqual({
    stdout: "",
    stderr: "convert: users.ndjson exists already: remove it, or choose another with --out\n",
  });
});

test("leaves nothing behind of an export that it can't read, and says where it ends", async () => {
  write("cut.json", read("test/support/exports/firebase.json").split('"phoneNumber"')[0]!);
  expect(await run("firebase", "cut.json", "--out", "cut.ndjson")).toEqual({
    stdout: "",
    stderr: "convert: the export ends in the middle of row 3\n",
  });
  expect(["cut.ndjson", "cut.ndjson.log"].filter((name) => existsSync(path.join(folder, name)))).toEqual([]);
});

test.each([
  [["firebase", "absent.json"], "absent.json does not exist"],
  [["clerk", "users.json"], "usage: npm run convert -- <auth0|firebase|supabase|better-auth> <export>"],
  [["supabase", "users.json.gz", "--hashes", "x"], "--hashes does not belong to supabase"],
  [["auth0", "users.json.gz", "--providers", "acme"], '--providers: what is "acme" called there? Write acme=<name>'],
])("%j is refused", async (args, message) => {
  expect(await run(...args)).toEqual({ stdout: "", stderr: `convert: ${message}\n` });
});
