/** What the service says in its log during a run, kept as far as the run's account needs it. */
import type { Queued } from "./balance.ts";
import { count } from "./outside.ts";

export interface Log {
  queued: Queued[];
  /** Keys of mails that were left out. */
  leftOut: Set<string>;
  /** What struck the service's bindings, by place and kind. */
  faults: Map<string, number>;
  /** Failures by request, in the service's own words. */
  failures: Map<string, string>;
  /** Other events, by name. */
  events: Map<string, number>;
  read(line: string): void;
}

/** Of requests that failed. */
const MAX_KEPT = 50_000;

export function createLog(): Log {
  const log: Omit<Log, "read"> = {
    queued: [],
    leftOut: new Set(),
    faults: new Map(),
    failures: new Map(),
    events: new Map(),
  };
  return {
    ...log,
    read(line) {
      const said = parse(line);
      if (said === undefined) return count(log.events, `not JSON: ${line.slice(0, 200)}`);
      const { event, requestId } = said;
      if (event === "queued") log.queued.push({ ...(said as unknown as Queued), at: Date.now() });
      else if (event === "fault") count(log.faults, `${String(said["place"])}: ${String(said["kind"])}`);
      else if (event === "mail_left_out") log.leftOut.add(String(said["id"]));
      else if (event !== "request") {
        count(log.events, event);
        if (requestId && log.failures.size < MAX_KEPT) log.failures.set(requestId, line);
      }
    },
  };
}

type Said = Record<string, unknown> & { event: string; requestId?: string };

function parse(line: string): Said | undefined {
  try {
    return JSON.parse(line) as Said;
  } catch {
    return undefined;
  }
}
