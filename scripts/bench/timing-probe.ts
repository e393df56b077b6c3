/**
 * Does the time of a refused login, by password or by passkey, reveal the reason? 200 interleaved samples of each class
 * against a service on this machine with RATE_LIMIT_SCALE=1000000 (in .dev.vars), compared with the noise within one class.
 *
 * node scripts/bench/timing-probe.ts --url http://localhost:3001 --database postgresql://… [--samples 200]
 */

import { parseArgs } from "node:util";
import pg from "pg";
import { createPasskey, type SoftwarePasskey } from "../../test/support/passkeys/authenticator.ts";
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

const ORIGINS = [new URL(values.url).origin];

const database = new pg.Client(values.database);
await database.connect();
const run = crypto.randomUUID().slice(0, 8);
let made = 0;

/** Guesses once, and returns the milliseconds until the refusal. */
type Guess = () => Promise<number>;

const DISABLE = "update users set is_active = false where email = $1";
const DELETE = "update users set deleted_at = now() where email = $1";

/** A class: what to guess at, prepared beforehand. The first of a kind is there twice, for its own noise. */
const classes: Record<string, () => Promise<Guess>> = {
  known: async () => guessAt(await register()),
  "known again": async () => guessAt(await register()),
  unknown: async () => guessAt(newAddress()),
  disabled: async () => guessAt(await registerAnd(DISABLE)),
  deleted: async () => guessAt(await registerAnd(DELETE)),
  "locked, known": async () => guessAt(await lock(await register()), 429),
  "locked, known again": async () => guessAt(await lock(await register()), 429),
  "locked, unknown": async () => guessAt(await lock(newAddress()), 429),
  "passkey, known": () => forgery(addPasskey),
  "passkey, known again": () => forgery(addPasskey),
  "passkey, unknown": () => forgery(),
  "passkey, disabled": () => forgery((passkey) => addPasskey(passkey, DISABLE)),
};
/** The class that the others of its kind are compared with. */
const REFERENCES = ["locked, known", "passkey, known", "known"];

const durations: Record<string, number[]> = {};
const guesses: Record<string, Guess[]> = {};
for (const [name, prepare] of Object.entries(classes)) {
  durations[name] = [];
  guesses[name] = [];
  for (let i = 0; i < Math.ceil(samples / GUESSES_AN_ADDRESS); i++) guesses[name].push(await prepare());
}
for (let i = 0; i < 20; i++) await guessAt(newAddress())(); // warm
for (let i = 0; i < samples; i++) {
  // A new order each round, so that no class always follows the same other one.
  for (const name of shuffled(Object.keys(classes)))
    durations[name]!.push(await guesses[name]![Math.floor(i / GUESSES_AN_ADDRESS)]!());
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

function registration(email: string) {
  return { prenom: "Probe", nom: "Probe", email, password: PASSWORD };
}

async function register(): Promise<string> {
  const email = newAddress();
  await send("/api/auth/register", registration(email), 201);
  return email;
}

async function registerAnd(change: string): Promise<string> {
  const email = await register();
  await database.query(change, [email]);
  return email;
}

/** Fails until the address has to wait, then extends the wait beyond the probe. */
async function lock(email: string): Promise<string> {
  for (let i = 0; i < 5; i++) await guessAt(email)();
  await database.query("update login_throttles set locked_until = now() + interval '1 hour' where failures >= 5");
  return email;
}

function guessAt(email: string, status = 401): Guess {
  return () => timed("/api/auth/login", { email, password: "not the password" }, status);
}

/** A signature of something else, by a passkey that the service doesn't know, or of which `prepare` has told it. */
async function forgery(prepare?: (passkey: SoftwarePasskey) => Promise<string>): Promise<Guess> {
  const passkey = await createPasskey("ES256");
  const userHandle = (await prepare?.(passkey)) ?? crypto.randomUUID().replaceAll("-", "");
  return async () => {
    const { challenge, rpId } = await send("/api/auth/passkey/options", {}, 200);
    const asked = await passkey.authenticate({ challenge, rpId, origins: ORIGINS });
    const { signature } = (await passkey.authenticate({ challenge: "another", rpId, origins: ORIGINS })).response;
    const credential = { ...asked, response: { ...asked.response, signature, userHandle } };
    return timed("/api/auth/passkey", { credential }, 401);
  };
}

/** Returns what the passkey says of its user. */
async function addPasskey(passkey: SoftwarePasskey, change?: string): Promise<string> {
  const email = newAddress();
  const { token } = await send("/api/auth/register", registration(email), 201);
  const { challenge, rp, user } = await send("/api/security/passkeys/options", {}, 200, token);
  const credential = await passkey.register({ challenge, rpId: rp.id, origins: ORIGINS });
  await send("/api/security/passkeys", { credential }, 201, token);
  if (change !== undefined) await database.query(change, [email]);
  return user.id;
}

async function timed(path: string, body: object, status: number): Promise<number> {
  const startedAt = performance.now();
  await send(path, body, status);
  return performance.now() - startedAt;
}

async function send(path: string, body: object, expected: number, token?: string): Promise<any> {
  const response = await fetch(new URL(path, values.url), {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(token !== undefined && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (response.status !== expected) throw new Error(`${path} answered ${response.status}, not ${expected}: ${text}`);
  return JSON.parse(text);
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
    const reference = durations[REFERENCES.find((each) => name.split(",")[0] === each.split(",")[0]) ?? "known"]!;
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
