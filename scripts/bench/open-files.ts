/** How many files a process may hold open, which bounds how many sockets a bench can. */
import { spawnSync } from "node:child_process";

/**
 * Lifts the limit of this process, and so of what it starts, to `wanted`: only root may, on Linux. Answers what the limit
 * is then; it is never lowered.
 */
export function raiseOpenFiles(wanted: number): number {
  if (openFiles() < wanted) spawnSync("prlimit", [`--pid=${process.pid}`, `--nofile=${wanted}:${wanted}`]);
  return openFiles();
}

/** As a child has it; Node itself has raised the soft limit to the hard one. */
function openFiles(): number {
  const answer = spawnSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).stdout?.trim();
  return answer === "unlimited" ? Infinity : Number(answer);
}
