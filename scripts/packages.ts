/** `npm run packages`: the client and the verifier as npm installs them, one tarball each, in `dist/`. */
import { execFileSync } from "node:child_process";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runCommand } from "./process/command.ts";
import { PROJECT_FOLDER } from "./database/url.ts";

const HELP = `Usage: npm run packages [-- --into <folder>]

Builds packages/* and writes a tarball of each into dist/, or into another folder. Needs no network.
What publishes them: .github/workflows/deploy.yml.`;

await runCommand("packages", async () => {
  const { values } = parseArgs({
    options: { into: { type: "string", default: join(PROJECT_FOLDER, "dist") }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) return console.log(HELP);
  await mkdir(values.into, { recursive: true });
  for (const file of await readdir(values.into))
    if (/^auth-api-edge-.*\.tgz$/.test(file)) await rm(join(values.into, file));
  for (const name of await readdir(join(PROJECT_FOLDER, "packages"))) {
    const packing = ["pack", `./packages/${name}`, "--pack-destination", values.into, "--loglevel", "error"];
    execFileSync("npm", packing, { cwd: PROJECT_FOLDER, stdio: ["ignore", "inherit", "inherit"] });
  }
});
