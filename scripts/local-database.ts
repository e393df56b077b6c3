/** A real PostgreSQL on this machine, without Docker: kept between runs for `npm run dev`, thrown away after the tests. */

import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { startChild, type Child } from "./child-processes.ts";
import { clearStaleServer, findServer } from "./postmaster.ts";
import { findPostgresBinaries, findPostgresUser, type PostgresBinaries } from "./postgres-binaries.ts";

export interface LocalDatabase {
  /** Connection string of the default database, as a superuser. */
  url: string;
  port: number;
  /** Stops the server, and deletes its data unless persistent. May be called twice. */
  stop(): Promise<void>;
  /** Resolves when the server ends for whatever reason. */
  exited: Promise<unknown>;
}

export interface LocalDatabaseOptions {
  /** Holds `postgres/` (the data) and `database.json` (port, password); made if missing. */
  directory: string;
  /** A free one when absent; a persistent database keeps the one it first got, if that is still free. */
  port?: number;
  /** `false` trades durability for speed and deletes the data at `stop()`. */
  persistent: boolean;
  /** Gets one line for each slow step. */
  log?: (line: string) => void;
}

interface State {
  port: number;
  password: string;
  /** The process that started the server, as long as it runs. */
  owner?: number;
}

/**
 * Starts the server on 127.0.0.1 and waits until it takes connections.
 * @throws Error with one line that says what to do: port taken, folder in use, folder broken or of another version, programs missing.
 */
export async function startLocalDatabase(options: LocalDatabaseOptions): Promise<LocalDatabase> {
  const { persistent, log = () => {} } = options;
  const directory = path.resolve(options.directory);
  const data = path.join(directory, "postgres");
  const binaries = findPostgresBinaries();
  const user = findPostgresUser();

  mkdirSync(directory, { recursive: true });
  // PostgreSQL then runs as another user, who has to get through.
  if (user.uid !== undefined) chmodSync(directory, 0o711);

  let state = readState(directory);
  if (existsSync(data) && (await clearStaleServer(data, state?.owner, log)) === "in use") {
    throw new Error(
      `The local database in ${data} is in use by another process (npm run dev, in another terminal?). Stop that one first.`,
    );
  }
  if (!existsSync(path.join(data, "PG_VERSION"))) {
    if (existsSync(data) && readdirSync(data).length > 0)
      throw new Error(brokenFolder(data, "it is not a PostgreSQL data folder"));
    log("Creating the local database …");
    state = { port: 0, password: randomBytes(18).toString("base64url") };
    await createDataFolder(binaries, user, data, state.password);
  }
  if (!state) throw new Error(brokenFolder(data, "its password, in database.json beside it, is gone"));

  if (options.port && !(await isFree(options.port)))
    throw new Error(`Port ${options.port} is taken: the local database can't use it.`);
  for (let attempt = 1; ; attempt++) {
    const port =
      options.port ??
      (attempt === 1 && state.port > 0 && (await isFree(state.port)) ? state.port : await findFreePort());
    log("Starting the local database …");
    try {
      const child = await startServer(binaries, user, data, port, persistent);
      writeState(directory, { port, password: state.password, owner: process.pid });
      let stopped: Promise<void> | undefined;
      return {
        url: databaseUrl({ ...state, port }),
        port,
        exited: child.exited,
        // SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave.
        stop: () =>
          (stopped ??= child
            .stop("SIGINT", 15)
            .then(() => persistent || rmSync(directory, { recursive: true, force: true })) as Promise<void>),
      };
    } catch (error) {
      // Somebody took the free port in between.
      if (options.port || attempt === 3 || !(error instanceof PortTaken)) throw error;
    }
  }
}

/** The connection string of a persistent local database that another process runs right now, if one does. */
export function findRunningDatabase(directory: string): string | undefined {
  const state = readState(directory);
  const running = state && findServer(path.join(path.resolve(directory), "postgres"));
  return running ? databaseUrl(state) : undefined;
}

/** A port on loopback that nobody listens on. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Whether nobody listens on `port` at `host` (default loopback). */
export function isFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

class PortTaken extends Error {}

async function createDataFolder(
  binaries: PostgresBinaries,
  user: { uid?: number; gid?: number },
  data: string,
  password: string,
) {
  // Made aside and renamed, so that an interrupted run leaves nothing that looks like a database.
  const draft = `${data}.new`;
  rmSync(draft, { recursive: true, force: true });
  rmSync(data, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  const passwordFile = `${data}.password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user.uid !== undefined) for (const file of [draft, passwordFile]) chownSync(file, user.uid, user.gid!);
  const args = ["-D", draft, "-U", "postgres", "--pwfile", passwordFile, "--auth=scram-sha-256", "--encoding=UTF8"];
  // The builtin provider orders text alike on every system.
  args.push("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync", "--no-instructions");
  try {
    const { child, output } = await startProgram(binaries.initdb, args, user);
    const { code } = await child.exited;
    if (code !== 0) throw new Error(explain(output(), data));
    // The state is written first: a data folder without its password would be of no use.
    writeState(path.dirname(data), { port: 0, password });
    renameSync(draft, data);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(draft, { recursive: true, force: true });
  }
}

async function startServer(
  binaries: PostgresBinaries,
  user: { uid?: number; gid?: number },
  data: string,
  port: number,
  persistent: boolean,
): Promise<Child> {
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: 200,
    timezone: "UTC",
    lc_messages: "C",
    log_checkpoints: "off",
    wal_level: "minimal",
    max_wal_senders: 0,
    ...(persistent
      ? {}
      : { fsync: "off", synchronous_commit: "off", full_page_writes: "off", shared_buffers: "256MB" }),
  };
  const args = [
    "-D",
    data,
    "-p",
    String(port),
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];
  const { child, output } = await startProgram(binaries.postgres, args, user);
  await new Promise<void>((resolve, reject) => {
    child.process.stderr!.on("data", () => {
      if (output().includes("ready to accept connections")) resolve();
    });
    void child.exited.then(() => {
      const text = output();
      reject(
        /could not bind|Address already in use/.test(text)
          ? new PortTaken(`Port ${port} is taken: the local database can't use it.`)
          : new Error(explain(text, data)),
      );
    });
  });
  return child;
}

async function startProgram(program: string, args: string[], user: { uid?: number; gid?: number }) {
  let text = "";
  const child = await startChild(program, args, {
    ...user,
    stdio: ["ignore", "pipe", "pipe"],
    cwd: "/",
    env: { PATH: process.env["PATH"], LC_ALL: "C" },
  }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EACCES"
      ? new Error(
          `PostgreSQL runs as the user postgres when root starts it, and that user can't reach ${program}: run as an ordinary user, or move the project out of root's home.`,
        )
      : error;
  });
  for (const stream of [child.process.stdout!, child.process.stderr!]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      // Enough for an error at the start; a server that runs for days must not fill the memory.
      if (text.length < 20_000) text += chunk;
    });
  }
  return { child, output: () => text };
}

function explain(output: string, data: string): string {
  if (/shared libraries|Library not loaded/.test(output))
    return `PostgreSQL's libraries are missing (install scripts were not run?): run "npm rebuild".`;
  if (/postmaster\.pid" already exists|shared memory block .* still in use/.test(output))
    return `The local database in ${data} is in use by another process. Stop that one first.`;
  const version = /initialized by PostgreSQL version (\d+)/.exec(output)?.[1];
  if (version) return brokenFolder(data, `it was made by PostgreSQL ${version}`);
  if (/could not access directory|Permission denied/.test(output))
    return `PostgreSQL can't read or write ${data} (permissions): give it to the current user, or delete it.`;
  const lines = output.split("\n").filter((line) => /FATAL|PANIC|error:/.test(line));
  const reason = (lines[0] ?? output.trim().split("\n").at(-1) ?? "").replace(/^.*?(FATAL|PANIC|error): */, "");
  return brokenFolder(data, reason || "PostgreSQL ended without a word");
}

function brokenFolder(data: string, reason: string): string {
  return `The local database in ${data} can't be used: ${reason}. Move that folder away, or delete it, to get a fresh one.`;
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
