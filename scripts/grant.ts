/** Creates the Worker's database role, or renews its grants. */

import { parseArgs } from "node:util";
import { runCommand } from "./process/command.ts";
import { createApplicationRole, grantToApplicationRole } from "./database/role.ts";
import { describeDatabase, withDatabase } from "./database/url.ts";

const HELP = `Usage: npm run db:role     creates the role, or gives it a new password; prints the Worker's DATABASE_URL once
       npm run db:grant    renews its grants: after every migration

DATABASE_URL must be that of the role that owns the tables.`;

await runCommand("grant", async () => {
  const { values } = parseArgs({ options: { create: { type: "boolean" }, help: { type: "boolean", short: "h" } } });
  if (values.help) return console.log(HELP);
  await withDatabase(console.error, async (url) => {
    if (values.create) {
      const workerUrl = await createApplicationRole(url);
      console.error(`Database: ${describeDatabase(url)}\nThe Worker's DATABASE_URL (not shown again):`);
      console.log(workerUrl);
    } else {
      await grantToApplicationRole(url);
      console.log(`Database: ${describeDatabase(url)}\nGranted.`);
    }
  });
});
