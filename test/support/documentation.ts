/** The documents and the sources as text, for tests that compare them. */
import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

export const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** Every source file of the service, by its path. */
export const sources = (): Map<string, string> =>
  new Map(
    globSync("src/**/*.{ts,tsx}", { cwd: ROOT, exclude: ["src/worker-configuration.d.ts"] }).map((path) => [
      path,
      read(path),
    ]),
  );

/** The number that `pattern` finds in a file, including `64 * 1024` and `1_000`. @throws Error if it finds none. */
export function numberIn(path: string, pattern: RegExp): number {
  const [, found] = pattern.exec(read(path)) ?? [];
  if (found === undefined) throw new Error(`${path} has no ${pattern}`);
  return found.split("*").reduce((product, factor) => product * Number(factor.replaceAll("_", "")), 1);
}
