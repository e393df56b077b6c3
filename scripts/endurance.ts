/** `npm run endurance`: an hour of every act, with faults everywhere, on a large database; then an account of what it caused. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "./check/bundle.ts";
import { createMigratedDatabase, runSql } from "./bench/service.ts";
import { dataStatements } from "./database/generate-data.ts";
import { startLocalDatabase } from "./database/local-database.ts";
import { TABLES } from "./endurance/books.ts";
import { createLog } from "./endurance/log.ts";
import { startOutside } from "./endurance/outside.ts";
import { createRandom } from "./endurance/random.ts";
import { brokenPromises, tablesOf } from "./endurance/report.ts";
import { run } from "./endurance/run.ts";
import { startNeonEndpoint } from "./neon/endpoint.ts";
import { runCommand } from "./process/command.ts";
import { cheapHashes } from "./races/hashes.ts";
import { openProvider } from "./races/federation.ts";
import { openLane } from "./races/lane.ts";
import { startMailbox } from "../test/support/mailbox.ts";
import { createMailbox } from "../test/support/mailbox-control.ts";

const HELP = `Usage: npm run endurance [-- --minutes 60] [-- --users 100000] [-- --rate 20] [-- --seed 1]

Every act of scripts/races/acts.ts, and reading, at a steady rate on a database with generated accounts, while a share
of what the service asks of database, KV, queue, hubs, mail provider and webhooks' receivers fails. In the end every
accepted act's audit record, notification, mail and webhooks must have come, memory must not have grown, and the audit
chain must be whole. Password hashes are cheap, as in \`npm run races\`. Exit code 1 where a promise is broken.
  --minutes   how long (default 60)
  --users     accounts in the database before it begins (default 100000), with two logins each
  --rate      acts a second (default 20)
  --seed      repeats a run in kind: the same accounts, acts and faults, though not the same moments
  --faults    the share that fails (default 0.01)
  --patience  how many seconds may pass in the end until everything has come (default 400)
  --sabotage  loses rows of the outbox and messages of the queue, to see that the account notices`;

/** Of the queue's messages, with --sabotage. */
const LOST_SHARE = 0.01;
/** Batches of jobs that run at once are one more. */
const MORE_QUEUES = 5;
/** Of broken promises; the rest are only counted. */
const MAX_SHOWN = 500;

await runCommand("endurance", async () => {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "60" },
      users: { type: "string", default: "100000" },
      rate: { type: "string", default: "20" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      faults: { type: "string", default: "0.01" },
      patience: { type: "string", default: "400" },
      sabotage: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(HELP);
  const [users, seed, faultShare] = [Number(values.users), Number(values.seed), Number(values.faults)];
  const { sabotage } = values;
  console.log(`${values.minutes} minutes, ${users} accounts, ${values.rate} acts a second, seed ${seed}.`);
  const folder = await mkdtemp(path.join(tmpdir(), "auth-api-endurance-"));
  const database = await startLocalDatabase({ directory: path.join(folder, "database"), persistent: false });
  const endpoint = await startNeonEndpoint();
  const outside = await startOutside(createRandom(seed + 2));
  // Of an identity provider, which fails nobody.
  const others = await startMailbox();
  const log = createLog();
  try {
    const main = "scripts/endurance/worker.ts";
    const service = await cheapHashes(await bundle("wrangler.toml", path.join(folder, "service"), main));
    const databaseUrl = await createMigratedDatabase(database.url, "endurance");
    const startedAt = Date.now();
    for (const statement of dataStatements({ users, logins: 2 * users, auditLogs: users / 10 }))
      await runSql(databaseUrl, statement);
    console.error(`  filled in ${((Date.now() - startedAt) / 1_000).toFixed(0)} s`);
    const [{ last }] = (await runSql(databaseUrl, "select coalesce(max(id), 0)::int as last from audit_logs")) as [
      { last: number },
    ];
    await runSql(databaseUrl, TABLES);
    const lane = await openLane(endpoint, databaseUrl, {
      bundle: service,
      provider: await openProvider(createMailbox(others.url, "endurance")),
      inspected: true,
      moreQueues: MORE_QUEUES,
      onLog: (line) => log.read(line),
      more: {
        MAIL_PROVIDER: "resend",
        RESEND_API_KEY: "endurance",
        RESEND_ENDPOINT: outside.url,
        RESOLVER_ENDPOINT: outside.url,
        FAULT_SEED: String(seed + 3),
        LOST_SHARE: String(sabotage ? LOST_SHARE : 0),
      },
    });
    try {
      const [minutes, rate, patience] = [Number(values.minutes), Number(values.rate), Number(values.patience)];
      const options = { minutes, rate, patience, seed, faultShare, sabotage };
      const result = await run(lane, endpoint, { outside, log, afterRecord: last }, options);
      console.log(`\n${tablesOf(result, log)}`);
      console.log(`Of the log: ${[...log.events].map(([name, times]) => `${name} ${times}`).join(", ")}.\n`);
      const broken = brokenPromises(result, log);
      for (const promise of broken.slice(0, MAX_SHOWN)) console.log(`BROKEN  ${promise}`);
      if (broken.length === 0) return console.log(`Every promise was kept, seed ${seed}.`);
      console.log(`${broken.length} promises broken; \`npm run endurance -- --seed ${seed}\` repeats the run in kind.`);
      process.exitCode = 1;
    } finally {
      await lane.stop();
    }
  } finally {
    await outside.stop();
    await others.stop();
    await endpoint.stop();
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
