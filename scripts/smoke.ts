/**
 * `npm run smoke -- <url>`: is this deployment whole? Asks it what anyone may ask; with `--write`, lives the life of
 * one account there.
 */

import { parseArgs } from "node:util";
import { runCommand } from "./process/command.ts";
import { runSmoke, type Outcome } from "./smoke/run.ts";

const HELP = `Usage: npm run smoke -- <url> [options]

  <url>               the deployment's origin, such as https://auth.example.com
  --write             also registers an account, uses it in every published way, and deletes it
  --mailbox <email>   with --write: a mailbox of yours; the account gets a plus-address of it, since the service
                      writes to new accounts. May be left out on this machine
  --issuer <origin>   what the deployment calls itself, where that is not <url>
  --timeout <s>       for each request (default 10)

Exits with 1 when a check fails. Without --write nothing is left behind; with it, one deleted account with its login
history, which retention purges after 30 days, and its rows in the audit log. Not more than one --write a minute: the
limits count its logins too.`;

const MARKS = { passed: "ok    ", skipped: "skip  ", failed: "FAILED" } as const;

function print({ name, state, detail, milliseconds }: Outcome): void {
  const time = state === "skipped" ? "" : `${String(Math.round(milliseconds)).padStart(6)} ms`;
  console.log(`${MARKS[state]}  ${name.padEnd(50)}${time.padStart(10)}${detail === undefined ? "" : `  ${detail}`}`);
}

await runCommand("smoke", async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      write: { type: "boolean", default: false },
      mailbox: { type: "string" },
      issuer: { type: "string" },
      timeout: { type: "string", default: "10" },
      help: { type: "boolean", short: "h" },
    },
  });
  const [url] = positionals;
  if (values.help || url === undefined || positionals.length > 1) {
    console.log(HELP);
    if (!values.help) process.exitCode = 1;
    return;
  }
  const { write, mailbox, issuer } = values;
  const outcomes = await runSmoke(url, {
    write,
    mailbox,
    issuer,
    timeoutSeconds: Number(values.timeout),
    report: print,
  });
  const failed = outcomes.filter(({ state }) => state === "failed").length;
  const passed = outcomes.filter(({ state }) => state === "passed").length;
  console.log(failed === 0 ? `\n${passed} checks passed.` : `\n${failed} of ${outcomes.length} checks failed.`);
  if (failed > 0) process.exitCode = 1;
});
