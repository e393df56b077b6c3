/**
 * Distinguishes a running PostgreSQL server from the leftovers of a killed one, by the lock file in its data folder.
 */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { commandOf } from "../process/file-lock.ts";

/** The id of the server process of the data folder, if it is alive. */
export function findServer(data: string): number | undefined {
  const pid = Number(readFirstLine(path.join(data, "postmaster.pid")));
  // Process ids are reused (in a container, almost at once), so the process must also look like our server.
  return pid > 0 && commandOf(pid).includes(data) ? pid : undefined;
}

/**
 * Prepares the data folder for a start: removes the lock file of a dead server, and ends a server whose owner was
 * killed.
 * @param owner the process that started the last server; it is its parent while it lives.
 */
export async function clearStaleServer(
  data: string,
  owner: number | undefined,
  log: (line: string) => void,
): Promise<"clear" | "in use"> {
  const lock = path.join(data, "postmaster.pid");
  const startedAt = Date.now();
  const waitedMs = () => Date.now() - startedAt;
  for (let signalled = false; existsSync(lock); await sleep(100)) {
    const pid = findServer(data);
    if (pid === undefined) {
      rmSync(lock, { force: true });
      break;
    }
    if (owner !== undefined && parentOf(pid) === owner) {
      // An owner that was just killed still exists for some milliseconds.
      if (waitedMs() > 500) return "in use";
      continue;
    }
    if (!signalled) {
      log("Ending the database of a killed run …");
      signal(pid, "SIGINT");
      signalled = true;
    }
    if (waitedMs() > 10_000) signal(pid, "SIGQUIT");
    if (waitedMs() > 15_000) return "in use";
  }
  return "clear";
}

function readFirstLine(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").split("\n")[0];
  } catch {
    return undefined;
  }
}

function parentOf(pid: number): number | undefined {
  try {
    // The name in parentheses may itself contain spaces and parentheses.
    if (existsSync("/proc/self/stat"))
      return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ")[1]);
    return Number(execFileSync("ps", ["-o", "ppid=", "-p", String(pid)], { encoding: "utf8" }));
  } catch {
    return undefined;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}
