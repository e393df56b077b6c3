/**
 * Builds the pages of `src/web` into `dist/web`, which wrangler.toml serves: each folder with a `main` is a bundle, and
 * `pages.json` says which files each of them loads. What the service reads through the same binding lies beside them.
 */
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build as bundle, type InlineConfig, type Plugin, type Rolldown } from "vite";
import { PROJECT_FOLDER } from "../database/url.ts";
import { withLock } from "../process/file-lock.ts";

const SOURCE = path.join(PROJECT_FOLDER, "src/web");
export const OUTPUT = path.join(PROJECT_FOLDER, "dist/web");
/** What the last build was made of. Beside the folder, since everything inside is served. */
const STAMP = `${OUTPUT}.inputs`;
const LOCK = `${OUTPUT}.lock`;
/** Only for the people who build pages: a deployment is without. */
const FOR_DEVELOPMENT = ["gallery"];

/** What the Worker reads when it needs it, and does not carry: it is large, seldom asked for, or not code. */
const BESIDE_THE_WORKER = [
  "src/contract/openapi.json",
  "src/services/accounts/common-passwords.txt",
  "src/pages/files/base.css",
  "src/pages/files/page.css",
  "src/pages/files/docs.css",
  "src/pages/files/link-page.js",
];

/** What is one file: many small ones compress badly. A group takes along what it stands on, so the client comes before. */
const TOGETHER = [
  {
    name: "common",
    test: /preload-helper|\/web\/shared\/(common|known|preferences|refusal|return-to|service|texts)\.ts/,
  },
  { name: "client", test: /\/src\/client\/|\/web\/shared\/client\.ts/ },
  { name: "sign-in-form", test: /\/web\/sign-in\/(?!main|already|offer)/ },
];

export interface BundleFiles {
  /** The first is the entry; it imports the others. */
  scripts: string[];
  styles: string[];
  /** Loaded on the way to some page. */
  later: string[];
  /** Of everything above, with the strongest compression. */
  gzipBytes: number;
  /** Of those that the first view needs. */
  firstBytes: number;
}

/** Builds what has changed since the last time: nothing, mostly. @returns whether there was anything to build. */
export async function ensurePages(): Promise<boolean> {
  if (isFresh()) return false;
  return withLock(LOCK, async () => {
    // Another process has just done it, maybe.
    if (isFresh()) return false;
    await build();
    return true;
  });
}

function isFresh(): boolean {
  const built = existsSync(path.join(OUTPUT, "pages.json")) && existsSync(STAMP) && readFileSync(STAMP, "utf8");
  return built !== false && built === hashInputs();
}

/** Two at once would leave the files of both, and a stamp of either. */
export async function buildPages({ release = false } = {}): Promise<void> {
  await withLock(LOCK, () => build({ release }));
}

/** Into a folder beside, so that nobody finds half of it. */
async function build({ release = false } = {}): Promise<void> {
  const inputs = hashInputs();
  const folder = `${OUTPUT}.${process.pid}`;
  await bundle(configure(folder, { release }));
  replaceFiles(folder, OUTPUT);
  // A test must not find the pages of a release.
  writeFileSync(STAMP, release ? "" : inputs);
}

/** Not the folder itself: a running `wrangler dev` watches it, and ends when it is gone. */
function replaceFiles(from: string, to: string): void {
  const files = globSync("**/*.*", { cwd: from });
  // What names the others comes last.
  for (const file of files.toSorted((a, b) => b.split("/").length - a.split("/").length)) {
    mkdirSync(path.dirname(path.join(to, file)), { recursive: true });
    renameSync(path.join(from, file), path.join(to, file));
  }
  for (const file of globSync("**/*.*", { cwd: to })) if (!files.includes(file)) rmSync(path.join(to, file));
  rmSync(from, { recursive: true });
}

/** Builds once, and then at every change until the process ends. `log` receives a line for each. */
export async function watchPages(log: (line: string) => void): Promise<void> {
  rmSync(STAMP, { force: true });
  mkdirSync(OUTPUT, { recursive: true });
  const config = configure(OUTPUT);
  const watcher = (await bundle({ ...config, build: { ...config.build, watch: {} } })) as Rolldown.RolldownWatcher;
  let failed = false;
  let built: (() => void) | undefined;
  const first = new Promise<void>((resolve) => (built = resolve));
  watcher.on("event", (event) => {
    // Vite itself says what is wrong.
    if (event.code === "ERROR") failed = true;
    if (event.code !== "END") return;
    if (!failed) writeFileSync(STAMP, hashInputs());
    if (!failed && !built) log("The pages are built again.");
    failed = false;
    built?.();
    built = undefined;
  });
  await first;
}

function configure(outDir: string, { release = false } = {}): InlineConfig {
  const mains = globSync("*/main.{ts,tsx}", { cwd: SOURCE }).toSorted();
  const bundles = mains.filter((main) => !release || !FOR_DEVELOPMENT.includes(path.dirname(main)));
  return {
    configFile: false,
    root: SOURCE,
    logLevel: "error",
    publicDir: false,
    plugins: [pagesFile(), filesBeside()],
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir,
      emptyOutDir: true,
      target: "es2022",
      modulePreload: { polyfill: false },
      // A policy that allows no data: URL for scripts and styles needs them as files.
      assetsInlineLimit: 0,
      rolldownOptions: {
        input: Object.fromEntries(bundles.map((main) => [path.dirname(main), path.join(SOURCE, main)])),
        output: { codeSplitting: { groups: TOGETHER } },
      },
    },
  };
}

function pagesFile(): Plugin {
  return {
    name: "pages-file",
    enforce: "post",
    generateBundle(_options, output) {
      const chunks = Object.values(output).filter((file) => file.type === "chunk");
      const entries = chunks.filter((chunk) => chunk.isEntry);
      const pages = Object.fromEntries(entries.map((entry) => [entry.name, filesOf(entry, output)]));
      this.emitFile({ type: "asset", fileName: "pages.json", source: JSON.stringify(pages) });
    },
  };
}

function filesBeside(): Plugin {
  const files = BESIDE_THE_WORKER.map((file) => path.join(PROJECT_FOLDER, file));
  return {
    name: "files-beside",
    buildStart() {
      for (const file of files) this.addWatchFile(file);
    },
    generateBundle() {
      for (const file of files) {
        const text = readFileSync(file, "utf8");
        const source = file.endsWith(".json") ? JSON.stringify(JSON.parse(text)) : text;
        this.emitFile({ type: "asset", fileName: path.basename(file), source });
      }
    },
  };
}

function filesOf(entry: Rolldown.OutputChunk, output: Rolldown.OutputBundle): BundleFiles {
  const reached = (names: string[], next: (chunk: Rolldown.OutputChunk) => string[]): Set<string> => {
    const found = new Set<string>();
    const visit = (name: string) => {
      const chunk = output[name];
      if (found.has(name) || chunk?.type !== "chunk") return;
      found.add(name);
      next(chunk).forEach(visit);
    };
    names.forEach(visit);
    return found;
  };
  const atOnce = reached([entry.fileName], (chunk) => chunk.imports);
  const all = reached([entry.fileName], (chunk) => [...chunk.imports, ...chunk.dynamicImports]);
  // A chunk names its own style first, and it must come last: it changes what those that it shares say.
  const stylesOf = (names: Iterable<string>) => [
    ...new Set([...names].flatMap((name) => [...cssOf(output[name] as Rolldown.OutputChunk)]).toReversed()),
  ];
  const styles = stylesOf(atOnce);
  const later = [...all, ...stylesOf(all)].filter((file) => !atOnce.has(file) && !styles.includes(file));
  const sum = (files: Iterable<string>) => [...files].reduce((bytes, file) => bytes + sizeOf(output[file]!), 0);
  const firstBytes = sum([...atOnce, ...styles]);
  const addresses = (names: Iterable<string>) => [...names].map((name) => `/${name}`);
  return {
    scripts: addresses(atOnce),
    styles: addresses(styles),
    later: addresses(later),
    gzipBytes: firstBytes + sum(later),
    firstBytes,
  };
}

const cssOf = (chunk: Rolldown.OutputChunk): Set<string> =>
  (chunk as { viteMetadata?: { importedCss: Set<string> } }).viteMetadata?.importedCss ?? new Set();

function sizeOf(file: Rolldown.OutputAsset | Rolldown.OutputChunk): number {
  return gzipSync(file.type === "chunk" ? file.code : file.source, { level: 9 }).length;
}

function hashInputs(): string {
  const inputs = ["src/web/**/*.*", "src/client/**/*.*", "scripts/web/*.ts", "package-lock.json", ...BESIDE_THE_WORKER];
  const files = globSync(inputs, { cwd: PROJECT_FOLDER }).toSorted();
  const hash = createHash("sha256");
  for (const file of files)
    hash
      .update(file)
      .update("\0")
      .update(readFileSync(path.join(PROJECT_FOLDER, file)));
  return hash.digest("hex");
}
