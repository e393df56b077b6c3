/** A real PostgreSQL on this machine, without Docker: persistent for `npm run dev`, deleted after the tests. */

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { findFreePort, isFree } from "../process/ports.ts";
import { findPostgresBinaries } from "./postgres-binaries.ts";
import { brokenFolder, createDataFolder, PortTaken, startServer } from "./postgres-server.ts";
import { dataFolderFor, findPostgresUser, isOutside, openWayTo, programsFor } from "./postgres-user.ts";
import { takeLock } from "../process/file-lock.ts";
import { clearStaleServer, findServer } from "./postmaster.ts";

export interface LocalDatabase {
  /** Connection string of the default database, as a superuser. */
  url: string;
  port: number;
  /** Stops the server, and deletes its data unless persistent. May be called twice. */
  stop(): Promise<void>;
  /** Resolves when the server ends for any reason. */
  exited: Promise<unknown>;
}

export interface LocalDatabaseOptions {
  /**
   * Contains `postgres/` (the data; for root maybe elsewhere) and `database.json` (port, password); created if missing.
   */
  directory: string;
  /** A free one by default; a persistent database keeps its first port while it is free. */
  port?: number;
  /** `false` trades durability for speed and deletes the data at `stop()`. */
  persistent: boolean;
  /** Called with one line for each slow step. */
  log?: (line: string) => void;
}

interface State {
  port: number;
  password: string;
  /** The data folder at the last start. */
  data?: string;
  /** The process that started the server, while it runs. */
  owner?: number;
}

/**
 * Starts the server on 127.0.0.1 and waits until it accepts connections.
 * @throws Error of one line that says what to do: port taken, folder in use, folder broken or of another version,
 * programs missing.
 */
export async function startLocalDatabase(options: LocalDatabaseOptions): Promise<LocalDatabase> {
  const directory = path.resolve(options.directory);
  mkdirSync(directory, { recursive: true });
  // Two simultaneous starts would both find an empty folder.
  const releaseLock = takeLock(path.join(directory, "starting.lock"));
  if (!releaseLock) throw new Error(inUse(path.join(directory, "postgres")));
  try {
    return await start({ ...options, directory });
  } finally {
    releaseLock();
  }
}

async function start({ directory, port, persistent, log = () => {} }: LocalDatabaseOptions): Promise<LocalDatabase> {
  const user = findPostgresUser();
  const binaries = programsFor(user, findPostgresBinaries());
  const data = dataFolderFor(user, directory);
  openWayTo(user, data, directory);

  let state = readState(directory);
  if (existsSync(data) && (await clearStaleServer(data, state?.owner, log)) === "in use") throw new Error(inUse(data));
  // From an earlier clone in this folder.
  if (isOutside(data) && !state) rmSync(data, { recursive: true, force: true });
  if (!existsSync(path.join(data, "PG_VERSION"))) {
    if (existsSync(data) && readdirSync(data).length > 0) {
      throw new Error(brokenFolder(data, "it is not a PostgreSQL data folder"));
    }
    log("Creating the local database …");
    const fresh: State = { port: 0, password: randomBytes(18).toString("base64url") };
    // The state is written first: a data folder without its password would be useless.
    await createDataFolder(binaries, user, data, fresh.password, () => writeState(directory, fresh));
    state = fresh;
  }
  if (!state) throw new Error(brokenFolder(data, "its password, in database.json beside it, is gone"));

  const { port: lastPort, password } = state;
  for (let attempt = 1; ; attempt++) {
    const usual = attempt === 1 && lastPort > 0 && (await isFree(lastPort)) ? lastPort : undefined;
    const chosen = port ?? usual ?? (await findFreePort());
    log("Starting the local database …");
    try {
      const child = await startServer(binaries, user, data, chosen, persistent);
      const running: State = { port: chosen, password, data, owner: process.pid };
      writeState(directory, running);
      let stopped: Promise<void> | undefined;
      const stop = async () => {
        // SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to disconnect.
        await child.stop("SIGINT", 15);
        if (persistent) return;
        for (const folder of [path.dirname(data), directory]) rmSync(folder, { recursive: true, force: true });
      };
      return { url: databaseUrl(running), port: chosen, exited: child.exited, stop: () => (stopped ??= stop()) };
    } catch (error) {
      // Another process took the free port meanwhile.
      if (port !== undefined || attempt === 3 || !(error instanceof PortTaken)) throw error;
    }
  }
}

/** The connection string of a persistent local database that another process is running, if any. */
export function findRunningDatabase(directory: string): string | undefined {
  const state = readState(directory);
  const running = state && findServer(state.data ?? path.join(path.resolve(directory), "postgres"));
  return running ? databaseUrl(state) : undefined;
}

function inUse(data: string): string {
  return `The local database in ${data} is in use by another process (npm run dev, in another terminal?): stop that one first.`;
}

function databaseUrl(state: State): string {
  return `postgresql://postgres:${encodeURIComponent(state.password)}@127.0.0.1:${state.port}/postgres`;
}

function readState(directory: string): State | undefined {
  try {
    return JSON.parse(readFileSync(path.join(directory, "database.json"), "utf8")) as State;
  } catch {
    return undefined;
  }
}

function writeState(directory: string, state: State): void {
  writeFileSync(path.join(directory, "database.json"), `${JSON.stringify(state)}\n`, { mode: 0o600 });
}
