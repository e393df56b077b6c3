/** `npm run deploy`: refuses a configuration that still has examples in it, builds the pages, then lets Wrangler deploy. */
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { placeholdersIn } from "./cloudflare/placeholders.ts";
import { environmentArguments, PRODUCTION } from "./cloudflare/wrangler.ts";
import { runCommand } from "./process/command.ts";
import { buildPages } from "./web/build.ts";

const HELP = `Usage: npm run deploy [-- options]           production
       npm run deploy:staging [-- options]   staging

Deploys to Cloudflare with Wrangler, unless wrangler.toml still has an example or an empty id in it.

  --tag <tag>          of the version
  --message <text>     of the version
  --dry-run            bundles and checks, uploads nothing`;

await runCommand("deploy", async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      tag: { type: "string" },
      message: { type: "string" },
      "dry-run": { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(HELP);
  const [environment = PRODUCTION] = positionals;
  const wrong = placeholdersIn("wrangler.toml", environment === PRODUCTION ? undefined : environment);
  if (wrong.length > 0) {
    console.error(`wrangler.toml is not ready for ${environment}:\n${wrong.map((line) => `  ${line}`).join("\n")}`);
    throw new Error("nothing was uploaded");
  }
  console.log("Building the pages …");
  await buildPages({ release: true });
  const args = ["deploy", "--minify", ...environmentArguments(environment)];
  for (const name of ["tag", "message"] as const) if (values[name] !== undefined) args.push(`--${name}`, values[name]);
  if (values["dry-run"]) args.push("--dry-run");
  const child = spawn("wrangler", args, { stdio: "inherit" });
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once("error", () => reject(new Error("Wrangler can't be started: run this with npm, after `npm ci`.")));
    child.once("close", (code) => resolve(code ?? 1));
  });
});
