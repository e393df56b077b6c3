/** How long cheap requests wait while strangers have passwords hashed: each from a range of its own, so that no limit helps. */
import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { load, type Load, type Route } from "./load.ts";
import { startRuntime } from "./runtime.ts";
import { createClient, credentialsOf, type Stage } from "./service.ts";
import { quantile } from "./statistics.ts";
import { decimal, percent, whole, type Table } from "./table.ts";

const STRANGERS = 64;
const CONNECTIONS = 2;
/** Between two logins of an owner. */
const PAUSE_MS = 400;

export async function floods({ quick, bundles, createDatabase, variables, log }: Stage): Promise<Table> {
  const databaseUrl = await createDatabase("floods");
  const runtime = await startRuntime([
    // The limits of production, the spacing of hashes among them.
    { bundle: bundles.service, variables: { ...variables(databaseUrl), RATE_LIMIT_SCALE: "1" } },
  ]);
  const url = runtime.urls[0]!;
  const seconds = quick ? 1 : 10;
  try {
    const client = createClient(url, databaseUrl);
    const { token } = await client.createMember();
    const owner = await client.createMember();
    const cheap: Route[] = [
      { name: "health", url, next: () => ({ method: "GET", path: "/health", headers: strangersAddress() }) },
      {
        name: "verify-token",
        url,
        next: () => ({
          method: "POST",
          path: "/api/auth/verify-token",
          body: { token },
          headers: strangersAddress(),
        }),
      },
    ];
    const options = { seconds, connections: CONNECTIONS };
    const alone: Load[] = [];
    for (const route of cheap) {
      log(`${route.name}, alone`);
      await load(route, { ...options, seconds: 0.5 });
      alone.push(await load(route, options));
    }
    const flood = startFlood(url);
    const owners = [
      startLogins("on a known device", url, () => credentialsOf(owner)),
      startLogins("on a new device", url, () => ({ ...credentialsOf(owner), deviceToken: undefined })),
    ];
    const rows = [];
    for (const [at, route] of cheap.entries()) {
      log(`${route.name}, beside ${STRANGERS} strangers`);
      await load(route, { ...options, seconds: 1 });
      const before = flood.answers();
      const beside = await load(route, options);
      const after = flood.answers();
      const [hashed, refused] = [after.hashed - before.hashed, after.refused - before.refused];
      const hashing = [decimal(hashed / seconds), decimal(refused / seconds)];
      rows.push(
        [`${route.name}, alone`, ...waits(alone[at]!)],
        [`${route.name}, beside`, ...waits(beside), ...hashing],
      );
    }
    for (const logins of owners) {
      const { name, milliseconds, refused } = await logins.stop();
      const all = milliseconds.length + refused;
      const [half, most] = [0.5, 0.99].map((part) => decimal(quantile(milliseconds, part)));
      rows.push([`login ${name}, beside`, "", half!, most!, "", "", percent(milliseconds.length / all)]);
    }
    await flood.stop();
    return {
      title: "Floods",
      note: `${CONNECTIONS} connections of cheap requests, alone and beside ${STRANGERS} strangers who log in with wrong passwords, each request from another range of addresses and for another account; the limits as in production. Meanwhile an owner logs in with the right password, again and again; milliseconds are of those who get in.`,
      columns: ["route", "/s", "p50 ms", "p99 ms", "hashes/s", "503/s", "get in"],
      rows,
    };
  } finally {
    await runtime.stop();
  }
}

const waits = ({ requestsPerSecond, milliseconds }: Load) => [
  whole(requestsPerSecond),
  decimal(quantile(milliseconds, 0.5)),
  decimal(quantile(milliseconds, 0.99)),
];

function strangersAddress(): Record<string, string> {
  return { "CF-Connecting-IP": `2001:${randomBytes(2).toString("hex")}:${randomBytes(2).toString("hex")}::1` };
}

/** An owner who logs in again and again, until it is stopped. */
function startLogins(name: string, url: URL, credentials: () => object) {
  const stopping = new AbortController();
  const milliseconds: number[] = [];
  let refused = 0;
  const run = async () => {
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      const response = await fetch(new URL("/api/auth/login", url), {
        method: "POST",
        headers: { "Content-Type": "application/json", ...strangersAddress() },
        body: JSON.stringify(credentials()),
      });
      await response.arrayBuffer();
      if (response.ok) milliseconds.push(performance.now() - startedAt);
      else refused++;
      await sleep(PAUSE_MS);
    }
    return { name, milliseconds, refused };
  };
  const done = run();
  done.catch(() => {});
  return {
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}

/** Strangers who keep trying to log in, until it is stopped. */
function startFlood(url: URL): { answers: () => { hashed: number; refused: number }; stop: () => Promise<unknown> } {
  const count = { hashed: 0, refused: 0 };
  const stopping = new AbortController();
  const route: Route = {
    name: "login with a wrong password",
    url,
    next: () => ({
      method: "POST",
      path: "/api/auth/login",
      body: { email: `${randomUUID()}@example.test`, password: randomUUID() },
      headers: strangersAddress(),
    }),
    onStatus: (status) => void (count[status === 401 ? "hashed" : "refused"] += 1),
  };
  const done = load(route, { seconds: Infinity, connections: STRANGERS, signal: stopping.signal });
  // Whoever stops it hears of a failure.
  done.catch(() => {});
  return {
    answers: () => ({ ...count }),
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}
