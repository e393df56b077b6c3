/** Prints the two secrets of a deployment in the format of `.dev.vars`; writes no file. */
import { existsSync, readFileSync } from "node:fs";
import { parseArgs, parseEnv } from "node:util";
import { generateKeySet } from "../src/crypto/key-set.ts";
import { generateAuthSecret } from "../src/crypto/secrets.ts";
import { runCommand } from "./process/command.ts";

const HELP = `Usage: node scripts/keys.ts [--rotate]

Prints fresh secrets to stdout, one NAME='value' a line:
  AUTH_SECRET   256 random bits; refresh tokens, codes and encryption keys derive from it
  JWT_KEYS      a set of JWKs: an Ed25519 key that signs access tokens, an RSA and a P-256 key that sign ID tokens

  --rotate      prints JWT_KEYS alone: a new signing key in front of the public halves of the present set, which is
                read from the environment variable JWT_KEYS or else from .dev.vars. Once an access token's lifetime
                has passed, the old keys may be taken out.
  --help        prints this.

The quotes suit .dev.vars and a shell; they are not part of the value that \`wrangler secret put\` asks for.`;

function findCurrentKeys(): string {
  const fromFile = existsSync(".dev.vars") ? parseEnv(readFileSync(".dev.vars", "utf8"))["JWT_KEYS"] : undefined;
  const keys = process.env["JWT_KEYS"] || fromFile;
  if (!keys) throw new Error("--rotate needs the current JWT_KEYS, in the environment or in .dev.vars");
  return keys;
}

await runCommand("keys:generate", async () => {
  const { values } = parseArgs({ options: { rotate: { type: "boolean" }, help: { type: "boolean", short: "h" } } });
  if (values.help) return console.log(HELP);
  if (values.rotate) return console.log(`JWT_KEYS='${await generateKeySet(findCurrentKeys())}'`);
  console.log(`AUTH_SECRET='${generateAuthSecret()}'`);
  console.log(`JWT_KEYS='${await generateKeySet()}'`);
});
