/** One PostgreSQL server process: creates its data folder, starts it, and turns its errors into one line. */

import { chownSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { SpawnOptions } from "node:child_process";
import { startChild, type Child } from "../process/child-processes.ts";
import type { PostgresBinaries } from "./postgres-binaries.ts";
import type { PostgresUser } from "./postgres-user.ts";

/** Another process listens there. */
export class PortTaken extends Error {}

/** Creates an empty database cluster; afterwards the folder is either complete or absent. */
export async function createDataFolder(
  binaries: PostgresBinaries,
  user: PostgresUser,
  data: string,
  password: string,
  beforeUse: () => void,
) {
  // Created under another name and renamed, so that an interrupted run leaves nothing that looks like a database.
  const draft = `${data}.new`;
  rmSync(draft, { recursive: true, force: true });
  rmSync(data, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  const passwordFile = `${data}.password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user.uid !== undefined) for (const file of [draft, passwordFile]) chownSync(file, user.uid, user.gid!);
  const args = ["-D", draft, "-U", "postgres", "--pwfile", passwordFile, "--auth=scram-sha-256", "--encoding=UTF8"];
  // The builtin provider sorts text the same way on every system.
  args.push("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync", "--no-instructions");
  try {
    const { child, output } = await startProgram(binaries.initdb, args, user);
    const { code } = await child.exited;
    if (code !== 0) throw new Error(explain(output(), data));
    beforeUse();
    renameSync(draft, data);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * Starts the server and waits until it accepts connections. @throws PortTaken, or Error with the reason in one line.
 */
export async function startServer(
  binaries: PostgresBinaries,
  user: PostgresUser,
  data: string,
  port: number,
  persistent: boolean,
): Promise<Child> {
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    timezone: "UTC",
    lc_messages: "C",
    log_checkpoints: "off",
    wal_level: "minimal",
    max_wal_senders: 0,
    ...(persistent
      ? { max_connections: 200 }
      : {
          // Parallel test files, each with races of up to 50 or 100, and the idle connections of the file before.
          max_connections: 600,
          fsync: "off",
          synchronous_commit: "off",
          full_page_writes: "off",
          // It would visit the databases of finished test files for as long as the run lasts.
          autovacuum: "off",
          shared_buffers: "256MB",
        }),
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

async function startProgram(program: string, args: string[], user: PostgresUser) {
  let text = "";
  const options: SpawnOptions = { stdio: ["ignore", "pipe", "pipe"], cwd: "/", env: { ...process.env, LC_ALL: "C" } };
  const child = await startChild(program, args, { ...options, ...user }).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`PostgreSQL can't be started from ${program} (${error.code}).`, { cause: error });
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

/** One line for an unusable data folder. */
export function brokenFolder(data: string, reason: string): string {
  return `The local database in ${data} can't be used: ${reason}. Move that folder away, or delete it, to get a fresh one.`;
}
