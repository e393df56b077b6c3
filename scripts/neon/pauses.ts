/**
 * Pause points: a chosen trip of a request is held before one of its statements, before its commit, or between commit and
 * answer, until it is told to go on.
 */

import { lookForLock } from "./account-lock.ts";
import type { PausePoint, Trip } from "./control.ts";

/** One trip of a request that is watched, while it runs: even a single statement runs between `BEGIN` and `COMMIT`. */
export interface Visit {
  /** The process of PostgreSQL that serves it. */
  started(processId: number | undefined): void;
  /** Settles once it may go on; `statement` is one past the last before the commit, two past it before the answer. */
  before(statement: number): Promise<void> | undefined;
  /** What the next statement answered. */
  ran(query: string, rows: unknown[]): void;
  /** Whether it wrote nothing and locked nothing, and which tables it touched. */
  touched(what: { onlyReads: boolean; touched: string[]; written: string[] }): void;
  ended(sqlState?: string): void;
}

export interface Pauses {
  /** Notes the request's trips from now on, without holding any. */
  watch(requestId: string): void;
  /** Arms the pause, and watches the request. */
  pause(point: PausePoint): void;
  /** Settles once the request is held (true), or was told to go on before that (false). */
  held(requestId: string): Promise<boolean>;
  /** Lets the request go on, now or when it comes to its pause. */
  go(requestId: string): void;
  /** Its trips that run now: where they are, and which process of PostgreSQL serves them. */
  running(requestId: string): { trip: number; statement: number; processId: number }[];
  /** The processes of PostgreSQL that serve any of the watched requests now. */
  processes(): number[];
  /** Its trips until now. */
  tripsOf(requestId: string): Trip[];
  /** Lets it go, and notes nothing more. */
  forget(requestId: string): void;
  clear(): void;
  /** Called for each trip; undefined for requests that nobody watches. */
  visit(requestId: string | undefined, statements: number): Visit | undefined;
}

interface Watched {
  point: PausePoint | undefined;
  trips: Trip[];
  running: Map<number, { statement: number; processId: number }>;
  held: PromiseWithResolvers<boolean>;
  released: PromiseWithResolvers<void>;
}

export function createPauses(): Pauses {
  const watched = new Map<string, Watched>();

  function watch(requestId: string, point?: PausePoint): void {
    const [held, released] = [Promise.withResolvers<boolean>(), Promise.withResolvers<void>()];
    watched.set(requestId, { point, trips: [], running: new Map(), held, released });
  }

  function go(requestId: string): void {
    const request = watched.get(requestId);
    if (!request) return;
    request.point = undefined;
    request.held.resolve(false);
    request.released.resolve();
  }

  function forget(requestId: string): void {
    go(requestId);
    watched.delete(requestId);
  }

  return {
    watch: (requestId) => watch(requestId),
    pause: (point) => watch(point.requestId, point),
    held: async (requestId) => (await watched.get(requestId)?.held.promise) ?? false,
    go,
    running: (requestId) => [...(watched.get(requestId)?.running ?? [])].map(([trip, where]) => ({ trip, ...where })),
    processes: () =>
      [...watched.values()].flatMap(({ running }) => [...running.values()].map(({ processId }) => processId)),
    tripsOf: (requestId) => watched.get(requestId)?.trips ?? [],
    forget,
    clear: () => [...watched.keys()].forEach(forget),

    visit(requestId, statements) {
      const request = requestId === undefined ? undefined : watched.get(requestId);
      if (!request) return undefined;
      const trip: Trip = { statements };
      const at = request.trips.push(trip) - 1;
      const lookAt = lookForLock();
      const places: Record<string, number> = { commit: statements, answer: statements + 1 };
      const placeOf = (statement: PausePoint["statement"]) => places[statement] ?? statement;
      return {
        started(processId) {
          if (processId !== undefined) request.running.set(at, { statement: 0, processId });
        },
        before(statement) {
          const running = request.running.get(at);
          if (running) running.statement = statement;
          const { point } = request;
          if (point?.trip !== at || statement !== placeOf(point.statement)) return undefined;
          request.held.resolve(true);
          return request.released.promise;
        },
        ran(query, rows) {
          const lock = lookAt(query, rows);
          if (lock) trip.firstLock = lock;
        },
        touched({ onlyReads, touched, written }) {
          if (onlyReads) trip.onlyReads = true;
          Object.assign(trip, { touched, written });
        },
        ended(sqlState) {
          if (sqlState !== undefined) trip.sqlState = sqlState;
          request.running.delete(at);
        },
      };
    },
  };
}
