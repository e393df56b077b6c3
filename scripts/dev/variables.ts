/**
 * The local Worker's variables: `.dev.vars` with secrets generated on the first run, and what must differ from
 * production.
 */

import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { generateKeySet } from "../../src/crypto/key-set.ts";
import { generateAuthSecret } from "../../src/crypto/secrets.ts";
import { PROJECT_FOLDER } from "../database/url.ts";

const VARIABLES_FILE = path.join(PROJECT_FOLDER, ".dev.vars");

/**
 * Makes sure that `.dev.vars` has the secrets; existing values stay unchanged.
 * @returns the names that were added.
 */
export async function ensureSecrets(file: string = VARIABLES_FILE): Promise<string[]> {
  const text = existsSync(file)
    ? readFileSync(file, "utf8")
    : "# Local secrets, made by `npm run dev`; never committed.\n";
  const present = parseEnv(text);
  const added: string[] = [];
  let result = text.endsWith("\n") || text === "" ? text : `${text}\n`;
  for (const [name, generate] of [
    ["AUTH_SECRET", generateAuthSecret],
    ["JWT_KEYS", generateKeySet],
  ] as const) {
    if (present[name]) continue;
    result += `${name}='${await generate()}'\n`;
    added.push(name);
  }
  if (added.length > 0) {
    writeFileSync(file, result, { mode: 0o600 });
    chmodSync(file, 0o600);
  }
  return added;
}

/** Calls back when the variables in the file change; not for a changed comment or timestamp. */
export function watchVariables(changed: () => void, file: string = VARIABLES_FILE): void {
  let before = readFileOf(file);
  // Not watchFile: it would take a change before its first look for the beginning.
  setInterval(() => {
    const now = readFileOf(file);
    if (now !== before) changed();
    before = now;
  }, 500).unref();
}

function readFileOf(file: string): string {
  return existsSync(file) ? JSON.stringify(parseEnv(readFileSync(file, "utf8"))) : "";
}

export interface WorkerVariables {
  /**
   * In the process's environment, which only its owner can read: Wrangler takes the names in wrangler.toml from there.
   */
  environment: Record<string, string>;
  /** Names that are not in wrangler.toml, which Wrangler only takes as arguments. */
  undeclared: string[];
}

/**
 * The environment comes first, then `.dev.vars`, then the defaults of `npm run dev`; everything else is in
 * wrangler.toml.
 */
export function readWorkerVariables(local: Record<string, string>, folder: string = PROJECT_FOLDER): WorkerVariables {
  const config = readFileSync(path.join(folder, "wrangler.toml"), "utf8");
  const written = Object.entries(parseEnv(readFileSync(path.join(folder, ".dev.vars"), "utf8"))) as [string, string][];
  // Left empty, as in .dev.vars.example, a variable of ours keeps its value.
  const fromFile = Object.fromEntries(written.filter(([name, value]) => value !== "" || !local[name]));
  const environment = { ...local, ...fromFile };
  for (const name of Object.keys(environment)) environment[name] = process.env[name] || environment[name]!;
  // [vars] by line, [secrets] by string.
  const isDeclared = (name: string) => new RegExp(`^${name}\\s*=|"${name}"`, "m").test(config);
  return { environment, undeclared: Object.keys(environment).filter((name) => !isDeclared(name)) };
}
