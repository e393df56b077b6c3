/**
 * `npm run dev`: the whole service on this machine, without installing anything else; one command starts it, Ctrl-C
 * ends all of it.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { stopChildren } from "./process/child-processes.ts";
import { describeFailure } from "./process/command.ts";
import { describeDatabase, findDatabaseUrl, isLocal, LOCAL_FOLDER, namingDatabase } from "./database/url.ts";
import { ensureFirstAdmin } from "./dev/first-admin.ts";
import { createMailbox, serveMailbox } from "./dev/mailbox.ts";
import { createOutputReader } from "./dev/output.ts";
import { ensureSecrets, readWorkerVariables, watchVariables } from "./dev/variables.ts";
import { startWorker, waitUntilAnswered, waitUntilHealthy } from "./dev/worker.ts";
import { startLocalDatabase } from "./database/local-database.ts";
import { migrate, migrationStatus } from "./database/migrations.ts";
import { isFree } from "./process/ports.ts";
import { startNeonEndpoint, type NeonEndpoint } from "./neon/endpoint.ts";
import { watchPages } from "./web/build.ts";

const HELP = `Usage: npm run dev [-- --port <port>] [--with <wrangler.toml>] [--inspector-port <port>]

Starts PostgreSQL (or uses DATABASE_URL), applies the migrations, and serves the API.
  --port   where the API listens (default 3001, or the environment's PORT)
  --with   also starts the Worker of that configuration, on the next port; any answer of it counts as ready
  --inspector-port   where a debugger attaches (default any; Chrome finds 9229 by itself)`;

let endpoint: NeonEndpoint | undefined;
let stopping: Promise<never> | undefined;

/** Ends everything once, for any reason: a signal, a failure, a child that died. */
function stop(exitCode: number, reason?: string): Promise<never> {
  stopping ??= (async () => {
    if (reason !== undefined) console.error(reason);
    // If something hangs, the guards end the children when this process is gone.
    setTimeout(() => process.exit(exitCode || 1), 30_000).unref();
    await stopChildren();
    await endpoint?.stop();
    process.exit(exitCode);
  })();
  return stopping;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop(0, "Stopping …"));
// A closed terminal must not prevent an orderly stop.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => void stop(1));
if (process.env["npm_lifecycle_event"]) watchParent(process.ppid);

try {
  await start();
} catch (error) {
  await stop(1, stopping ? undefined : `dev: ${describeFailure(error)}`);
}

async function start(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string" },
      with: { type: "string" },
      "inspector-port": { type: "string", default: "0" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(HELP);
  const port = Number(values.port ?? (process.env["PORT"] || 3001));
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`Not a port: ${values.port ?? process.env["PORT"]}`);
  if (!(await isFree(port)))
    throw new Error(`Port ${port} is taken: stop the program that uses it, or choose another port with --port.`);

  const startedAt = performance.now();
  const pages = watchPages(console.log);
  const databaseUrl = await prepareDatabase();
  const isNeon = new URL(databaseUrl).hostname.endsWith(".neon.tech");
  if (!isNeon) endpoint = await startNeonEndpoint({ maxConnections: 20 });

  const added = await ensureSecrets();
  if (added.length > 0) console.log(`Generated secrets in .dev.vars (${added.join(", ")}).`);
  const admin = isLocal(databaseUrl)
    ? await ensureFirstAdmin(LOCAL_FOLDER, findDatabaseUrl() ? describeDatabase(databaseUrl) : "own", databaseUrl)
    : undefined;

  console.log("Building the pages …");
  await pages;
  console.log("Starting the Worker …");
  const url = `http://localhost:${port}`;
  const variables = readWorkerVariables({
    ISSUER: url,
    DATABASE_URL: databaseUrl,
    LOG_ERRORS: "messages",
    // The administrator created above has no authenticator yet.
    ...(isLocal(databaseUrl) && { TWO_FACTOR_REQUIRED_FOR_ADMIN: "off" }),
    ...(endpoint && { DATABASE_ENDPOINT: endpoint.url }),
  });
  const caught = createMailbox();
  const mailbox = await serveMailbox(caught, 0);
  const worker = await startWorker(port, variables, createOutputReader(console.log, caught.put), {
    inspectorPort: Number(values["inspector-port"]),
  });
  void worker.exited.then(({ code, signal }) =>
    stop(1, stopping ? undefined : `dev: the Worker's process ended (${signal ?? `code ${code}`}).`),
  );
  const slow = setTimeout(() => console.log("Still starting the Worker: see any error above."), 20_000);
  const healthy = await waitUntilHealthy(port, worker, console.log);
  clearTimeout(slow);
  if (!healthy || stopping) return;
  const neighbour = values.with && (await startNeighbour(port + 1, values.with));
  if (stopping) return;
  watchVariables(() => console.log("`.dev.vars` has changed: restart to apply it to the Worker."));

  const lines = [
    ["Pages", ["/sign-in", "/register", "/account", "/admin", "/gallery"].map((path) => `${url}${path}`).join("  ")],
    ["API", `${url}/api`],
    ["Health", `${url}/health`],
    ...(neighbour ? [["With", neighbour]] : []),
    ["Database", endpoint ? databaseUrl.replace(/:[^:@/]*@/, ":…@") : describeDatabase(databaseUrl)],
    ...(isLocal(databaseUrl) ? [["psql", `the password is in .local/database.json`]] : []),
    ...(endpoint ? [["Neon", `${endpoint.url} (Neon's protocol, in front of the database)`]] : []),
    ...(admin?.password
      ? [["Admin", `${admin.email}   password ${admin.password}   (shown until it is changed)`]]
      : []),
    ...(admin && !admin.password ? [["Admin", `${admin.email}, with its earlier password`]] : []),
    ["Mails", `${mailbox.url}   (and here; sent nowhere)`],
    ["Stop", "Ctrl-C"],
  ];
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`\nReady in ${seconds} s\n${lines.map(([name, value]) => `  ${name!.padEnd(9)} ${value}`).join("\n")}\n`);
}

/** A Worker that uses this one, like examples/booking. */
async function startNeighbour(port: number, config: string): Promise<string> {
  if (!(await isFree(port))) throw new Error(`Port ${port} is taken: --with needs the one after --port.`);
  const worker = await startWorker(port, { environment: {}, undeclared: [] }, createOutputReader(console.log), {
    config,
  });
  void worker.exited.then(() => stop(1, stopping ? undefined : `dev: the process of ${config} ended.`));
  await waitUntilAnswered(port, worker);
  return `http://localhost:${port} (${config})`;
}

/** The database with every migration applied; one on another machine is only checked. */
async function prepareDatabase(): Promise<string> {
  const given = findDatabaseUrl();
  if (given !== undefined && !isLocal(given)) {
    console.log(`Using the database at ${describeDatabase(given)} …`);
    const pending = (await namingDatabase(given, () => migrationStatus(given))).filter(
      ({ state }) => state !== "applied",
    );
    if (pending.length > 0)
      throw new Error(
        `${describeDatabase(given)} lacks migrations (${pending.map(({ tag }) => tag).join(", ")}): run \`npm run db:migrate\`.`,
      );
    return given;
  }
  let url = given;
  if (url === undefined) {
    const database = await startLocalDatabase({ directory: LOCAL_FOLDER, persistent: true, log: console.log });
    void database.exited.then(() => stop(1, stopping ? undefined : "dev: PostgreSQL ended by itself."));
    url = database.url;
  }
  await namingDatabase(url, () => migrate(url, { log: console.log }));
  return url;
}

/** When npm is killed, its shell dies too, but this process doesn't. */
function watchParent(parent: number): void {
  void (async () => {
    for (;;) {
      await sleep(1000, undefined, { ref: false });
      if (process.ppid !== parent) await stop(0);
    }
  })();
}
