/**
 * The user that runs PostgreSQL, and where that user can read its programs and data. PostgreSQL refuses to run as root,
 * and other users mostly can't enter root's home; what lies there is then kept in a folder of root's that others may
 * enter.
 */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { inFolder, type PostgresBinaries } from "./postgres-binaries.ts";

/** In /var/lib only root can create files: whatever is there, root has put there. */
const ROOTS_FOLDER = "/var/lib/auth-api";

/** Both absent: the current user. */
export interface PostgresUser {
  uid?: number;
  gid?: number;
}

/** The user and group to run PostgreSQL as: for an ordinary user itself, for root `postgres` (created if necessary). */
export function findPostgresUser(): PostgresUser {
  if (process.getuid?.() !== 0) return {};
  let failure = "";
  // If two processes create the user at the same time, one fails, and finds it created.
  for (let attempt = 1; attempt <= 20; attempt++) {
    try {
      return { uid: idOf("-u"), gid: idOf("-g") };
    } catch {
      // It does not exist yet.
    }
    try {
      execFileSync("groupadd", ["-f", "postgres"], { stdio: ["ignore", "ignore", "pipe"] });
      execFileSync("useradd", ["-g", "postgres", "-M", "postgres"], { stdio: ["ignore", "ignore", "pipe"] });
    } catch (error) {
      failure = firstLine(error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
  throw new Error(
    `PostgreSQL refuses to run as root and no user named postgres could be made (${failure}): run as an ordinary user, or set DATABASE_URL.`,
  );
}

/** The data folder for the database of `directory`: inside it, unless the user can't enter it. */
export function dataFolderFor(user: PostgresUser, directory: string): string {
  const inside = path.join(directory, "postgres");
  if (user.uid === undefined || existsSync(inside)) return inside;
  const outside = path.join(ROOTS_FOLDER, hashOf(directory), "postgres");
  return !existsSync(outside) && mayPass(user, directory) ? inside : outside;
}

/** Whether the data lies outside the folder that it belongs to. */
export function isOutside(data: string): boolean {
  return data.startsWith(`${ROOTS_FOLDER}/`);
}

/** Creates the folder above the data, so that the user may enter it. @throws Error of one line, when that fails. */
export function openWayTo(user: PostgresUser, data: string, directory: string): void {
  if (user.uid === undefined) return;
  const above = path.dirname(data);
  if (isOutside(data)) makeRootsFolder(directory);
  mkdirSync(above, { recursive: true });
  chmodSync(above, 0o711);
  if (!mayPass(user, data))
    throw new Error(
      `PostgreSQL refuses to run as root, and the user postgres can't enter ${above} any more: open the folders above it, move ${data} away to get a fresh database, or set DATABASE_URL.`,
    );
}

/** The programs, or a copy of them that the user may run: made once per version, and shared by every clone. */
export function programsFor(user: PostgresUser, binaries: PostgresBinaries): PostgresBinaries {
  if (user.uid === undefined || (mayPass(user, binaries.postgres) && mayRead(user, binaries.folder))) return binaries;
  const copy = path.join(ROOTS_FOLDER, `postgresql-${binaries.version}-${process.arch}`);
  if (!existsSync(copy)) {
    makeRootsFolder(binaries.folder);
    // Created under another name and renamed: it is complete, or absent.
    const draft = mkdtempSync(`${copy}.`);
    try {
      execFileSync("cp", ["-R", `${binaries.folder}/.`, draft]);
      execFileSync("chmod", ["-R", "u=rwX,go=rX", draft]);
      renameSync(draft, copy);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      // Another process was faster.
      if (!existsSync(copy))
        throw new Error(`PostgreSQL could not be copied to ${copy}: ${firstLine(error)}`, { cause: error });
    }
  }
  return inFolder(copy, binaries.version);
}

/** Whether that user may enter every folder above `file`. */
function mayPass(user: PostgresUser, file: string): boolean {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    if (!may(user, folder, 0o1)) return false;
    if (folder === path.dirname(folder)) return true;
  }
}

/** With the folder's own mode: files that npm installs have the modes of its `umask`, the same everywhere. */
function mayRead(user: PostgresUser, folder: string): boolean {
  return may(user, folder, 0o5) && may(user, path.join(folder, "bin", "postgres"), 0o5);
}

function may({ uid, gid }: PostgresUser, file: string, rights: number): boolean {
  const { mode, uid: owner, gid: group } = statSync(file);
  const shift = owner === uid ? 6 : group === gid ? 3 : 0;
  return ((mode >> shift) & rights) === rights;
}

/** @param closed the folder that the user can't enter, for the message. */
function makeRootsFolder(closed: string): void {
  let reason = "other users could write there";
  try {
    mkdirSync(ROOTS_FOLDER, { recursive: true, mode: 0o711 });
    chmodSync(ROOTS_FOLDER, 0o711);
    if ([ROOTS_FOLDER, path.dirname(ROOTS_FOLDER)].every(isRootsAlone)) return;
  } catch (error) {
    reason = firstLine(error);
  }
  throw new Error(
    `PostgreSQL refuses to run as root, the user postgres can't enter ${closed}, and ${ROOTS_FOLDER} can't be used instead (${reason}): run as an ordinary user, move the project, or set DATABASE_URL.`,
  );
}

function isRootsAlone(folder: string): boolean {
  const found = lstatSync(folder);
  return found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0;
}

function hashOf(directory: string): string {
  return createHash("sha256").update(directory).digest("hex").slice(0, 16);
}

function firstLine(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: Buffer };
  return (stderr?.toString().trim() || message).split("\n")[0]!;
}

function idOf(flag: "-u" | "-g"): number {
  return Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
}
