/** A copy of the working tree to break things in. */
import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

/** The working tree as it is, what is not committed included, on the same packages. */
export async function copyTree(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), "auth-api-mutants-"));
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: ROOT, encoding: "utf8" });
  for (const file of new Set(listed.split("\n").filter(Boolean))) {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await cp(join(ROOT, file), join(copy, file)).catch((error: NodeJS.ErrnoException) => {
      // Deleted, but not yet committed.
      if (error.code !== "ENOENT") throw error;
    });
  }
  // A folder of its own, for what tools keep beside the packages.
  await mkdir(join(copy, "node_modules"));
  for (const name of await readdir(join(ROOT, "node_modules"))) {
    if (name === ".bin" || !name.startsWith("."))
      await symlink(join(ROOT, "node_modules", name), join(copy, "node_modules", name));
  }
  return copy;
}
