/** A lock between processes: a file with its owner's number in it. What a killed process leaves behind holds nobody up. */
import { execFileSync } from "node:child_process";
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Those of this process. */
const taken = new Set<string>();

/** @returns the function that releases it; undefined while somebody has it. */
export function takeLock(file: string): (() => void) | undefined {
  for (let attempt = 1; attempt <= 2; attempt++) {
    if (createLock(file)) {
      taken.add(file);
      return () => {
        taken.delete(file);
        rmSync(file, { force: true });
      };
    }
    if (isHeld(file)) return undefined;
    rmSync(file, { force: true });
  }
  return undefined;
}

/** Waits for the others. */
export async function withLock<Result>(file: string, work: () => Result | Promise<Result>): Promise<Result> {
  mkdirSync(path.dirname(file), { recursive: true });
  let release = takeLock(file);
  for (; !release; release = takeLock(file)) await sleep(100);
  try {
    return await work();
  } finally {
    release();
  }
}

/** Linked in one step, with the number in it: nobody finds it empty. */
function createLock(file: string): boolean {
  const own = `${file}.${process.pid}`;
  try {
    writeFileSync(own, String(process.pid), { mode: 0o600 });
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Process ids are reused (in a container, almost at once), so the process must also look like one of ours. */
function isHeld(file: string): boolean {
  const holder = Number(readText(file));
  if (holder === process.pid) return taken.has(file);
  return holder > 0 && /node|vitest/.test(commandOf(holder));
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Of a process; empty if there is none. Linux first: small containers have no `ps`. */
export function commandOf(pid: number): string {
  try {
    if (existsSync("/proc/self/cmdline")) return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    return execFileSync("ps", ["-ww", "-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return "";
  }
}
