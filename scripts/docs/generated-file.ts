/** Files of the repository that a script generates from the code; `npm run check` makes sure that they are fresh. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runCommand } from "../process/command.ts";
import { PROJECT_FOLDER } from "../database/url.ts";

interface GeneratedFile {
  /** Relative to the project's folder. */
  file: string;
  /** The npm script that writes it. */
  command: string;
  /** The text of `--help`. */
  help: string;
  make: () => string | Promise<string>;
}

/** The body of such a script: writes the file; with `--check` fails if the file differs. */
export async function keepFresh({ file, command, help, make }: GeneratedFile): Promise<void> {
  await runCommand(command, async () => {
    const { values } = parseArgs({ options: { check: { type: "boolean" }, help: { type: "boolean", short: "h" } } });
    if (values.help) return console.log(help);
    const [path, text] = [join(PROJECT_FOLDER, file), await make()];
    const isFresh = text === (await readFile(path, "utf8").catch(() => ""));
    if (values.check && !isFresh) throw new Error(`${file} is stale: npm run ${command}`);
    if (!isFresh) await writeFile(path, text);
    console.log(isFresh ? `${file} is fresh: nothing to write.` : `Wrote ${file}.`);
  });
}
