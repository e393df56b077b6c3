/**
 * Runs programs one after another in this one process, each with an option, and prints what became of each as JSON: a
 * process for every program is most of what `--help` takes.
 */
import { inspect } from "node:util";
import { pathToFileURL } from "node:url";

const [option = "", ...files] = process.argv.slice(2);
const exitCode = () => Number(process.exitCode ?? 0);
const outcomes: Record<string, { code: number; stdout: string; stderr: string }> = {};
const print = process.stdout.write.bind(process.stdout);
// Each of them listens for the signals.
process.setMaxListeners(0);

for (const file of files) {
  const outcome = (outcomes[file] = { code: 0, stdout: "", stderr: "" });
  for (const stream of ["stdout", "stderr"] as const)
    process[stream].write = (text: string | Uint8Array) => (outcome[stream] += String(text)) !== "";
  process.argv = [process.execPath, file, option];
  process.exitCode = undefined;
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    outcome.stderr += inspect(error);
  }
  outcome.code = exitCode();
}
process.exitCode = undefined;
print(JSON.stringify(outcomes));
