/** The verifier's package in its own `dist/`, where the examples and a consumer's types find it. */
import { execFileSync } from "node:child_process";
import path from "node:path";

const ROOT = path.resolve(import.meta.dirname, "../..");

export function buildVerifier(): void {
  execFileSync(process.execPath, [path.join(ROOT, "scripts/build-package.ts"), "verifier"], { cwd: ROOT });
}

/** Built once for a run: a file that built it again would take it away from the one beside it. */
export function requireVerifier(): void {
  if (process.env["TEST_WORKER"] === undefined) buildVerifier();
}
