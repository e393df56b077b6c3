/** The size of both uploads, and the first session check that a fresh isolate answers. */
import { startRuntime, type RuntimeWorker } from "../runtime.ts";
import type { Stage } from "../service.ts";
import { median, medianRatio } from "../statistics.ts";
import { decimal, times, whole, type Table } from "../table.ts";
import { writeEmptyWorker } from "../weight.ts";
import { prepareBetterAuth } from "./better-auth.ts";

/** Nothing of either asks the database. */
const NO_DATABASE = "postgresql://none@none.invalid/none";

export async function peerWeight(stage: Stage): Promise<Table> {
  const { quick, bundles, variables, log } = stage;
  const betterAuth = await prepareBetterAuth(stage);
  const ours = { bundle: bundles.service, variables: variables(NO_DATABASE) };
  const theirs = betterAuth.worker("better-auth", NO_DATABASE);
  const body = JSON.stringify({ token: "none" });
  const headers = { "Content-Type": "application/json" };
  const empty: RuntimeWorker = { bundle: await writeEmptyWorker(bundles.service) };
  const starts: [number[], number[]] = [[], []];
  for (let turn = 0; turn <= (quick ? 2 : 9); turn++) {
    log(`a cold start, ${turn + 1}`);
    const cold = [
      await firstAnswer(ours, "/api/auth/verify-token", { method: "POST", headers, body }),
      await firstAnswer(theirs, "/api/auth/get-session"),
    ] as const;
    if (turn === 0) continue;
    const without = await firstAnswer(empty, "/");
    for (const side of [0, 1] as const) starts[side].push(cold[side] - without);
  }
  const sizes = [bundles.service.gzipKiB, betterAuth.bundle.gzipKiB] as const;
  return {
    title: "Beside Better Auth: size and first answer",
    note: `Better Auth ${betterAuth.version} with what the acts need: passkeys, JWT, the authorization server, Drizzle's adapter and Neon's driver; and our password hash, about 11 KiB. The first answer is the isolate's first session check, which asks no database here: the time from the start of the runtime's process, less that of an empty Worker.`,
    columns: ["", "ours", "theirs", "theirs of ours"],
    rows: [
      ["bundle, KiB", whole(bundles.service.totalKiB), whole(betterAuth.bundle.totalKiB)],
      ["bundle gzipped, KiB", ...sizes.map((size) => decimal(size, 1)), times(sizes[1] / sizes[0])],
      [
        "first answer of a fresh isolate, ms",
        ...starts.map((each) => decimal(median(each))),
        times(medianRatio(starts[1], starts[0])),
      ],
    ],
  };
}

async function firstAnswer(worker: RuntimeWorker, path: string, request: RequestInit = {}): Promise<number> {
  const startedAt = performance.now();
  const runtime = await startRuntime([worker]);
  const response = await fetch(new URL(path, runtime.urls[0]), request);
  await response.text();
  const elapsed = performance.now() - startedAt;
  await runtime.stop();
  if (!response.ok) throw new Error(`The first answer of ${worker.name ?? "the service"} was ${response.status}`);
  return elapsed;
}
