/**
 * Does the time of a refused login reveal the reason? 200 interleaved samples of each class against a service on this
 * machine with RATE_LIMIT_SCALE=1000000 (in .dev.vars), compared with the noise within one class.
 *
 * node scripts/bench/timing-probe.ts --url http://localhost:3001 --database postgresql://… [--samples 200]
 */

import { parseArgs } from "node:util";
import pg from "pg";
import { describeFailure } from "../process/command.ts";

const HELP = `Usage: node scripts/bench/timing-probe.ts --url http://localhost:3001 --database postgresql://… [--samples 200]`;

/** Fewer failures than make an address wait. */
const GUESSES_AN_ADDRESS = 4;
const PASSWORD = "Correct horse battery staple 42";
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

const values = readOptions();
if (values.help) {
  console.log(HELP);
  process.exit();
}
const samples = Number(values.samples);
if (!LOOPBACK.has(new URL(values.url).hostname)) throw new Error("--url must be on this machine");
if (!values.database || !LOOPBACK.has(new URL(values.database).hostname))
  throw new Error("--database must be the local database's connection string");

const database = new pg.Client(values.database);
await database.connect();
const run = crypto.randomUUID().slice(0, 8);
let made = 0;

/** A class: an address to guess at, prepared beforehand. "known" is there twice, for its own noise. */
const classes: Record<string, { status: number; prepare: () => Promise<string> }> = {
  known: { status: 401, prepare: register },
  "known again": { status: 401, prepare: register },
  unknown: { status: 401, prepare: async () => newAddress() },
  disabled: { status: 401, prepare: () => registerAnd("update users set is_active = false where email = $1") },
  deleted: { status: 401, prepare: () => registerAnd("update users set deleted_at = now() where email = $1") },
  "locked, known": { status: 429, prepare: async () => lock(await register()) },
  "locked, known again": { status: 429, prepare: async () => lock(await register()) },
  "locked, unknown": { status: 429, prepare: () => lock(newAddress()) },
};

const durations: Record<string, number[]> = {};
const addresses: Record<string, string[]> = {};
for (const [name, { prepare }] of Object.entries(classes)) {
  durations[name] = [];
  addresses[name] = [];
  for (let i = 0; i < Math.ceil(samples / GUESSES_AN_ADDRESS); i++) addresses[name].push(await prepare());
}
for (let i = 0; i < 20; i++) await guess(newAddress(), 401); // warm
for (let i = 0; i < samples; i++) {
  // A new order each round, so that no class always follows the same other one.
  for (const name of shuffled(Object.keys(classes))) {
    const email = addresses[name]![Math.floor(i / GUESSES_AN_ADDRESS)]!;
    durations[name]!.push(await guess(email, classes[name]!.status));
  }
}
await database.end();
report();

function readOptions() {
  try {
    return parseArgs({
      options: {
        url: { type: "string", default: "http://localhost:3001" },
        database: { type: "string" },
        samples: { type: "string", default: "200" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    console.error(`timing-probe: ${describeFailure(error)}`);
    return process.exit(1);
  }
}

function newAddress(): string {
  return `probe-${run}-${++made}@example.test`;
}

async function register(): Promise<string> {
  const email = newAddress();
  await send("/api/auth/register", { prenom: "Probe", nom: "Probe", email, password: PASSWORD }, 201);
  return email;
}

async function registerAnd(change: string): Promise<string> {
  const email = await register();
  await database.query(change, [email]);
  return email;
}

/** Fails until the address has to wait, then extends the wait beyond the probe. */
async function lock(email: string): Promise<string> {
  for (let i = 0; i < 5; i++) await guess(email, 401);
  await database.query("update login_throttles set locked_until = now() + interval '1 hour' where failures >= 5");
  return email;
}

/** Milliseconds. */
async function guess(email: string, status: number): Promise<number> {
  const startedAt = performance.now();
  await send("/api/auth/login", { email, password: "not the password" }, status);
  return performance.now() - startedAt;
}

async function send(path: string, body: object, expected: number): Promise<void> {
  const response = await fetch(new URL(path, values.url), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (response.status !== expected) throw new Error(`${path} answered ${response.status}, not ${expected}: ${text}`);
}

function shuffled<Item>(items: Item[]): Item[] {
  return items
    .map((item) => ({ item, place: crypto.getRandomValues(new Uint32Array(1))[0]! }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

/** The distance between the medians of two random halves of one class: 95 of 100 times no more than this. */
function noiseOf(values: number[]): number {
  const gaps = Array.from({ length: 500 }, () => {
    const mixed = shuffled(values);
    const half = mixed.length / 2;
    return Math.abs(quantile(mixed.slice(0, half), 0.5) - quantile(mixed.slice(half), 0.5));
  });
  return quantile(gaps, 0.95);
}

function report(): void {
  const rows = Object.entries(durations).map(([name, values]) => {
    const reference = durations[name.startsWith("locked") ? "locked, known" : "known"]!;
    const difference = quantile(values, 0.5) - quantile(reference, 0.5);
    const noise = noiseOf(reference);
    return {
      class: name,
      samples: values.length,
      "median ms": quantile(values, 0.5).toFixed(2),
      "p10 ms": quantile(values, 0.1).toFixed(2),
      "p90 ms": quantile(values, 0.9).toFixed(2),
      "difference ms": difference.toFixed(2),
      "noise ms": noise.toFixed(2),
      within: Math.abs(difference) <= noise ? "yes" : "NO",
    };
  });
  console.table(rows);
}
