/**
 * The Worker's secrets: those that we can make are made, and kept in a file of their owner's alone until Cloudflare has
 * them, because Cloudflare never shows them again.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { generateKeySet } from "../../src/crypto/key-set.ts";
import { generateAuthSecret } from "../../src/crypto/secrets.ts";
import { APPLICATION_ROLE } from "../database/role.ts";
import { environmentArguments, runWrangler, WranglerError } from "./wrangler.ts";

const MADE: Record<string, () => string | Promise<string>> = {
  AUTH_SECRET: generateAuthSecret,
  JWT_KEYS: () => generateKeySet(),
};

/** Where a secret that we can't make is read from. Not DATABASE_URL: that is the owner's, for migrations. */
const VARIABLES: Record<string, string> = { DATABASE_URL: "WORKER_DATABASE_URL" };

export const variableOf = (name: string): string => VARIABLES[name] ?? name;
export const isMadeHere = (name: string): boolean => name in MADE;
export const keptFile = (environment: string): string => path.join(".local", "provision", `${environment}.env`);

/** The names that the Worker has; none before its first deployment. */
export async function listSecrets(environment: string): Promise<string[]> {
  try {
    const said = await runWrangler(["secret", "list", "--format", "json", ...environmentArguments(environment)]);
    return (JSON.parse(said.slice(said.indexOf("["))) as { name: string }[]).map(({ name }) => name);
  } catch (error) {
    if (error instanceof WranglerError && /^Worker "[^"]*".* not found/.test(error.message)) return [];
    throw error;
  }
}

/** The value of an earlier run that did not come to its end, or a new one. */
export async function makeSecret(environment: string, name: string): Promise<string> {
  const file = keptFile(environment);
  const kept = existsSync(file) ? readFileSync(file, "utf8") : "";
  const known = parseEnv(kept)[name];
  if (known) return known;
  const value = await MADE[name]!();
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${kept}${name}='${value}'\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return value;
}

/** @throws Error without the value, when it can't be the Worker's. */
export function checkSecret(name: string, value: string): void {
  if (name !== "DATABASE_URL") return;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) throw new Error(`${variableOf(name)} is not a postgresql:// URL`);
  if (url.username !== APPLICATION_ROLE) {
    throw new Error(
      `${variableOf(name)} is not of the role ${APPLICATION_ROLE}: take the one that \`npm run db:role\` printed`,
    );
  }
}

/** All at once, through stdin; the first ones also make the Worker, empty until it is deployed. */
export async function uploadSecrets(environment: string, secrets: Record<string, string>): Promise<void> {
  await runWrangler(["secret", "bulk", ...environmentArguments(environment)], JSON.stringify(secrets));
}
