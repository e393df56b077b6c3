import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { takeLock } from "../../scripts/process/file-lock.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "auth-api-lock-"));
  file = path.join(folder, "some.lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a lock between processes", () => {
  it("is had by one at a time, of one process too, until it is released", () => {
    const release = takeLock(file)!;
    expect(takeLock(file)).toBeUndefined();
    release();
    takeLock(file)!();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is kept by another process while that lives, and is nobody's once it was killed", async () => {
    const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    await once(other, "spawn");
    writeFileSync(file, String(other.pid));
    expect(takeLock(file)).toBeUndefined();
    other.kill("SIGKILL");
    await once(other, "exit");
    expect(takeLock(file)).toBeTypeOf("function");
    expect(existsSync(file)).toBe(true);
  });

  it("is not held by a number that is nobody's, this process's by chance, or another program's", async () => {
    const program = spawn("sleep", ["600"]);
    await once(program, "spawn");
    for (const content of ["", String(process.pid), String(program.pid)]) {
      writeFileSync(file, content);
      takeLock(file)!();
    }
    program.kill();
  });
});
