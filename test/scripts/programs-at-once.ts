/**
 * Runs programs one after another in this one process, each with the first option, then each with the next, and prints
 * what became of them as JSON: a process for every program is most of what `--help` takes.
 */
import { inspect } from "node:util";
import { pathToFileURL } from "node:url";

const [options = "", ...files] = process.argv.slice(2);
const exitCode = () => Number(process.exitCode ?? 0);
const outcomes: Record<string, Record<string, { code: number; stdout: string; stderr: string }>> = {};
const print = process.stdout.write.bind(process.stdout);
// Each of them listens for the signals.
process.setMaxListeners(0);

for (const option of options.split(",")) {
  const ofOption: (typeof outcomes)[string] = (outcomes[option] = {});
  for (const file of files) {
    const outcome = (ofOption[file] = { code: 0, stdout: "", stderr: "" });
    for (const stream of ["stdout", "stderr"] as const)
      process[stream].write = (text: string | Uint8Array) => (outcome[stream] += String(text)) !== "";
    process.argv = [process.execPath, file, option];
    process.exitCode = undefined;
    try {
      // The program again, on what it has loaded already.
      await import(`${pathToFileURL(file).href}?${option}`);
    } catch (error) {
      outcome.stderr += inspect(error);
    }
    outcome.code = exitCode();
  }
}
process.exitCode = undefined;
print(JSON.stringify(outcomes));
