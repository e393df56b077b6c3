/** Runs Wrangler's commands for ours: without its questions and its metrics, and with a failure of one line. */
import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";

/** What the top level of wrangler.toml is called here. */
export const PRODUCTION = "production";

/** Wrangler's arguments for an environment; an empty name keeps it from warning that there are several. */
export function environmentArguments(environment: string): string[] {
  return [`--env=${environment === PRODUCTION ? "" : environment}`];
}

/**
 * @param input what it reads from stdin, so that no secret stands among the arguments, which other users can see.
 * @returns its stdout. @throws WranglerError
 */
export async function runWrangler(args: string[], input = ""): Promise<string> {
  // A pipe in place of the terminal: Wrangler then asks nothing.
  const child = spawn("wrangler", args, {
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_WRITE_LOGS: "false", NO_COLOR: "1" },
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (chunk: string) => (output[name] += chunk));
  // One that ends early closes its side first; its exit code says why.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", () => reject(new Error("Wrangler can't be started: run this with npm, after `npm ci`.")));
    child.once("close", resolve);
  });
  if (code === 0) return output.stdout;
  throw new WranglerError(output.stdout, `${output.stderr}\n${output.stdout}`);
}

export class WranglerError extends Error {
  /** It may hold the answer all the same. */
  readonly stdout: string;
  constructor(stdout: string, said: string) {
    super(describe(said));
    this.name = "WranglerError";
    this.stdout = stdout;
  }
}

/** Its error, and the reason that Cloudflare gave below it; Wrangler marks the first and indents the second. */
function describe(said: string): string {
  const lines = stripVTControlCharacters(said)
    .split("\n")
    .map((line) => line.replace(/^✘?\s*\[ERROR\]\s*/, "\0").trim());
  const first = lines.findIndex((line) => line.startsWith("\0"));
  if (first < 0) return lines.findLast((line) => line !== "") ?? "no reason given";
  const [error, ...rest] = lines.slice(first).filter((line) => line !== "");
  const reason = rest.find((line) => /\[code: \d+\]$/.test(line));
  return [error!.slice(1), ...(reason ? [reason] : [])].join(" ");
}
