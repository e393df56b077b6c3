/** For the tests in Node: the PostgreSQL of the run, and the Worker as it is deployed and the verifier's package, built once. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { bundle } from "../../scripts/check/bundle.ts";
import { buildVerifier } from "./built-package.ts";
import { shareDatabase } from "./stage.ts";

export default async function setup({ vitest }: TestProject): Promise<(() => Promise<void>) | undefined> {
  const files = vitest.state.getPaths();
  // Where the code may change before the next run, neither of these is known now.
  const stays = vitest.config.watch || process.env["ROW_MARKS"] === "off";
  if (!stays && !files.some((file) => /\/test\/(scripts|system)\//.test(file))) return undefined;
  const isBuilt = !stays && files.some((file) => file.includes("/test/system/"));
  const folder = await mkdtemp(join(tmpdir(), "auth-api-outside-"));
  const worker = join(folder, "worker");
  // Hundreds of processes read the same programs.
  process.env["NODE_COMPILE_CACHE"] = join(folder, "compiled");
  const [leaveDatabase] = await Promise.all([shareDatabase(), isBuilt && bundle("wrangler.toml", worker)]);
  if (isBuilt) {
    buildVerifier();
    process.env["TEST_WORKER"] = worker;
  }
  return async () => {
    await leaveDatabase();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}
