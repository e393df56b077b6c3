/** `npm run provision`: makes what wrangler.toml needs at Cloudflare, and says what was there and what it made. */
import { parseArgs } from "node:util";
import { provision } from "./cloudflare/provision.ts";
import { variableOf } from "./cloudflare/secrets.ts";
import { runCommand } from "./process/command.ts";
import { createPrompt } from "./process/terminal.ts";

const HELP = `Usage: npm run provision [-- --env <name>] [--dry-run]

Makes the KV namespaces, queues and secrets that wrangler.toml needs, in the account that Wrangler is signed in to.
What is there already stays as it is: run it as often as you like, also after a failure.

  --env <name>   production (the top level of wrangler.toml) or staging; without it, both
  --dry-run      looks, and says what it would make

With one environment it also sets the secrets that it can't make, from the environment variables
  WORKER_DATABASE_URL   the Worker's DATABASE_URL, as \`npm run db:role\` printed it
  RESEND_API_KEY        if MAIL_PROVIDER is "resend"
  FEDERATION_SECRETS    if FEDERATION names providers
or asks for them, if it runs in a terminal.`;

await runCommand("provision", async () => {
  const { values } = parseArgs({
    options: {
      env: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(HELP);
  await provision({ environment: values.env, dryRun: values["dry-run"], give: giveSecret });
});

/** From the environment, or from the terminal without showing it. */
async function giveSecret(environment: string, name: string): Promise<string | undefined> {
  const value = process.env[variableOf(name)];
  const prompt = createPrompt();
  if (value || !prompt.isTerminal) return value || undefined;
  process.stdout.write("\n");
  return (await prompt.ask(`${name} of ${environment} (not shown; nothing: later)`, { hidden: true })) || undefined;
}
