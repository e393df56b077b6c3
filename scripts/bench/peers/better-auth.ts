/** Better Auth beside the service: installed on demand, outside the project's dependencies, and bundled as a Worker. */
import { execFile } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { bundle, type Bundle } from "../../check/bundle.ts";
import { PROJECT_FOLDER } from "../../database/url.ts";
import { describeFailure } from "../../process/command.ts";
import { runSql, type Stage } from "../service.ts";
import type { RuntimeWorker } from "../runtime.ts";

/** What its Worker takes for its own address. */
export const ORIGIN = "http://localhost:3001";
const SOURCES = path.join(import.meta.dirname, "better-auth");
/** Not under a temporary folder: the second run needs no registry. */
const FOLDER = path.join(PROJECT_FOLDER, ".local/peers/better-auth");
const INSTALL = ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

export interface BetterAuth {
  bundle: Bundle;
  version: string;
  worker: (name: string, databaseUrl: string, options?: { sameHash: boolean }) => RuntimeWorker;
  createTables: (databaseUrl: string) => Promise<void>;
}

/** @throws Error, one line, where its packages can't be had. */
export async function prepareBetterAuth({ bundles, endpoint, log }: Stage): Promise<BetterAuth> {
  await cp(SOURCES, FOLDER, { recursive: true });
  log("installing Better Auth, unless it is there");
  try {
    await promisify(execFile)("npm", INSTALL, { cwd: FOLDER });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    const reason = stderr?.split("\n").find((line) => line.startsWith("npm error")) ?? describeFailure(error);
    throw new Error(`Better Auth can't be installed into ${FOLDER} (${reason}): the first time needs npm's registry.`, {
      cause: error,
    });
  }
  const configPath = path.join(FOLDER, "wrangler.toml");
  const config = await readFile(configPath, "utf8");
  await writeFile(configPath, config.replace("<project>", PROJECT_FOLDER));
  log("bundling Better Auth");
  const bundled = await bundle(configPath, path.join(bundles.service.folder, "../better-auth"));
  const { optionsOf } = await import(pathToFileURL(path.join(FOLDER, "options.js")).href);
  const { createStatements } = await import(pathToFileURL(path.join(FOLDER, "tables.js")).href);
  const secret = "a secret for measurements alone, long enough";
  const installed = JSON.parse(await readFile(path.join(FOLDER, "node_modules/better-auth/package.json"), "utf8"));
  return {
    bundle: bundled,
    version: installed.version,
    worker: (name, databaseUrl, { sameHash } = { sameHash: false }) => ({
      name,
      bundle: bundled,
      variables: {
        ORIGIN,
        AUTH_SECRET: secret,
        DATABASE_URL: databaseUrl,
        DATABASE_ENDPOINT: endpoint.url,
        SAME_HASH: sameHash ? "on" : "off",
      },
    }),
    createTables: async (databaseUrl) => {
      const statements: string[] = createStatements(optionsOf({ origin: ORIGIN, secret }));
      await runSql(databaseUrl, statements.join(";\n"));
    },
  };
}
