/** A lane: a service of its own on a database of its own, so that schedules run side by side and none waits for another's lock. */
import pg from "pg";
import { startRuntime, type Runtime, type RuntimeOptions } from "../bench/runtime.ts";
import { serviceVariables } from "../bench/service.ts";
import type { Issuer } from "../../test/support/identity-provider.ts";
import type { Bundle } from "../check/bundle.ts";
import type { NeonEndpoint } from "../neon/endpoint.ts";
import { connectionConfig } from "../neon/sql.ts";
import { trusting } from "./federation.ts";
import { furnish } from "./furniture.ts";
import type { Request, World } from "./world.ts";

export interface Lane {
  world: World;
  runtime: Runtime;
  stop(): Promise<void>;
}

export async function openLane(
  endpoint: NeonEndpoint,
  databaseUrl: string,
  {
    bundle,
    provider,
    more = {},
    ...options
  }: RuntimeOptions & { bundle: Bundle; provider: Issuer; more?: Record<string, string> },
): Promise<Lane> {
  const variables = { ...serviceVariables(endpoint.url, databaseUrl), ...trusting(provider), ...more };
  const runtime = await startRuntime([{ bundle, variables }], options);
  const pool = new pg.Pool({ ...connectionConfig(databaseUrl), max: 2, allowExitOnIdle: true });
  // An idle connection that the server ends as it stops.
  pool.on("error", () => {});
  const { pauses } = endpoint;
  const heart = startHeart();
  const send = createSender(runtime.urls[0]!);
  // Long ones that every schedule asks: PostgreSQL needs more time to plan them than to run them.
  const names = new Map<string, string>();
  const query: World["query"] = async (text, values) => {
    const name = names.get(text) ?? `races-${names.size}`;
    names.set(text, name);
    return (await pool.query({ name, text, values })).rows;
  };
  const world = await furnish(variables, {
    databaseUrl,
    provider,
    send,
    query,
    stoodStill: heart.stoodStill,
    pauses: {
      watch: async (requestId, point) => (point ? pauses.pause({ requestId, ...point }) : pauses.watch(requestId)),
      held: (requestId) => pauses.held(requestId),
      go: async (requestId) => pauses.go(requestId),
      blockedAt: (requestId) => endpoint.blockedAt(requestId, databaseUrl),
      forget: async (requestId) => {
        const trips = pauses.tripsOf(requestId);
        pauses.forget(requestId);
        return trips;
      },
    },
  });
  return {
    world,
    runtime,
    async stop() {
      heart.stop();
      await runtime.stop();
      await pool.end();
    },
  };
}

const BEAT_MS = 100;

function startHeart() {
  let beatAt = Date.now();
  let stoodUntil = 0;
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - beatAt > 20 * BEAT_MS) stoodUntil = now;
    beatAt = now;
  }, BEAT_MS);
  return {
    stoodStill: (since: number) => stoodUntil >= since || Date.now() - beatAt > 20 * BEAT_MS,
    stop: () => clearInterval(timer),
  };
}

function createSender(url: URL): World["send"] {
  return async ({ method, path, body, form, cookie, token, requestId }: Request) => {
    const response = await fetch(new URL(path, url), {
      method,
      redirect: "manual",
      headers: {
        ...(body !== undefined && { "Content-Type": "application/json" }),
        ...(cookie !== undefined && { Cookie: cookie }),
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(requestId !== undefined && { "X-Request-Id": requestId }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(form && { body: new URLSearchParams(form) }),
    });
    const text = await response.text();
    const isJson = /[/+]json/.test(response.headers.get("Content-Type") ?? "");
    return { status: response.status, headers: response.headers, body: isJson && text ? JSON.parse(text) : undefined };
  };
}
