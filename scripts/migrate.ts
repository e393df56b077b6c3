/** Applies the database's migrations, shows their state, or rolls them back. */

import { parseArgs } from "node:util";
import { runCommand } from "./process/command.ts";
import { createProgress } from "./process/terminal.ts";
import { describeDatabase, isLocal, withDatabase } from "./database/url.ts";
import { migrate, migrationStatus, rollback } from "./database/migrations.ts";

const HELP = `Usage: node scripts/migrate.ts <command>

On DATABASE_URL (environment or .dev.vars), or else on the local database of \`npm run dev\`.

  up                applies what is pending, each migration in one transaction
  status            lists the migrations, and exits with 1 when one is not applied as it stands
  rollback          takes the last one back
  rollback --all    takes all back: every table goes, with its rows
    --yes           needed for a database that is not on this machine`;

await runCommand("migrate", async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { all: { type: "boolean" }, yes: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  const command = positionals[0];
  if (values.help || positionals.length !== 1 || !["up", "status", "rollback"].includes(command!)) {
    console.log(HELP);
    if (!values.help) process.exitCode = 1;
    return;
  }
  const progress = createProgress();
  const log = (line: string) => {
    progress.clear();
    console.log(line);
  };
  await withDatabase(console.error, async (url) => {
    console.log(`Database: ${describeDatabase(url)}`);
    if (command === "up") {
      const applied = await migrate(url, { log, progress: progress.show });
      console.log(applied.length === 0 ? "Nothing was pending." : "Up to date.");
    } else if (command === "status") {
      const status = await migrationStatus(url);
      for (const { tag, state } of status) console.log(`${state.padEnd(8)} ${tag}`);
      const current = status.findLast(({ state }) => state !== "pending")?.tag ?? "empty";
      const pending = status.filter(({ state }) => state === "pending").length;
      console.log(`Version: ${current}; ${pending} pending.`);
      if (status.some(({ state }) => state !== "applied")) process.exitCode = 1;
    } else {
      if (!isLocal(url) && !values.yes)
        throw new Error(`${describeDatabase(url)} is not on this machine: add --yes to take its migrations back.`);
      const undone = await rollback(url, { all: values.all ?? false, log, progress: progress.show });
      if (undone.length === 0) console.log("Nothing to take back.");
    }
  });
});
