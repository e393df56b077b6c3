/** Bundles a Worker as `npm run deploy` uploads it. */
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { PROJECT_FOLDER } from "../database/url.ts";
import { ensurePages } from "../web/build.ts";

export interface Bundle {
  folder: string;
  configPath: string;
  modules: { type: "ESModule" | "CompiledWasm"; path: string }[];
  /** As counted by Wrangler. */
  totalKiB: number;
  gzipKiB: number;
}

const WRANGLER = path.join(PROJECT_FOLDER, "node_modules/wrangler/wrangler-dist/cli.js");

/** @param main instead of the configuration's own. */
export async function bundle(configPath: string, folder: string, main?: string): Promise<Bundle> {
  await ensurePages();
  const args = ["deploy", "--dry-run", "--minify", "--config", configPath, "--outdir", folder, ...(main ? [main] : [])];
  const { stdout } = await promisify(execFile)(process.execPath, ["--no-warnings", WRANGLER, ...args], {
    cwd: PROJECT_FOLDER,
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_WRITE_LOGS: "false" },
  });
  const [, total, gzip] = /Total Upload: ([\d.]+) KiB \/ gzip: ([\d.]+) KiB/.exec(stdout) ?? [];
  if (!gzip) throw new Error(`No size in Wrangler's answer:\n${stdout}`);
  const files = await readdir(folder);
  const modules = files
    .filter((file) => /\.(js|wasm)$/.test(file))
    .map((file) => ({
      type: file.endsWith(".js") ? ("ESModule" as const) : ("CompiledWasm" as const),
      path: path.join(folder, file),
    }))
    // The first is the main module.
    .toSorted((a, b) => Number(a.type === "CompiledWasm") - Number(b.type === "CompiledWasm"));
  return { folder, configPath, modules, totalKiB: Number(total), gzipKiB: Number(gzip) };
}
