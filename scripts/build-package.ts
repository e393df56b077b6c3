/**
 * `prepack` of the npm packages: compiles one of them into its `dist/`, from the sources that are the service's own too.
 * `node scripts/build-package.ts client [folder]`: into that folder, with everything that npm packs.
 */
import { execFileSync } from "node:child_process";
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { PROJECT_FOLDER } from "./database/url.ts";
import { PACKAGES } from "./packages/folders.ts";

const [name = "", into] = process.argv.slice(2);
const sources = PACKAGES[name];
if (!sources) throw new Error(`There is no package ${name}: ${Object.keys(PACKAGES).join(", ")}.`);
const own = join(PROJECT_FOLDER, sources);
const folder = into === undefined ? own : resolve(into);
/** Somebody may be reading the package as it is: the new one takes its place when it is whole. */
const before = await mkdtemp(join(PROJECT_FOLDER, "node_modules/.package-"));
const dist = join(before, "new");

await mkdir(folder, { recursive: true });
const tsc = join(PROJECT_FOLDER, "node_modules/typescript/bin/tsc");
const compilation = [tsc, "-p", sources, "--outDir", dist];
execFileSync(process.execPath, compilation, { cwd: PROJECT_FOLDER, stdio: "inherit" });
for (const entry of await readdir(dist, { recursive: true })) {
  if (!entry.endsWith(".d.ts")) continue;
  // The compiler rewrites the imports of what runs, and leaves those of types, which only our own settings allow.
  const text = await readFile(join(dist, entry), "utf8");
  await writeFile(join(dist, entry), text.replaceAll(/(?<=(?:from |import\()"\..*)\.ts"/g, '.js"'));
}
await rename(join(folder, "dist"), join(before, "old")).catch(() => {});
await cp(dist, join(folder, "dist"), { recursive: true });
await rm(before, { recursive: true });
await copyFile(join(PROJECT_FOLDER, "docs/LICENSE.md"), join(folder, "LICENSE.md"));
if (folder !== own)
  for (const file of ["package.json", "README.md"]) await copyFile(join(own, file), join(folder, file));
