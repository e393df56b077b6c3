/**
 * `npm run check`: every check of the code except the tests. Each step prints one line; the first failure ends the run.
 */
import { execFile } from "node:child_process";
import { access, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { bundle } from "./check/bundle.ts";
import { functionChanges, readFunctions, recordedFunctions } from "./database/functions.ts";
import { MIGRATIONS_FOLDER } from "./database/migration-files.ts";
import { ensurePages } from "./web/build.ts";
import { describeSizes } from "./web/sizes.ts";
import { runCommand } from "./process/command.ts";
import { secretsIn, secretsInHistory } from "./check/secret-scan.ts";

const run = promisify(execFile);
const TYPES = ["src/worker-configuration.d.ts", "--include-runtime=false", "--strict-vars=false"];
/** The limit for the complete minified Worker, gzipped. */
const MAX_BUNDLE_KIB = 240;

const HELP = `Usage: npm run check

Types, lint, format, generated files, environments, migrations, secrets in the history, sizes: a line for each.`;

const steps: [name: string, check: () => Promise<string | void>][] = [
  ["types", async () => void (await run("tsc", ["--noEmit"]))],
  ["types of the pages", async () => void (await run("tsc", ["--noEmit", "-p", "src/web"]))],
  ["types of the packages", async () => checkPackages()],
  ["lint", async () => void (await run("oxlint", []))],
  ["format", async () => void (await run("oxfmt", ["--check"]))],
  ["bindings' types are fresh", async () => void (await run("wrangler", ["types", ...TYPES, "--check"]))],
  // It brings all of Wrangler with it, which `--help` need not wait for.
  ["environments", async () => (await import("./check/environments.ts")).checkEnvironments()],
  ["migrations", checkMigrations],
  ["OpenAPI document is fresh", async () => void (await run("node", ["scripts/docs/openapi.ts", "--check"]))],
  ["OpenAPI document by Redocly", () => lintDocument("redocly", ["--config", ".redocly.yaml"])],
  [
    "OpenAPI document by Spectral",
    () => lintDocument("spectral", ["--ruleset", ".spectral.yaml", "--fail-severity", "hint"]),
  ],
  ["Postman collection is fresh", async () => void (await run("node", ["scripts/docs/postman.ts", "--check"]))],
  ["SDK's types are fresh", async () => void (await run("node", ["scripts/docs/client-types.ts", "--check"]))],
  ["docs/schema.md", async () => void (await run("node", ["scripts/docs/schema.ts", "--check"]))],
  ["secrets in the history", checkHistory],
  ["pages", checkPages],
  ["bundle", checkBundle],
];

/** What front ends and other Workers install has settings of its own, and so has the front end of the examples. */
async function checkPackages(): Promise<void> {
  for (const folder of ["src/client", "src/verifier/client", "examples/spa"])
    await run("tsc", ["--noEmit", "--declaration", "false", "-p", folder]);
}

/** Runs without the network. */
async function lintDocument(linter: string, options: string[]): Promise<void> {
  const quiet = { REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };
  await run(linter, ["lint", ...options, "src/contract/openapi.json"], { env: { ...process.env, ...quiet } });
}

/** Every change of the schema has a migration, and every migration has its way down. */
async function checkMigrations(): Promise<string> {
  await run("drizzle-kit", ["check"]);
  const files = (await readdir("drizzle")).filter((file) => file.endsWith(".sql"));
  await Promise.all(files.map((file) => access(join("drizzle/down", basename(file)))));
  const last = files.toSorted().at(-1)!.slice(0, 4);
  const changes = functionChanges(recordedFunctions(MIGRATIONS_FOLDER, last), readFunctions());
  if (changes.length > 0) throw new Error("a function has changed without a migration: run npm run db:generate");
  const { stdout } = await run("drizzle-kit", ["generate", "--name", "unexpected"]);
  if (/No schema changes/i.test(stdout)) return `${files.length} with their ways down`;
  throw new Error("the schema has changes without a migration: see the one just written to drizzle/");
}

async function checkHistory(): Promise<string> {
  const { stdout } = await run("git", ["rev-list", "--count", "HEAD"]).catch(() => ({ stdout: "0" }));
  if (Number(stdout) === 0) return "this is not a git repository";
  const found = await secretsInHistory(".");
  if (found.length > 0) throw new Error(`revoke them, then remove them:\n${found.join("\n")}`);
  return `none in ${stdout.trim()} commits`;
}

async function checkPages(): Promise<string> {
  await ensurePages();
  return describeSizes();
}

async function checkBundle(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "auth-api-bundle-"));
  const { totalKiB, gzipKiB } = await bundle("wrangler.toml", directory);
  const scripts = (await readdir(directory)).filter((file) => !file.endsWith(".wasm"));
  const texts = await Promise.all(scripts.map((file) => readFile(join(directory, file), "utf8")));
  await rm(directory, { recursive: true });
  const secrets = texts.flatMap(secretsIn);
  if (secrets.length > 0) throw new Error(`there is ${secrets.join(", ")} in it`);
  if (gzipKiB > MAX_BUNDLE_KIB) throw new Error(`${gzipKiB} KiB gzip, over the budget of ${MAX_BUNDLE_KIB} KiB`);
  return `${totalKiB} KiB, ${gzipKiB} KiB gzip of ${MAX_BUNDLE_KIB}`;
}

await runCommand("check", async () => {
  const { values } = parseArgs({ options: { help: { type: "boolean", short: "h" } } });
  if (values.help) return console.log(HELP);
  process.env["WRANGLER_SEND_METRICS"] = "false";
  for (const [name, check] of steps) {
    process.stdout.write(`check  ${name} … `);
    try {
      console.log((await check()) ?? "ok");
    } catch (error) {
      const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
      console.log(`failed\n\n${`${stdout}${stderr}`.trim() || message}`);
      process.exitCode = 1;
      return;
    }
  }
});
