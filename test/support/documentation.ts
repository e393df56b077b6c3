/** What the documents and the sources say, as text, for tests that hold one to the other. */
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

/** The cells of the table whose head begins with these columns, row by row. @throws Error where there is none. */
export function tableOf(document: string, ...head: string[]): string[][] {
  const lines = read(document).split("\n");
  const cells = (line: string) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
  const start = lines.findIndex((line) => line.startsWith("|") && head.every((name, at) => cells(line)[at] === name));
  if (start < 0) throw new Error(`${document} has no table of ${head.join(", ")}`);
  const rows = lines.slice(start + 2);
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith("|")),
    )
    .map(cells);
}

/** What stands between backticks. */
export const codesIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);

/** The number that `pattern` finds in a file, `64 * 1024` and `1_000` included. @throws Error where it finds none. */
export function numberIn(path: string, pattern: RegExp): number {
  const [, found] = pattern.exec(read(path)) ?? [];
  if (found === undefined) throw new Error(`${path} has no ${pattern}`);
  return found.split("*").reduce((product, factor) => product * Number(factor.replaceAll("_", "")), 1);
}
