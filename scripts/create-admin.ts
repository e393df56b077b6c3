/** Creates an administrator: a new account whose password is printed once, or the existing account with the address. */

import { parseArgs } from "node:util";
import { createAdmin } from "./database/admin-account.ts";
import { runCommand } from "./process/command.ts";
import { describeDatabase, withDatabase } from "./database/url.ts";

const HELP = `Usage: node scripts/create-admin.ts <email> [--prenom <prénom>] [--nom <nom>]

On DATABASE_URL (environment or .dev.vars), or else on the local database of \`npm run dev\`.`;

await runCommand("create-admin", async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { prenom: { type: "string" }, nom: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  const [email] = positionals;
  if (values.help || email === undefined || positionals.length > 1) {
    console.log(HELP);
    if (!values.help) process.exitCode = 1;
    return;
  }
  await withDatabase(console.error, async (url) => {
    const result = await createAdmin(url, { email, prenom: values.prenom, nom: values.nom });
    console.log(`Database: ${describeDatabase(url)}`);
    if (result.outcome === "created")
      console.log(`Created administrator ${result.email}\nPassword: ${result.password}   (not shown again)`);
    else if (result.outcome === "promoted")
      console.log(
        result.password === undefined
          ? `${result.email} existed and is an administrator now; its password is unchanged.`
          : `${result.email} existed, unproven, and is an administrator now; all its sessions have ended.\nPassword: ${result.password}   (not shown again)`,
      );
    else console.log(`${result.email} is already an administrator; nothing changed.`);
  });
});
