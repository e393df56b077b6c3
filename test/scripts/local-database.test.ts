/** The local database through what goes wrong on a developer's machine. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findRunningDatabase, startLocalDatabase, type LocalDatabase } from "../../scripts/database/local-database.ts";
import { inFolder } from "../../scripts/database/postgres-binaries.ts";
import { findPostgresUser, programsFor } from "../../scripts/database/postgres-user.ts";
import { clearStaleServer } from "../../scripts/database/postmaster.ts";
import { temporaryFolder } from "./local-neon.ts";

/** Complete, to be copied. */
let made: string;
let directory: string;
let started: LocalDatabase[];
let owners: ChildProcess[];

beforeAll(async () => {
  made = temporaryFolder();
  await (await startLocalDatabase({ directory: made, persistent: true })).stop();
  const file = path.join(made, "database.json");
  const { password } = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ port: 0, password }));
});

afterAll(() => rmSync(made, { recursive: true }));

beforeEach(() => {
  directory = temporaryFolder();
  started = [];
  owners = [];
});

afterEach(async () => {
  for (const owner of owners) owner.kill("SIGKILL");
  for (const database of started) await database.stop();
  // A server whose owner was killed still writes for a moment.
  await clearStaleServer(path.join(directory, "postgres"), undefined, () => {});
  rmSync(directory, { recursive: true, force: true });
});

/** A database that was made and stopped before: `initdb` takes most of the time of a test. */
function copyMade(): void {
  mkdirSync(directory, { recursive: true });
  cpSync(path.join(made, "database.json"), path.join(directory, "database.json"));
  execFileSync("cp", ["-a", path.join(made, "postgres"), directory]);
}

async function start(persistent = true): Promise<LocalDatabase> {
  const database = await startLocalDatabase({ directory, persistent });
  started.push(database);
  return database;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Another process that starts the database and keeps it. */
async function startElsewhere(): Promise<ChildProcess> {
  const module = path.resolve(import.meta.dirname, "../../scripts/database/local-database.ts");
  const code = `const { startLocalDatabase } = await import(${JSON.stringify(module)});
    await startLocalDatabase({ directory: ${JSON.stringify(directory)}, persistent: true });
    console.log("started"); setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "ignore"] });
  owners.push(owner);
  await new Promise<void>((resolve, reject) => {
    owner.stdout.once("data", () => resolve());
    owner.once("exit", () => reject(new Error("it ended")));
  });
  return owner;
}

describe("a persistent database", () => {
  test("keeps its data, its port and its password", async () => {
    copyMade();
    const first = await start();
    await query(first.url, "CREATE TABLE kept AS SELECT 1 AS one");
    await first.stop();
    expect(findRunningDatabase(directory)).toBeUndefined();
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await query(second.url, "SELECT * FROM kept")).toEqual([{ one: 1 }]);
    expect(findRunningDatabase(directory)).toBe(second.url);
  });

  test("takes another port when its own is taken by then", async () => {
    copyMade();
    const first = await start();
    await first.stop();
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(first.port, "127.0.0.1", resolve));
    const second = await start();
    expect(second.port).not.toBe(first.port);
    await new Promise((resolve) => squatter.close(resolve));
  });

  test("is refused, in one line, while another process has it", async () => {
    copyMade();
    await startElsewhere();
    await expect(start()).rejects.toThrow(/^The local database in .* is in use by another process[^\n]*$/);
    expect(await query(findRunningDatabase(directory)!, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test("only one of two that start at the same moment gets the folder", async () => {
    const results = await Promise.allSettled([startElsewhere(), startElsewhere()]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });

  test("starts again after its owner was killed", async () => {
    copyMade();
    const owner = await startElsewhere();
    owner.kill("SIGKILL");
    const again = await start();
    expect(await query(again.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test("starts again over the lock file of a dead server, even when its process id is somebody else's now", async () => {
    copyMade();
    const first = await start();
    await first.stop();
    writeFileSync(path.join(directory, "postgres", "postmaster.pid"), `${process.pid}\n`);
    const again = await start();
    expect(await query(again.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });
});

describe("a database for tests", () => {
  test("leaves nothing behind", async () => {
    copyMade();
    const database = await start(false);
    await database.stop();
    await database.stop();
    expect(existsSync(directory)).toBe(false);
  });

  test("listens on loopback only", async () => {
    copyMade();
    const { url } = await start(false);
    expect(await query(url, "SHOW listen_addresses")).toEqual([{ listen_addresses: "127.0.0.1" }]);
    expect(await query(url, "SHOW unix_socket_directories")).toEqual([{ unix_socket_directories: "" }]);
  });

  test("ends with the process that started it, however that ends", async () => {
    copyMade();
    const owner = await startElsewhere();
    const server = Number(readFileSync(path.join(directory, "postgres", "postmaster.pid"), "utf8").split("\n")[0]);
    owner.kill("SIGKILL");
    await expect.poll(() => isAlive(server)).toBe(false);
  });
});

describe.runIf(process.getuid?.() === 0)("root, whose PostgreSQL runs as another user", () => {
  const elsewhere = () => JSON.parse(readFileSync(path.join(directory, "database.json"), "utf8")).data as string;

  beforeEach(() => {
    // As a home is: open to its owner alone.
    chmodSync(directory, 0o700);
    directory = path.join(directory, "app", ".local");
    mkdirSync(directory, { recursive: true });
  });

  afterEach(() => rmSync(path.resolve(directory, "../.."), { recursive: true, force: true }));

  test("keeps a database in a folder that is closed to others, and leaves the folder closed", async () => {
    const first = await start();
    const data = elsewhere();
    expect(data.startsWith(directory)).toBe(false);
    await query(first.url, "CREATE TABLE kept AS SELECT 1 AS one");
    expect(findRunningDatabase(directory)).toBe(first.url);
    await expect(startLocalDatabase({ directory, persistent: true })).rejects.toThrow(/is in use by another process/);
    await first.stop();
    const second = await start();
    expect(await query(second.url, "SELECT * FROM kept")).toEqual([{ one: 1 }]);
    expect(statSync(path.resolve(directory, "../..")).mode & 0o077).toBe(0);
    await second.stop();
    rmSync(path.dirname(data), { recursive: true });
  });

  test("gets a fresh one for a clone that takes the place of another", async () => {
    await (await start()).stop();
    rmSync(directory, { recursive: true });
    await (await start()).stop();
    rmSync(path.dirname(elsewhere()), { recursive: true });
  });

  test("throws one for tests away, wherever it lay", async () => {
    const database = await start(false);
    const data = elsewhere();
    await database.stop();
    expect([existsSync(data), existsSync(path.dirname(data)), existsSync(directory)]).toEqual([false, false, false]);
  });

  test("runs a copy of programs that others can't read, made once, that only root can write to", () => {
    const folder = path.join(directory, "native");
    const version = `0.0.0-${path.basename(path.resolve(directory, "../.."))}`;
    mkdirSync(path.join(folder, "bin"), { recursive: true });
    for (const name of ["postgres", "initdb"])
      writeFileSync(path.join(folder, "bin", name), "#!/bin/sh\necho here\n", { mode: 0o700 });
    const user = findPostgresUser();
    const copies = Array.from({ length: 2 }, () => programsFor(user, inFolder(folder, version)));
    expect(copies[0]).toEqual(copies[1]);
    const { folder: copy, postgres } = copies[0]!;
    expect(execFileSync(postgres, { encoding: "utf8", cwd: "/", ...user })).toBe("here\n");
    for (let above = postgres; above !== "/"; above = path.dirname(above)) {
      expect(statSync(above).uid, above).toBe(0);
      expect(statSync(above).mode & 0o022, above).toBe(0);
    }
    rmSync(copy, { recursive: true });
  });

  test("is told when the folder was closed afterwards", async () => {
    copyMade();
    chmodSync(path.resolve(directory, "../.."), 0o711);
    await (await start()).stop();
    expect(existsSync(path.join(directory, "postgres"))).toBe(true);
    chmodSync(path.resolve(directory, "../.."), 0o700);
    await expect(start()).rejects.toThrow(
      /^PostgreSQL refuses to run as root, and the user postgres can't enter [^\n]*$/,
    );
  });
});

describe("a folder that can't be used is one clear line", () => {
  test.each<[string, (data: string) => void, RegExp]>([
    ["something else", (data) => rmSync(path.join(data, "PG_VERSION")), /is not a PostgreSQL data folder/],
    ["of another version", (data) => writeFileSync(path.join(data, "PG_VERSION"), "16\n"), /made by PostgreSQL 16/],
    ["damaged", (data) => rmSync(path.join(data, "global", "pg_control")), /can't be used: .*pg_control/],
    ["without its password", (data) => rmSync(path.join(data, "..", "database.json")), /its password/],
  ])("%s", async (_name, damage, message) => {
    copyMade();
    await (await start()).stop();
    damage(path.join(directory, "postgres"));
    const error: Error = await start().then(
      () => expect.fail("it started"),
      (failure: Error) => failure,
    );
    expect(error.message).toMatch(message);
    expect(error.message).toContain("delete it");
    expect(error.message).not.toContain("\n");
  });

  test("a start that was interrupted half-way is no obstacle", async () => {
    mkdirSync(path.join(directory, "postgres.new"));
    writeFileSync(path.join(directory, "postgres.new", "PG_VERSION"), "18\n");
    await start();
  });

  test("a port that is taken", async () => {
    copyMade();
    const squatter = createServer();
    const port = await new Promise<number>((resolve) =>
      squatter.listen(0, "127.0.0.1", () => resolve((squatter.address() as { port: number }).port)),
    );
    await expect(startLocalDatabase({ directory, persistent: true, port })).rejects.toThrow(`Port ${port} is taken`);
    await new Promise((resolve) => squatter.close(resolve));
  });
});

function isAlive(pid: number): boolean {
  try {
    return !execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).startsWith("Z");
  } catch {
    return false;
  }
}
