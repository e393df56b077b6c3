/** `npm run web:build`: builds the pages of `src/web` as a deployment serves them. */
import { parseArgs } from "node:util";
import { runCommand } from "./process/command.ts";
import { buildPages } from "./web/build.ts";
import { describeSizes } from "./web/sizes.ts";

const HELP = `Usage: npm run web:build

Builds src/web into dist/web, and prints what each application weighs.`;

await runCommand("web:build", async () => {
  const { values } = parseArgs({ options: { help: { type: "boolean", short: "h" } } });
  if (values.help) return console.log(HELP);
  await buildPages({ release: true });
  console.log(await describeSizes());
});
