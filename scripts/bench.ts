/** `npm run bench`: every figure of docs/performance.md in one run, on this machine alone. */
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "./check/bundle.ts";
import { floods } from "./bench/floods.ts";
import { assets } from "./bench/assets.ts";
import { growth } from "./bench/growth.ts";
import { hashing } from "./bench/hashing.ts";
import { lock } from "./bench/lock.ts";
import { rates } from "./bench/rates.ts";
import { releases } from "./bench/releases.ts";
import { createMigratedDatabase, serviceVariables, type Stage } from "./bench/service.ts";
import { sockets } from "./bench/sockets.ts";
import { formatTable, type Table } from "./bench/table.ts";
import { verify } from "./bench/verify.ts";
import { triggers } from "./bench/triggers.ts";
import { trips } from "./bench/trips.ts";
import { volumes } from "./bench/volumes.ts";
import { weight } from "./bench/weight.ts";
import { peerCost } from "./bench/peers/cost.ts";
import { peerRates } from "./bench/peers/rates.ts";
import { peerTrips } from "./bench/peers/trips.ts";
import { peerWeight } from "./bench/peers/weight.ts";
import { runCommand } from "./process/command.ts";
import { startLocalDatabase } from "./database/local-database.ts";
import { startNeonEndpoint } from "./neon/endpoint.ts";

const TABLES: Record<string, (stage: Stage) => Promise<Table>> = {
  trips,
  rates,
  verify,
  hashing,
  growth,
  weight,
  sockets,
  lock,
  triggers,
  floods,
  volumes,
  releases,
  assets,
  "peer-trips": peerTrips,
  "peer-rates": peerRates,
  "peer-cost": peerCost,
  "peer-weight": peerWeight,
};
const PEERS = ["peer-trips", "peer-rates", "peer-cost", "peer-weight"];
/** They need another checkout, or packages that the project doesn't have. */
const NOT_BY_THEMSELVES = new Set(["releases", ...PEERS]);

const HELP = `Usage: npm run bench [-- --quick] [-- --only ${Object.keys(TABLES).join(",")}]

Prints the tables of docs/performance.md; takes some minutes, and wants an otherwise quiet machine.
  --quick   fewer rounds and smaller volumes: shows that it runs, measures little
  --only    some of the tables, comma separated
  --peers   the service beside Better Auth alone: ${PEERS.join(", ")}. The first time, its packages are
            installed into .local/peers, which needs npm's registry
  --beside  the folder of another checkout with its packages, for the table \`releases\`: what its acts cost`;

await runCommand("bench", async () => {
  const { values } = parseArgs({
    options: {
      beside: { type: "string" },
      peers: { type: "boolean" },
      quick: { type: "boolean" },
      only: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(HELP);
  const byDefault = Object.keys(TABLES).filter(
    (name) => !NOT_BY_THEMSELVES.has(name) || (name === "releases" && values.beside),
  );
  const chosen = values.only?.split(",") ?? (values.peers ? PEERS : byDefault);
  const unknown = chosen.filter((name) => !TABLES[name]);
  if (unknown.length > 0)
    throw new Error(`There is no table ${unknown.join(", ")}: ${Object.keys(TABLES).join(", ")}.`);

  const folder = await mkdtemp(path.join(tmpdir(), "auth-api-bench-"));
  const log = (line: string) => console.error(`  ${line} …`);
  log("bundling");
  const bundles = {
    service: await bundle("wrangler.toml", path.join(folder, "service")),
    companion: await bundle("scripts/bench/companion/wrangler.toml", path.join(folder, "companion")),
  };
  const database = await startLocalDatabase({ directory: path.join(folder, "database"), persistent: false });
  const endpoint = await startNeonEndpoint();
  const stage: Stage = {
    quick: values.quick ?? false,
    endpoint,
    bundles,
    createDatabase: (name, prepare) => createMigratedDatabase(database.url, name, prepare),
    beside: values.beside,
    variables: (databaseUrl) => serviceVariables(endpoint.url, databaseUrl),
    log,
  };
  try {
    console.log(`Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores.\n`);
    for (const name of chosen) {
      const startedAt = performance.now();
      const table = await TABLES[name]!({ ...stage, log: (line) => log(`${name}: ${line}`) });
      console.log(formatTable(table));
      console.error(`  ${name}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
    }
  } finally {
    await endpoint.stop();
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
