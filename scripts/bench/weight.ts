/** The size of the upload, and the time of a cold runtime until its first answer. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Bundle } from "../check/bundle.ts";
import { startRuntime, type RuntimeWorker } from "./runtime.ts";
import type { Stage } from "./service.ts";
import { median } from "./statistics.ts";
import { decimal, verdict, whole, type Table } from "./table.ts";

const MAX_BUNDLE_KIB = 240;

export async function weight({ quick, bundles, variables, log }: Stage): Promise<Table> {
  const { service } = bundles;
  const ours: RuntimeWorker = { bundle: service, variables: variables("postgresql://none@none.invalid/none") };
  const bare: RuntimeWorker = { bundle: await writeEmptyWorker(service) };
  const [withUs, without]: [number[], number[]] = [[], []];
  for (let turn = 0; turn <= (quick ? 2 : 9); turn++) {
    log(`a cold start, ${turn + 1}`);
    const cold = [await timeColdStart(ours, "/health"), await timeColdStart(bare, "/")] as const;
    if (turn === 0) continue;
    withUs.push(cold[0]);
    without.push(cold[1]);
  }
  return {
    title: "Bundle and start-up",
    note: "The bundle is the minified upload. Start-up is from the start of the runtime's process, simulators of all bindings included, to the first answer; the difference from a Worker with the same bindings and no code is the time to load and evaluate ours.",
    columns: ["", "the service", "empty Worker", "difference", "budget", ""],
    rows: [
      ["bundle, KiB", whole(service.totalKiB)],
      [
        "bundle gzipped, KiB",
        whole(service.gzipKiB),
        "",
        "",
        `≤ ${MAX_BUNDLE_KIB}`,
        verdict(service.gzipKiB <= MAX_BUNDLE_KIB),
      ],
      [
        "cold start to first answer, ms",
        whole(median(withUs)),
        whole(median(without)),
        decimal(median(withUs.map((time, at) => time - without[at]!))),
      ],
    ],
  };
}

export async function writeEmptyWorker({ folder, configPath }: Bundle): Promise<Bundle> {
  const file = path.join(folder, "empty", "index.js");
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(
    file,
    `import { DurableObject } from "cloudflare:workers";
    export class NotificationHub extends DurableObject {}
    export default { fetch: () => new Response("empty") };`,
  );
  return {
    folder: path.dirname(file),
    configPath,
    modules: [{ type: "ESModule", path: file }],
    totalKiB: 0,
    gzipKiB: 0,
  };
}

async function timeColdStart(worker: RuntimeWorker, path: string): Promise<number> {
  const startedAt = performance.now();
  const runtime = await startRuntime([worker]);
  await (await fetch(new URL(path, runtime.urls[0]))).text();
  const elapsed = performance.now() - startedAt;
  await runtime.stop();
  return elapsed;
}
