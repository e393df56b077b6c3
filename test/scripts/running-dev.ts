/** `npm run dev` in a copy of the project, as a process of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { findFreePort } from "../../scripts/process/ports.ts";
import { copyProject, terminal } from "./project-copy.ts";

export interface RunningDev {
  process: ChildProcess;
  port: number;
  output(): string;
  /** The exit code. */
  ended: Promise<number | null>;
}

export function spawnDev(
  folder: string,
  port: number,
  environment: Record<string, string> = {},
  more: string[] = [],
): RunningDev {
  const child = spawn(process.execPath, ["scripts/run.mjs", "dev", "--port", String(port), ...more], {
    cwd: folder,
    env: terminal(environment),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { process: child, port, ended, output: () => text };
}

/** Fails with all that it said, should it end or stay silent. */
export async function waitFor(run: RunningDev, text: string): Promise<void> {
  const silence = AbortSignal.timeout(150_000);
  while (run.process.exitCode === null && !run.output().includes(text) && !silence.aborted) await sleep(50);
  expect(run.output()).toContain(text);
}

interface ServedCopy {
  folder: string;
  origin: string;
  /** Ends it and removes the copy. */
  stop(): Promise<void>;
}

/** A copy that serves. */
export async function serveCopy(environment: Record<string, string>): Promise<ServedCopy> {
  const folder = copyProject();
  const run = spawnDev(folder, await findFreePort(), environment);
  await waitFor(run, "Ctrl-C");
  return {
    folder,
    origin: `http://localhost:${run.port}`,
    async stop() {
      run.process.kill("SIGTERM");
      await run.ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
