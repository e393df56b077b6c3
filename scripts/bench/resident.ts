/** Memory of the measured processes. */
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** The memory of the runtimes that this process has started; 0 without /proc. */
export function residentKiB(): number {
  let total = 0;
  for (const pid of (existsSync("/proc") ? readdirSync("/proc") : []).filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(status)?.[1];
      if (field("Name") === "workerd" && Number(field("PPid")) === process.pid) total += Number(field("VmRSS"));
    } catch {
      // The process has ended meanwhile.
    }
  }
  return total;
}
