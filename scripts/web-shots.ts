/** `npm run web:shots`: a picture of every page, narrow and wide, light and dark. */
import { parseArgs } from "node:util";
import { runCommand } from "./process/command.ts";

const FOLDER = ".local/shots";
const HELP = `Usage: npm run web:shots -- [beginning of their names]

Runs the service on a temporary database, opens every page in Chromium, and writes pictures to ${FOLDER}.`;

await runCommand("web:shots", async () => {
  const { values, positionals } = parseArgs({
    options: { help: { type: "boolean", short: "h" } },
    allowPositionals: true,
  });
  if (values.help) return console.log(HELP);
  const { ensurePages } = await import("./web/build.ts");
  await ensurePages();
  const { takeShots } = await import("./web/shots.ts");
  const taken = await takeShots(FOLDER, (name) => console.error(`  ${name} …`), positionals[0]);
  console.log(`${taken} pictures in ${FOLDER}`);
});
