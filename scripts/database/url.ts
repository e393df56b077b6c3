/** The database of a command: DATABASE_URL, or else the local one, started while the command runs. */

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { findRunningDatabase, startLocalDatabase } from "./local-database.ts";

export const PROJECT_FOLDER = path.resolve(import.meta.dirname, "../..");
/** Everything that `npm run dev` stores between runs, besides Wrangler's own state. */
export const LOCAL_FOLDER = path.join(PROJECT_FOLDER, ".local");

/** DATABASE_URL from the environment or `.dev.vars`. @throws Error if it is not a PostgreSQL address. */
export function findDatabaseUrl(): string | undefined {
  const file = path.join(PROJECT_FOLDER, ".dev.vars");
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, "utf8"))["DATABASE_URL"] : undefined;
  const url = process.env["DATABASE_URL"] || fromFile || undefined;
  if (url !== undefined && !(/^postgres(ql)?:\/\//.test(url) && URL.canParse(url))) {
    throw new Error("DATABASE_URL is not an address like postgresql://user:password@host/database.");
  }
  return url;
}

/** Runs `work` on the database; a local one is started unless `npm run dev` is running it, and stopped afterwards. */
export async function withDatabase<T>(log: (line: string) => void, work: (url: string) => Promise<T>): Promise<T> {
  const url = findDatabaseUrl() ?? findRunningDatabase(LOCAL_FOLDER);
  if (url !== undefined) return namingDatabase(url, () => work(url));
  const database = await startLocalDatabase({ directory: LOCAL_FOLDER, persistent: true, log });
  try {
    return await work(database.url);
  } finally {
    await database.stop();
  }
}

/** Runs `work` on the database; if it can't be reached, the error names it. */
export async function namingDatabase<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // A refused connection has a code for each address that was tried.
    const { code = "", errors } = error as Error & { code?: string; errors?: { code?: string }[] };
    const reason = errors?.[0]?.code ?? code;
    if (!UNREACHABLE.has(reason)) throw error;
    throw new Error(`The database at ${describeDatabase(url)} can't be reached (${reason}): is it running?`, {
      cause: error,
    });
  }
}

const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
]);

/** Whether the address is on this machine. */
export function isLocal(databaseUrl: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]", "::1"].includes(new URL(databaseUrl).hostname);
}

/** A database's address without its password, to show to people. */
export function describeDatabase(databaseUrl: string): string {
  const { hostname, port, pathname } = new URL(databaseUrl);
  return `${hostname}${port && `:${port}`}${pathname}`;
}
