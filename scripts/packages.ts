/** `npm run packages`: the client and the verifier as npm installs them, one tarball each, in `dist/`. */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { runCommand } from "./process/command.ts";
import { PROJECT_FOLDER } from "./database/url.ts";
import { PACKAGES } from "./packages/folders.ts";

const HELP = `Usage: npm run packages [-- --into <folder>]

Builds the packages of src/client and src/verifier/client and writes a tarball of each into dist/, or into another folder. Needs no network.
.github/workflows/deploy.yml publishes them.`;

await runCommand("packages", async () => {
  const { values } = parseArgs({
    options: { into: { type: "string", default: "dist" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) return console.log(HELP);
  const into = resolve(values.into);
  await mkdir(into, { recursive: true });
  for (const file of await readdir(into)) if (/^auth-api-edge-.*\.tgz$/.test(file)) await rm(join(into, file));
  const staging = await mkdtemp(join(tmpdir(), "auth-api-packages-"));
  try {
    for (const name of Object.keys(PACKAGES)) {
      const build = [join(PROJECT_FOLDER, "scripts/build-package.ts"), name, join(staging, name)];
      execFileSync(process.execPath, build, { stdio: "inherit" });
      // What `prepack` would do is done.
      const packing = ["pack", join(staging, name), "--pack-destination", into, "--ignore-scripts", "--silent"];
      console.log(join(values.into, execFileSync("npm", packing, { encoding: "utf8" }).trim()));
    }
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
});
