/** What the measured processes use, by Linux's /proc: 0 elsewhere. */
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** `proc(5)` counts in hundredths of a second. */
const TICK_MS = 10;

interface Process {
  id: number;
  name: string;
  parent: number;
  /** Its own, and that of its ended children. */
  milliseconds: number;
}

/** KiB of the runtimes that this process has started. */
export function residentKiB(): number {
  return runtimes()
    .map(({ id }) => Number(/^VmRSS:\s+(\d+)/m.exec(read(id, "status"))?.[1] ?? 0))
    .reduce((sum, each) => sum + each, 0);
}

/** Milliseconds of processor time until now: of the runtimes, and of PostgreSQL. */
export function processorTime(postmaster: number): { runtime: number; database: number } {
  const total = (processes: Process[]) => processes.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return {
    runtime: total(runtimes()),
    database: total(list().filter(({ id, parent }) => id === postmaster || parent === postmaster)),
  };
}

const runtimes = () => list().filter(({ name, parent }) => name === "workerd" && parent === process.pid);

function list(): Process[] {
  return (existsSync("/proc") ? readdirSync("/proc") : [])
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const [, command, rest] = /\((.*)\) (.*)/s.exec(read(Number(name), "stat")) ?? [];
      if (command === undefined || rest === undefined) return [];
      const [, parent, ...fields] = rest.split(" ").map(Number);
      const milliseconds = fields.slice(9, 13).reduce((sum, ticks) => sum + ticks, 0) * TICK_MS;
      return { id: Number(name), name: command, parent: parent!, milliseconds };
    });
}

/** Empty for a process that has ended meanwhile. */
function read(id: number, file: string): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, "utf8");
  } catch {
    return "";
  }
}
