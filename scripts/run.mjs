/**
 * Starts a command of this folder from any Node since 18: with the project's own Node, or with one line that says what is
 * missing. Without a command it says only whether the dependencies are installed.
 */

import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [name, ...args] = process.argv.slice(2);
const project = path.resolve(path.dirname(process.argv[1]), "..");
const script = path.join(project, "scripts", `${name}.ts`);
const [major, minor] = process.versions.node.split(".").map(Number);

if (!existsSync(path.join(project, "node_modules", "wrangler"))) {
  console.error("The dependencies are not installed: run `npm ci` first.");
  process.exitCode = 1;
} else if (name === undefined) {
  process.exitCode = 0;
} else if (major > 24 || (major === 24 && minor >= 7)) {
  process.argv.splice(1, 2, script);
  await import(pathToFileURL(script).href);
} else {
  // Not through npm, which would have put the project's Node first on the PATH.
  const own = path.join(project, "node_modules", "node", "bin", "node");
  const version = existsSync(own) ? spawnSync(own, ["--version"], { encoding: "utf8" }).stdout : "";
  if (/^v2[4-9]/.test(version)) {
    const child = spawn(own, [script, ...args], { stdio: "inherit" });
    // The child ends in order, and we with it.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
    child.on("exit", (code) => process.exit(code ?? 1));
  } else {
    console.error(
      `Node ${process.versions.node} is too old, and the project's own is missing: allow its install script and run \`npm ci\`, or use Node 24.`,
    );
    process.exitCode = 1;
  }
}
