/** `npm run mutants` keeps a Vitest for many mutants: each is judged by its own test, whatever happened before. */
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { judge, type Report } from "../../scripts/check/mutant-report.ts";
import { startChild } from "../../scripts/process/child-processes.ts";

const LANE = resolve(import.meta.dirname, "../../scripts/check/mutant-lane.ts");

/** A project of two tests, of which one notices. */
const FILES = {
  ".vitest.config.ts": `export default { test: { projects: [{ test: { name: "node", globals: true, include: ["test/**"] } }] } };`,
  "src/rule.ts": "export const holds = true;",
  "test/docs/one.test.ts": `import { holds } from "../../src/rule.ts"; test("notices", () => expect(holds).toBe(true));`,
  "test/docs/other.test.ts": `import { holds } from "../../src/rule.ts"; test("looks away", () => expect(holds).toBeDefined());
    test("stumbles", () => holds || holds.nobody.wrote.this);`,
};

// Starts a Vitest of its own.
test.runIf(inject("whole"))(
  "a mutant that nothing notices survives, also after one that another file noticed",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "auth-api-lane-"));
    const write = async (path: string, text: string) => {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    };
    for (const [path, text] of Object.entries(FILES)) await write(path, text);
    const child = await startChild(process.execPath, [LANE], {
      cwd: folder,
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    onTestFinished(async () => {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    });
    const { process: lane } = child;
    await once(lane, "message");
    const fate = async (name: string, pattern: string, holds: boolean) => {
      await write("src/rule.ts", `export const holds = ${holds};`);
      lane.send({
        test: `test/docs/${name}.test.ts`,
        pattern,
        changed: ["src/rule.ts"],
        migration: { up: [], down: [] },
      });
      const [report] = (await once(lane, "message")) as [Report];
      return judge(report);
    };
    expect([
      await fate("one", "notices", false),
      await fate("other", "looks away", false),
      await fate("other", "stumbles", false),
      await fate("one", "notices", true),
      await fate("other", "nobody", false),
    ]).toEqual(["killed", "SURVIVED", "crashed", "SURVIVED", "crashed"]);
  },
);
