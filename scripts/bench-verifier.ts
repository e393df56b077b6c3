/**
 * Requests per second of verification, every way, beside a bare Hono route in the same runtime and the same run.
 * Rounds are interleaved, so that what else the machine does strikes all alike; only the ratios mean something.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { createTestHarness } from "wrangler";
import { createControl } from "./neon-endpoint-control.ts";
import { startLocalDatabase } from "./local-database.ts";
import { startNeonEndpoint } from "./neon-endpoint.ts";
import { migrate } from "./migrations.ts";
import { testBindings } from "../test/support/bindings.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const CONNECTIONS = 16;

export interface Route {
  name: string;
  /** The first of these is what the others are compared with. */
  url: URL;
  method?: "GET" | "POST";
  headers?: Record<string, string>;
  body?: string;
}

export interface Measurement {
  name: string;
  /** The median of the rounds. */
  requestsPerSecond: number;
  /** To the first route, the median of the rounds' own ratios. */
  ratio: number;
}

/** A closed loop of `CONNECTIONS` keep-alive connections for each route in turn. @throws Error on any answer but 200. */
export async function measure(routes: Route[], { rounds = 7, seconds = 1 } = {}): Promise<Measurement[]> {
  const rates = routes.map((): number[] => []);
  for (const route of routes) await load(route, seconds / 2);
  for (let round = 0; round < rounds; round++) {
    for (const [at, route] of routes.entries()) rates[at]!.push(await load(route, seconds));
  }
  return routes.map(({ name }, at) => ({
    name,
    requestsPerSecond: median(rates[at]!),
    ratio: median(rates[at]!.map((rate, round) => rate / rates[0]![round]!)),
  }));
}

async function load(route: Route, seconds: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const startedAt = performance.now();
  const end = startedAt + seconds * 1000;
  let count = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (; performance.now() < end; count++) await send(route, agent);
    }),
  );
  const elapsed = performance.now() - startedAt;
  agent.destroy();
  return (count / elapsed) * 1000;
}

function send({ name, url, method = "GET", headers = {}, body }: Route, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url.href, { method, headers, agent }, (response) => {
      response.resume();
      response.once("error", reject);
      response.once("end", () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${name}: HTTP ${response.statusCode}`));
      });
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Starts the service and a consumer (test/system/consumer) in one runtime, and measures them side by side. */
export async function benchVerifier(options?: { rounds?: number; seconds?: number }): Promise<Measurement[]> {
  const directory = await mkdtemp(path.join(tmpdir(), "auth-api-bench-"));
  const database = await startLocalDatabase({ directory, persistent: false });
  const endpoint = await startNeonEndpoint({ control: true, defaultDatabaseUrl: database.url });
  const databaseUrl = await createControl(endpoint.url).createDatabase();
  await migrate(databaseUrl);
  const { AUTH_SECRET, JWT_KEYS, DATABASE_URL: _, ...vars } = testBindings(endpoint.url, endpoint.url);
  const server = createTestHarness({
    root: ROOT,
    workers: [
      {
        configPath: "wrangler.toml",
        vars: { ...vars, RATE_LIMIT_SCALE: "1000000" },
        secrets: { DATABASE_URL: databaseUrl, AUTH_SECRET: AUTH_SECRET!, JWT_KEYS: JWT_KEYS! },
      },
      { configPath: "test/system/consumer/wrangler.toml" },
    ],
  });
  try {
    const url = new URL((await server.listen()).url.href);
    const token = await register(url);
    // The consumer answers to its own host, whatever the address.
    const consumer = { Host: "consumer.example" };
    const bearer = { ...consumer, Authorization: `Bearer ${token}` };
    const json = { "Content-Type": "application/json" };
    const verification = { url: new URL("/api/auth/verify-token", url), method: "POST", headers: json } as const;
    return await measure(
      [
        { name: "a bare Hono route", url: new URL("/bare", url), headers: consumer },
        {
          name: "the same, POST with a JSON body",
          url: new URL("/bare", url),
          method: "POST",
          headers: { ...consumer, ...json },
          body: JSON.stringify({ token }),
        },
        { name: "guarded, by RPC", url: new URL("/rpc", url), headers: bearer },
        { name: "guarded, local variant", url: new URL("/local", url), headers: bearer },
        { name: "guarded, strict (one database trip)", url: new URL("/strict", url), headers: bearer },
        { name: "GET /health of the service", url: new URL("/health", url) },
        { name: "POST /api/auth/verify-token", ...verification, body: JSON.stringify({ token }) },
      ],
      options,
    );
  } finally {
    await server.close();
    await endpoint.stop();
    await database.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function register(url: URL): Promise<string> {
  const response = await fetch(new URL("/api/auth/register", url), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      prenom: "Ada",
      nom: "Lovelace",
      email: "ada@example.test",
      password: "Correct cheval pile agrafe",
    }),
  });
  return (await response.json<{ token: string }>()).token;
}

if (import.meta.main) {
  for (const { name, requestsPerSecond, ratio } of await benchVerifier()) {
    console.log(
      `${name.padEnd(40)} ${String(Math.round(requestsPerSecond)).padStart(6)} /s   ${(ratio * 100).toFixed(0).padStart(4)} %`,
    );
  }
}
