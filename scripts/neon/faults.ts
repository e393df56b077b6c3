/** Which fault strikes which request of the local Neon endpoint, and the barrier that race tests wait at. */

import type { Fault, FaultScope, Source } from "./control.ts";

export interface Faults {
  inject(fault: Fault, scope: FaultScope): void;
  /** The fault for this request, if any; counts as one of its times. */
  take(database: string, statements: string[], source?: Source): Fault | Hold | undefined;
  clear(database?: string): void;
}

/** A place at the barrier: settles when the round is full (`true`) or was given up (`false`). */
export interface Hold {
  kind: "held";
  released: Promise<boolean>;
}

interface Entry {
  fault: Fault;
  database: string | undefined;
  source: Source | undefined;
  left: number;
  match: RegExp | undefined;
  /** Those who wait at a hold. */
  waiting: ((full: boolean) => void)[];
}

export function createFaults(): Faults {
  let entries: Entry[] = [];

  function hold(entry: Entry, fault: Fault & { kind: "hold" }): Hold {
    const released = new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => {
        entry.waiting = entry.waiting.filter((other) => other !== release);
        resolve(false);
      }, fault.timeoutMs ?? 25_000);
      const release = (full: boolean) => {
        clearTimeout(timer);
        resolve(full);
      };
      entry.waiting.push(release);
    });
    if (entry.waiting.length >= fault.count) {
      entry.left -= 1;
      for (const release of entry.waiting.splice(0)) release(true);
    }
    return { kind: "held", released };
  }

  return {
    inject(fault, { database, source, times = 1, match }) {
      entries.push({
        fault,
        database,
        source,
        left: times,
        match: match === undefined ? undefined : new RegExp(match, "i"),
        waiting: [],
      });
    },

    take(database, statements, source) {
      const entry = entries.find(
        (candidate) =>
          (candidate.database === undefined || candidate.database === database) &&
          (candidate.source === undefined || candidate.source === source) &&
          (!candidate.match || statements.some((statement) => candidate.match!.test(statement))),
      );
      if (!entry) return undefined;
      const { fault } = entry;
      const taken = fault.kind === "hold" ? hold(entry, fault) : fault;
      if (fault.kind !== "hold") entry.left -= 1;
      if (entry.left <= 0) entries = entries.filter((other) => other !== entry);
      return taken;
    },

    clear(database) {
      for (const entry of entries) {
        if (database === undefined || entry.database === database)
          for (const release of entry.waiting.splice(0)) release(true);
      }
      entries = entries.filter((entry) => database !== undefined && entry.database !== database);
    },
  };
}
