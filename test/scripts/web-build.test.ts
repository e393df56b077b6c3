/** The pages of a checkout, while several processes want them. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyProject } from "./project-copy.ts";

const run = promisify(execFile);
let folder: string;
beforeAll(() => {
  folder = copyProject();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("are built once by two processes that want them at the same time, also after a third was killed meanwhile", async () => {
  const dist = path.join(folder, "dist");
  mkdirSync(dist);
  // Of a process that is none any more.
  writeFileSync(path.join(dist, "web.lock"), "4194305");
  const code = `const { ensurePages } = await import("./scripts/web/build.ts"); console.log(await ensurePages());`;
  const both = await Promise.all(
    [1, 2].map(() => run(process.execPath, ["--input-type=module", "-e", code], { cwd: folder })),
  );
  expect(both.map(({ stdout }) => stdout.trim()).toSorted()).toEqual(["false", "true"]);
  expect(readdirSync(dist).toSorted()).toEqual(["web", "web.inputs"]);
  const pages = JSON.parse(readFileSync(path.join(dist, "web/pages.json"), "utf8")) as Record<
    string,
    { scripts: string[]; styles: string[]; later: string[] }
  >;
  for (const { scripts, styles, later } of Object.values(pages))
    for (const file of [...scripts, ...styles, ...later])
      expect(existsSync(path.join(dist, "web", file)), file).toBe(true);
  // What a bundle has of its own comes last, so that it can change what all of them have.
  for (const name of ["account", "admin", "docs"])
    expect(pages[name]!.styles.map((file) => /\/(\w+)-/.exec(file)![1])).toEqual(["application", name]);
});
