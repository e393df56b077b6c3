/** `npm run test:whole`: every test with every case, where `npm test` runs a sample of the longest lists; and hashes at full cost. */
import path from "node:path";
import { parseArgs } from "node:util";
import { PROJECT_FOLDER } from "./database/url.ts";
import { startChild } from "./process/child-processes.ts";
import { runCommand } from "./process/command.ts";

const HELP = `Usage: npm run test:whole [-- <file> …]

Runs the tests with every case of the lists of which \`npm test\` runs a sample: each event under each fault, for one.
Password hashes have their full cost. Takes about three times as long. With files: only those, such as
test/jobs/outbox.test.ts.`;

await runCommand("test:whole", async () => {
  const { values, positionals: files } = parseArgs({
    allowPositionals: true,
    options: { help: { type: "boolean", short: "h" } },
  });
  if (values.help) return console.log(HELP);
  const vitest = path.join(PROJECT_FOLDER, "node_modules/vitest/vitest.mjs");
  const child = await startChild(process.execPath, [vitest, "run", "--config", ".vitest.config.ts", ...files], {
    cwd: PROJECT_FOLDER,
    stdio: "inherit",
    env: { ...process.env, TEST_WHOLE: "1" },
  });
  const { code } = await child.exited;
  process.exitCode = code ?? 1;
});
