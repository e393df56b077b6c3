/**
 * Runs the Worker with `wrangler dev`, without its keyboard shortcuts, its metrics and its own reading of `.dev.vars`.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { startChild, type Child } from "../process/child-processes.ts";
import { LOCAL_FOLDER, PROJECT_FOLDER } from "../database/url.ts";
import type { WorkerVariables } from "./variables.ts";

/**
 * The registry where Workers on this machine find each other by name: one per project, so that another clone's auth-api
 * doesn't answer for this one. A Worker of another project finds it with the same variable in its environment.
 */
const registry = process.env["WRANGLER_REGISTRY_PATH"] || path.join(LOCAL_FOLDER, "registry");
const REGISTRY = { WRANGLER_REGISTRY_PATH: registry, CLOUDFLARE_DEV_REGISTRY_PATH: registry };

/**
 * Starts the Worker on loopback and returns once its process runs; `waitUntilHealthy` waits until it serves.
 * @param onLine called with every line of its output.
 * @param config of another Worker, which finds this one's service bindings by itself while both run.
 * @param inspectorPort for debuggers. 0 for any free port: on its own, Wrangler picks a port and opens it a moment
 * later, and of two that start together one then fails.
 */
export async function startWorker(
  port: number,
  variables: WorkerVariables,
  onLine: (line: string) => void,
  { config = "wrangler.toml", inspectorPort = 0 } = {},
): Promise<Child> {
  // Naming any file keeps Wrangler from reading `.dev.vars`, which would then override the environment.
  const emptyFile = path.join(LOCAL_FOLDER, "worker.env");
  mkdirSync(LOCAL_FOLDER, { recursive: true });
  writeFileSync(emptyFile, "# Empty on purpose, see scripts/dev/worker.ts.\n");
  const wrangler = path.join(PROJECT_FOLDER, "node_modules", "wrangler", "wrangler-dist", "cli.js");
  const args = [
    "--no-warnings",
    wrangler,
    "dev",
    "-c",
    config,
    "--port",
    String(port),
    "--ip",
    "127.0.0.1",
    "--inspector-port",
    String(inspectorPort),
    "--env-file",
    emptyFile,
  ];
  args.push(
    "--show-interactive-dev-session=false",
    ...variables.undeclared.flatMap((name) => ["--var", `${name}:${variables.environment[name]}`]),
  );
  const child = await startChild(process.execPath, args, {
    cwd: PROJECT_FOLDER,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ...variables.environment,
      CI: "1",
      NO_COLOR: "1",
      FORCE_COLOR: "0",
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_SEND_ERROR_REPORTS: "false",
      WRANGLER_WRITE_LOGS: "false",
      ...REGISTRY,
    },
  });
  for (const stream of [child.process.stdout!, child.process.stderr!])
    createInterface({ input: stream }).on("line", onLine);
  return child;
}

/** Resolves with true when `/health` answers 200, or with false when the process has ended. */
export async function waitUntilHealthy(port: number, child: Child, log: (line: string) => void): Promise<boolean> {
  let reported = 0;
  const { process: worker } = child;
  while (worker.exitCode === null && worker.signalCode === null) {
    const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(5_000) }).catch(
      () => undefined,
    );
    await response?.body?.cancel();
    if (response?.status === 200) return true;
    if (response && response.status !== reported) {
      reported = response.status;
      log(`The Worker runs, but /health answers ${response.status}: see above. Trying again every few seconds …`);
    }
    // A Worker that runs but fails logs every time.
    await sleep(response ? 5_000 : 100);
  }
  return false;
}

/** Resolves with true on any answer, or with false when the process has ended. */
export async function waitUntilAnswered(port: number, { process: worker }: Child): Promise<boolean> {
  while (worker.exitCode === null && worker.signalCode === null) {
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      redirect: "manual",
      signal: AbortSignal.timeout(5_000),
    }).catch(() => undefined);
    await response?.body?.cancel();
    if (response) return true;
    await sleep(100);
  }
  return false;
}
