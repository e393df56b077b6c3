/** Breaks a share of all trips to the database, at its endpoint. */
import type { Fault } from "../neon/control.ts";
import type { NeonEndpoint } from "../neon/endpoint.ts";
import { count } from "./outside.ts";
import type { Random } from "./random.ts";

/** The service waits for five seconds. */
const TOO_LONG_MS = 6_000;

const KINDS: Record<string, Fault> = {
  late: { kind: "delay", ms: 700 },
  "never in time": { kind: "delay", ms: TOO_LONG_MS },
  "done, answered too late": { kind: "delay-after", ms: TOO_LONG_MS },
  refused: { kind: "status", status: 503 },
  "connection lost": { kind: "cut" },
  "done, connection lost": { kind: "cut-after" },
  "another's answer": { kind: "garbage" },
  "half an answer": { kind: "truncate" },
};

export interface DatabaseFaults {
  counts: Map<string, number>;
  /** Injects as many as the trips since the last call are due. */
  keepUp(): void;
}

export function createDatabaseFaults(endpoint: NeonEndpoint, random: Random, share: number): DatabaseFaults {
  const counts = new Map<string, number>();
  let injected = 0;
  const before = endpoint.trips();
  return {
    counts,
    keepUp() {
      for (; (endpoint.trips() - before) * share > injected; injected++) {
        const kind = random.pick(Object.keys(KINDS));
        count(counts, `database: ${kind}`);
        endpoint.injectFault(KINDS[kind]!);
      }
    },
  };
}
