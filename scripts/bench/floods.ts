/** How long cheap requests wait while strangers have passwords hashed: each from a range of its own, so that no limit helps. */
import { connect } from "node:net";
import { randomBytes, randomUUID } from "node:crypto";
import { load, type Load, type Route } from "./load.ts";
import { startRuntime } from "./runtime.ts";
import { createClient, type Stage } from "./service.ts";
import { quantile } from "./statistics.ts";
import { decimal, percent, whole, type Table } from "./table.ts";

const STRANGERS = 64;
const CONNECTIONS = 2;

export async function floods({ quick, bundles, createDatabase, variables, log }: Stage): Promise<Table> {
  const databaseUrl = await createDatabase("floods");
  const runtime = await startRuntime([
    // The limits of production, the spacing of hashes among them.
    { bundle: bundles.service, variables: { ...variables(databaseUrl), RATE_LIMIT_SCALE: "1" } },
  ]);
  const url = runtime.urls[0]!;
  const seconds = quick ? 1 : 10;
  try {
    const { token } = await createClient(url, databaseUrl).createMember();
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
    const rows = [];
    for (const [at, route] of cheap.entries()) {
      log(`${route.name}, beside ${STRANGERS} strangers`);
      await load(route, { ...options, seconds: 1 });
      const before = flood.answers();
      const beside = await load(route, options);
      const after = flood.answers();
      const [hashed, refused] = [after.hashed - before.hashed, after.refused - before.refused];
      const hashing = [decimal(hashed / seconds), percent(refused / (hashed + refused))];
      rows.push(
        [`${route.name}, alone`, ...waits(alone[at]!)],
        [`${route.name}, beside`, ...waits(beside), ...hashing],
      );
    }
    flood.stop();
    return {
      title: "Floods",
      note: `${CONNECTIONS} connections of cheap requests, alone and beside ${STRANGERS} strangers who log in with wrong passwords, each request from another range of addresses and for another account; the limits as in production.`,
      columns: ["route", "/s", "p50 ms", "p99 ms", "hashes/s", "503"],
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

/** Keeps trying to log in until it is stopped. */
function startFlood(url: URL): { answers: () => { hashed: number; refused: number }; stop: () => void } {
  const count = { hashed: 0, refused: 0 };
  const sockets = Array.from({ length: STRANGERS }, () => {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    const send = () => {
      const body = JSON.stringify({ email: `${randomUUID()}@example.test`, password: randomUUID() });
      const headers = Object.entries({
        Host: url.host,
        "Content-Type": "application/json",
        "Content-Length": String(body.length),
        ...strangersAddress(),
      }).map(([name, value]) => `${name}: ${value}`);
      socket.write(["POST /api/auth/login HTTP/1.1", ...headers, "", body].join("\r\n"));
    };
    socket.on("connect", send);
    socket.on("error", () => {});
    socket.setEncoding("latin1");
    let received = "";
    socket.on("data", (chunk: string) => {
      received += chunk;
      const end = received.indexOf("\r\n\r\n");
      const length = /^content-length: (\d+)/im.exec(received)?.[1];
      if (end < 0 || length === undefined || received.length < end + 4 + Number(length)) return;
      if (received.startsWith("HTTP/1.1 401")) count.hashed += 1;
      else count.refused += 1;
      received = "";
      send();
    });
    return socket;
  });
  return { answers: () => ({ ...count }), stop: () => sockets.forEach((socket) => socket.destroy()) };
}
