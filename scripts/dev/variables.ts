/** What the local Worker gets as its variables: `.dev.vars` with secrets made on the first run, and what must differ from production. */

import { chmodSync, existsSync, readFileSync, watchFile, writeFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { generateKeySet } from "../../src/crypto/key-set.ts";
import { generateAuthSecret } from "../../src/crypto/secrets.ts";
import { PROJECT_FOLDER } from "../database/url.ts";

const VARIABLES_FILE = path.join(PROJECT_FOLDER, ".dev.vars");

/**
 * Makes sure that `.dev.vars` has the secrets; what it has stays as it is.
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

/** Calls back each time that the variables in the file become others than they were; not for a comment, nor a mere touch. */
export function watchVariables(changed: () => void, file: string = VARIABLES_FILE): void {
  let before = readFileOf(file);
  watchFile(file, { interval: 500, persistent: false }, () => {
    const now = readFileOf(file);
    if (now !== before) changed();
    before = now;
  });
}

function readFileOf(file: string): string {
  return existsSync(file) ? JSON.stringify(parseEnv(readFileSync(file, "utf8"))) : "";
}

export interface WorkerVariables {
  /** In the environment of the process, which only its owner can read: Wrangler takes from there what wrangler.toml names. */
  environment: Record<string, string>;
  /** Names that wrangler.toml doesn't know, which Wrangler only takes as arguments. */
  undeclared: string[];
}

/** The environment has the last word, then `.dev.vars`, then what `npm run dev` needs; all else is wrangler.toml's. */
export function readWorkerVariables(local: Record<string, string>, folder: string = PROJECT_FOLDER): WorkerVariables {
  const config = readFileSync(path.join(folder, "wrangler.toml"), "utf8");
  const fromFile = parseEnv(readFileSync(path.join(folder, ".dev.vars"), "utf8")) as Record<string, string>;
  const environment = { ...local, ...fromFile };
  for (const name of Object.keys(environment)) environment[name] = process.env[name] || environment[name]!;
  // [vars] by line, [secrets] by string.
  const isDeclared = (name: string) => new RegExp(`^${name}\\s*=|"${name}"`, "m").test(config);
  return { environment, undeclared: Object.keys(environment).filter((name) => !isDeclared(name)) };
}
