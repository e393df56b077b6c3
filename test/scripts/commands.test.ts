/**
 * What every command of package.json and every program in scripts/ has in common: an install that is missing,
 * `--help`, a slip of the finger.
 */
import { execFile } from "node:child_process";
import { cpSync, globSync, rmSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { read } from "../support/documentation.ts";
import { temporaryFolder } from "./local-neon.ts";

const run = promisify(execFile);
const PROJECT = path.resolve(import.meta.dirname, "../..");
const AT_ONCE = path.join(import.meta.dirname, "programs-at-once.ts");
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

async function outcomeOf(command: string, args: string[], cwd: string, more = {}): Promise<Outcome> {
  const env = { ...process.env, DATABASE_URL: "", NO_COLOR: "1", ...more };
  return run(command, args, { cwd, env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: Outcome) => ({ code, stdout, stderr }),
  );
}

/** Files that no other imports: what is started. Workers are bundled. */
function programs(): string[] {
  const files = globSync("scripts/**/*.ts", { cwd: PROJECT }).filter(
    (file) => !file.includes("/companion/") && !file.endsWith("/worker.ts"),
  );
  const imported = new Set(
    files.flatMap((file) =>
      [...read(file).matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map(([, to]) => path.join(path.dirname(file), to!)),
    ),
  );
  const tests = globSync("test/**/*.ts", { cwd: PROJECT }).map(read).join("");
  return files.filter((file) => !imported.has(file) && !tests.includes(`/${file}"`));
}

describe("without an install", () => {
  let folder: string;
  beforeAll(() => {
    folder = temporaryFolder();
    for (const name of ["scripts", "package.json"])
      cpSync(path.join(PROJECT, name), path.join(folder, name), { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // Npm's own is whole without ours.
  test.each(Object.keys(scripts).filter((name) => !["sbom", "version"].includes(name)))(
    "npm run %s says so in one line",
    async (name) => {
      const PATH = `${path.dirname(process.execPath)}:/usr/bin:/bin`;
      const { code, stdout, stderr } = await outcomeOf("sh", ["-c", scripts[name]!], folder, { PATH });
      expect(code).not.toBe(0);
      expect(stdout + stderr).toBe("The dependencies are not installed: run `npm ci` first.\n");
    },
  );
});

describe("every program in scripts/", () => {
  const found = programs();

  test("is found", () => {
    const started = Object.values(scripts).flatMap((text) =>
      [...text.matchAll(/run\.mjs ([\w/-]+)/g)].map(([, name]) => `scripts/${name}.ts`),
    );
    expect(found).toEqual(expect.arrayContaining([...new Set(started)].filter((file) => file !== "scripts/dev.ts")));
  });

  const all = [...found, "scripts/dev.ts"];

  /** In one process, but for those that end it themselves; each in its own when everything runs. */
  const alone = inject("whole") ? all : all.filter((file) => /process\.exit\(|\/dev\.ts"/.test(read(file)));
  const rest = all.filter((file) => !alone.includes(file));
  let together: Record<string, Record<string, Outcome>>;
  beforeAll(async () => {
    const args = [AT_ONCE, "--help,--nothing", ...rest];
    const { code, stdout, stderr } = await outcomeOf(process.execPath, args, PROJECT);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    together = JSON.parse(stdout);
  });

  async function outcomesOf(option: string): Promise<Record<string, Outcome>> {
    const nameOf = (file: string) => file.replace(/^scripts\/|\.ts$/g, "");
    const apart = await Promise.all(
      alone.map(async (file) => {
        const args = ["scripts/run.mjs", nameOf(file), option];
        return [file, await outcomeOf(process.execPath, args, PROJECT)] as const;
      }),
    );
    return { ...Object.fromEntries(apart), ...together[option] };
  }

  test("says with --help how to use it, and does nothing else", async () => {
    for (const [file, { code, stdout, stderr }] of Object.entries(await outcomesOf("--help"))) {
      expect({ file, code, stderr }).toEqual({ file, code: 0, stderr: "" });
      // Nothing before it: whatever does something says so.
      expect(stdout, file).toMatch(/^Usage: /);
    }
  });

  test("refuses an option that it does not know, in one line", async () => {
    for (const [file, { code, stdout, stderr }] of Object.entries(await outcomesOf("--nothing"))) {
      expect({ file, code, stdout }).toEqual({ file, code: 1, stdout: "" });
      expect(stderr, file).toMatch(/^[\w:-]+: Unknown option '--nothing'[^\n]*\n$/);
    }
  });
});

test("a document that is fresh, or is not, is said", async () => {
  const { stdout, stderr } = await outcomeOf(process.execPath, ["scripts/run.mjs", "docs/schema", "--check"], PROJECT);
  expect(stdout + stderr).toMatch(/docs\/schema\.md is (fresh: nothing to write\.|stale: npm run docs:schema)\n$/);
});

test("a database that nobody answers for is named, by every command that wants one", async () => {
  const DATABASE_URL = "postgresql://somebody:secret@127.0.0.1:1/accounts";
  for (const [name, ...args] of [
    ["migrate", "status"],
    ["grant"],
    ["create-admin", "a@example.com"],
    ["dev", "--port", "1099"],
  ]) {
    const { code, stdout, stderr } = await outcomeOf(process.execPath, ["scripts/run.mjs", name!, ...args], PROJECT, {
      DATABASE_URL,
    });
    expect({ code, stdout: stdout.replace("Database: 127.0.0.1:1/accounts\n", "") }, name).toEqual({
      code: 1,
      stdout: "",
    });
    expect(stderr, name).toMatch(
      /^[\w:-]+: The database at 127\.0\.0\.1:1\/accounts can't be reached \(ECONNREFUSED\)[^\n]*\n$/,
    );
  }
});
