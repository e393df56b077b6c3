/** `prepack` of packages/*: compiles one of them into its `dist/`, from the sources that are the service's own too. */
import { execFileSync } from "node:child_process";
import { copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PROJECT_FOLDER } from "./database/url.ts";

const SOURCES: Record<string, string> = { client: "src/client", verifier: "src/verifier/client" };

const name = process.argv[2]!;
const folder = join(PROJECT_FOLDER, "packages", name);
const dist = join(folder, "dist");

await rm(dist, { recursive: true, force: true });
const tsc = join(PROJECT_FOLDER, "node_modules/typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "-p", SOURCES[name]!], { cwd: PROJECT_FOLDER, stdio: "inherit" });
for (const entry of await readdir(dist, { recursive: true })) {
  if (!entry.endsWith(".d.ts")) continue;
  // The compiler rewrites the imports of what runs, and leaves those of types, which only our own settings allow.
  const text = await readFile(join(dist, entry), "utf8");
  await writeFile(join(dist, entry), text.replaceAll(/(?<=(?:from|import\() ?"\..*)\.ts"/g, '.js"'));
}
await copyFile(join(PROJECT_FOLDER, "docs/LICENSE.md"), join(folder, "LICENSE.md"));
