/**
 * The temporary files of a run, kept in memory where the machine has room: a database for each test file is thousands of
 * small files, and a disk takes longer to make and delete them than PostgreSQL takes for the statements.
 */
import { accessSync, chmodSync, constants, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync } from "node:fs";
import path from "node:path";

const MEMORY = "/dev/shm";
const NAME = /^auth-api-run-(\d+)$/;
/** A run takes a quarter of it. */
const ROOM = 6 * 2 ** 30;

/** Before anything asks for the folder of temporary files. */
export function keepFilesInMemory(): void {
  if (!hasRoom()) return;
  removeLeftovers();
  const folder = path.join(MEMORY, `auth-api-run-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  // Root's PostgreSQL runs as another user.
  chmodSync(folder, 0o711);
  process.env["TMPDIR"] = folder;
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
}

function hasRoom(): boolean {
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    const mount = readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .find((line) => line.split(" ")[1] === MEMORY);
    // Some tests start a program that they have written.
    return (
      mount !== undefined && !mount.includes("noexec") && Math.min(bavail * bsize, process.availableMemory()) > ROOM
    );
  } catch {
    return false;
  }
}

/** Of runs that were killed: nothing else would ever free that memory. */
function removeLeftovers(): void {
  for (const name of readdirSync(MEMORY)) {
    const [, pid] = NAME.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    rmSync(path.join(MEMORY, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
