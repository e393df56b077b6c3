/** How many files a process may have open, which limits the number of sockets in a benchmark. */
import { spawnSync } from "node:child_process";

/**
 * Raises this process's limit to `wanted`, and so the limit of its children: only root may, on Linux. Returns the
 * resulting limit; it is never lowered.
 */
export function raiseOpenFiles(wanted: number): number {
  if (openFiles() < wanted) spawnSync("prlimit", [`--pid=${process.pid}`, `--nofile=${wanted}:${wanted}`]);
  return openFiles();
}

/** The limit of a child process; Node itself has raised the soft limit to the hard one. */
function openFiles(): number {
  const answer = spawnSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).stdout?.trim();
  return answer === "unlimited" ? Infinity : Number(answer);
}
