/** The local Neon endpoint as its remote control and its callers see it. */
import type { Fault, FaultScope, Source } from "./control.ts";
import type { Pauses } from "./pauses.ts";
import type { AnsweredColumn } from "./rows.ts";

export interface NeonEndpoint {
  /** For `neonConfig.fetchEndpoint`: `http://127.0.0.1:PORT/sql`. */
  url: string;
  port: number;
  /** HTTP requests since the last reset: of one database (name or connection string), or all. */
  trips(database?: string, source?: Source): number;
  /** Milliseconds that PostgreSQL took for those that serve a request, injected delays not counted. */
  requestMs(database?: string): number;
  resetTrips(database?: string): void;
  /** SQL texts since the last reset, in order, never their parameters. Empty unless `control` is on. */
  statements(database?: string): string[];
  /** The batches of a database since it was made, each once, as the texts of their statements. Empty unless `control` is on. */
  batches(database: string): string[][];
  /** What the marked statements of a database answered, by mark (see rows.ts). Empty unless `control` is on. */
  rows(database: string): Record<string, AnsweredColumn[]>;
  marksSeen(): Set<string>;
  /** Breaks the next request, or the next `times`, that match. */
  injectFault(fault: Fault, scope?: FaultScope): void;
  clearFaults(database?: string): void;
  /** Holds chosen trips of chosen requests. */
  pauses: Pauses;
  /** Where a watched request waits now for a lock of another, if it does; not for what runs beside them. */
  blockedAt(requestId: string, databaseUrl: string): Promise<{ trip: number; statement: number } | undefined>;
  /** Finishes what runs, then closes server and connections. */
  stop(): Promise<void>;
}
