/** Which database a command works on: DATABASE_URL, or else the local one, started for as long as it takes. */

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { findRunningDatabase, startLocalDatabase } from "./local-database.ts";

export const PROJECT_FOLDER = path.resolve(import.meta.dirname, "../..");
/** Everything that `npm run dev` keeps between runs, besides Wrangler's own state. */
export const LOCAL_FOLDER = path.join(PROJECT_FOLDER, ".local");

/** DATABASE_URL of the environment or of `.dev.vars`. @throws Error when it is no PostgreSQL address. */
export function findDatabaseUrl(): string | undefined {
  const file = path.join(PROJECT_FOLDER, ".dev.vars");
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, "utf8"))["DATABASE_URL"] : undefined;
  const url = process.env["DATABASE_URL"] || fromFile || undefined;
  if (url !== undefined && !(/^postgres(ql)?:\/\//.test(url) && URL.canParse(url))) {
    throw new Error("DATABASE_URL is not an address like postgresql://user:password@host/database.");
  }
  return url;
}

/** Runs `work` on the database; a local one is started if `npm run dev` doesn't have it running, and stopped afterwards. */
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

/** Runs `work` on the database; one that can't be reached is named in the error. */
export async function namingDatabase<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // A refused connection has a code for each address that was tried.
    const { code = "", errors } = error as Error & { code?: string; errors?: { code?: string }[] };
    const reason = errors?.[0]?.code ?? code;
    if (!UNREACHABLE.has(reason)) throw error;
    throw new Error(`The database at ${describeDatabase(url)} can't be reached (${reason}): does it run there?`, {
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

/** Whether the address leads to this machine. */
export function isLocal(databaseUrl: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]", "::1"].includes(new URL(databaseUrl).hostname);
}

/** A database's address without its password, for people to read. */
export function describeDatabase(databaseUrl: string): string {
  const { hostname, port, pathname } = new URL(databaseUrl);
  return `${hostname}${port && `:${port}`}${pathname}`;
}
