/** `npm run web:shots`: a picture of every page, narrow and wide, light and dark. */
import { parseArgs } from "node:util";
import { runCommand } from "./process/command.ts";

const FOLDER = ".local/shots";
const PICTURES = "docs/pictures";
const HELP = `Usage: npm run web:shots -- [options] [beginnings of their names]

Runs the service on a temporary database, opens every page in Chromium, and writes pictures to ${FOLDER}.

  --language en     in English instead of French
  --forced-colors   in the colours of a mode of high contrast
  --few             narrow and light, wide and dark; instead of each width in each theme
  --readme          the pictures of README.md instead, into ${PICTURES}`;

await runCommand("web:shots", async () => {
  const { values, positionals } = parseArgs({
    options: {
      help: { type: "boolean", short: "h" },
      language: { type: "string", default: "fr" },
      "forced-colors": { type: "boolean", default: false },
      few: { type: "boolean", default: false },
      readme: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  if (values.help) return console.log(HELP);
  const { ensurePages } = await import("./web/build.ts");
  await ensurePages();
  const { takeReadmePictures, takeShots } = await import("./web/take-shots.ts");
  if (values.readme) return console.log((await takeReadmePictures(PICTURES)).join("\n"));
  const taken = await takeShots(FOLDER, (name) => console.error(`  ${name}`), {
    only: positionals,
    locale: values.language === "en" ? "en" : "fr",
    forcedColors: values["forced-colors"],
    few: values.few,
  });
  console.log(`${taken} pictures in ${FOLDER}`);
});
