/**
 * The administrator that `npm run dev` creates: its password is stored in `.local/` and shown at each start, until
 * somebody changes it.
 */

import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createAdmin, hasAdmin, hasPassword, newPassword } from "../database/admin-account.ts";

const ADDRESS = "admin@localhost.test";

interface Account {
  email: string;
  password: string;
}

/**
 * Creates an administrator if there is none.
 * @param database the key of this database: the file may contain the accounts of several.
 * @returns the credentials, while they are known.
 */
export async function ensureFirstAdmin(
  folder: string,
  database: string,
  databaseUrl: string,
): Promise<{ email: string; password?: string } | undefined> {
  const file = path.join(folder, "admin.json");
  const { [database]: kept, ...others } = read(file);
  if (kept && (await hasPassword(databaseUrl, kept))) return kept;
  if (await hasAdmin(databaseUrl)) {
    // It was changed: the stored password no longer works.
    if (kept) write(file, others);
    return undefined;
  }
  const account = { email: ADDRESS, password: newPassword() };
  // Before the account: if anything fails from here on, the next start still shows it.
  write(file, { ...others, [database]: account });
  const made = await createAdmin(databaseUrl, account);
  if ("password" in made) return account;
  // It existed without the role, with a password of its own.
  write(file, others);
  return { email: ADDRESS };
}

function read(file: string): Record<string, Account> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, Account>;
  } catch {
    return {};
  }
}

function write(file: string, accounts: Record<string, Account>): void {
  if (Object.keys(accounts).length === 0) return rmSync(file, { force: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(accounts)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
