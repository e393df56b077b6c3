/** `npm run dev` for real, in a copy of the project: it starts, it serves, and whatever ends it leaves no process behind. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { findFreePort } from "../../scripts/process/ports.ts";
import { sampleOf } from "../support/sample.ts";
import { copyProject, linkPackages } from "./project-copy.ts";
import { spawnDev, waitFor, type RunningDev } from "./running-dev.ts";

let folder: string;
let current: RunningDev | undefined;

beforeAll(() => {
  folder = copyProject();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(async () => {
  current?.process.kill("SIGTERM");
  await current?.ended;
});

async function startDev(environment?: Record<string, string>, port?: number, more?: string[]): Promise<RunningDev> {
  current = spawnDev(folder, port ?? (await findFreePort()), environment, more);
  return current;
}

/** Every process under `root`, by the table of processes; guards included, as they are its children too. */
function descendants(root: number): number[] {
  const rows = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
  const pairs = rows.map((row) => row.trim().split(/\s+/).map(Number) as [number, number]);
  const found = [root];
  for (const parent of found) found.push(...pairs.filter(([, ppid]) => ppid === parent).map(([pid]) => pid));
  return found.slice(1);
}

function alive(pids: number[]): string[] {
  const rows = execFileSync("ps", ["-eo", "pid=,stat=,args="], { encoding: "utf8" }).trim().split("\n");
  return rows.filter((row) => {
    const [pid, state] = row.trim().split(/\s+/);
    return pids.includes(Number(pid)) && !state!.startsWith("Z");
  });
}

async function expectNoneLeft(pids: number[]): Promise<void> {
  expect(pids.length).toBeGreaterThan(0);
  await expect.poll(() => alive(pids)).toEqual([]);
}

/** A program of its own is killed: it says so, and leaves none of the others. */
async function expectEnd(run: RunningDev, program: string, message: string): Promise<void> {
  const pids = descendants(run.process.pid!);
  const victim = alive(pids).find((row) => row.includes(program) && !row.includes("read _"))!;
  process.kill(Number(victim.trim().split(/\s+/)[0]), "SIGKILL");
  expect(await run.ended).toBe(1);
  expect(run.output()).toContain(message);
  await expectNoneLeft(pids);
}

/** What it says when it can't work. */
async function failureOf(run: RunningDev): Promise<string> {
  expect(await run.ended).toBe(1);
  return run.output().trim();
}

describe("the first start", () => {
  test("makes everything, serves, prints the administrator's password, ends whole on SIGTERM, has its folder alone, and leaves no process when PostgreSQL ends by itself", async () => {
    const run = await startDev();
    await waitFor(run, "Ctrl-C");
    expect((await fetch(`http://127.0.0.1:${run.port}/health`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${run.port}/health/ready`)).status).toBe(200);

    const password = /admin@localhost\.test +password (\S+)/.exec(run.output())![1]!;
    const login = await fetch(`http://127.0.0.1:${run.port}/api/auth/login`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ email: "admin@localhost.test", password }),
    });
    expect(login.status).toBe(200);
    expect(statSync(path.join(folder, ".dev.vars")).mode & 0o777).toBe(0o600);
    const secrets = readFileSync(path.join(folder, ".dev.vars"), "utf8");
    expect(run.output()).not.toContain(/AUTH_SECRET='(.*)'/.exec(secrets)![1]);

    const arguments_ = execFileSync("ps", ["-eo", "args="], { encoding: "utf8" });
    const databasePassword = JSON.parse(readFileSync(path.join(folder, ".local/database.json"), "utf8")).password;
    expect(arguments_).not.toContain(databasePassword);

    const pids = descendants(run.process.pid!);
    run.process.kill("SIGTERM");
    expect(await run.ended).toBe(0);
    await expectNoneLeft(pids);

    const again = await startDev();
    await waitFor(again, "Ctrl-C");
    // As long as nobody has changed it.
    expect(again.output()).toContain("password " + password);
    expect(again.output()).not.toContain("Generated secrets");
    expect(readFileSync(path.join(folder, ".dev.vars"), "utf8")).toBe(secrets);

    writeFileSync(path.join(folder, ".dev.vars"), `${secrets}PRODUCT_NAME=Other\n`);
    await waitFor(again, "`.dev.vars` has changed: restart");
    writeFileSync(path.join(folder, ".dev.vars"), secrets);

    // One more in the same folder, while that one runs.
    expect(await failureOf(await startDev())).toMatch(
      /^dev: The local database in .* is in use by another process[^\n]*$/,
    );
    current = again;
    await expectEnd(again, "postgres -D", "PostgreSQL ended by itself");
  });
});

test.runIf(inject("whole"))(
  "a Worker beside it may answer what it likes, finds this service, not another clone's, and is not left after SIGKILL",
  async () => {
    mkdirSync(path.join(folder, "neighbour"));
    writeFileSync(
      path.join(folder, "neighbour", "wrangler.toml"),
      `name = "neighbour"\nmain = "index.js"\ncompatibility_date = "2026-10-15"\n[[services]]\nbinding = "AUTH"\nservice = "auth-api"\n`,
    );
    writeFileSync(
      path.join(folder, "neighbour", "index.js"),
      `export default { async fetch(request, env) {
      const answer = await env.AUTH.fetch("http://auth-api/.well-known/oauth-authorization-server");
      return new Response(await answer.text(), { status: 404 });
    } };`,
    );
    const global = path.join(folder, "config");
    const run = await startDev({ XDG_CONFIG_HOME: global }, undefined, ["--with", "neighbour/wrangler.toml"]);
    await waitFor(run, "Ctrl-C");
    const answer = await fetch(`http://127.0.0.1:${run.port + 1}/`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ issuer: `http://localhost:${run.port}` });
    expect(readdirSync(path.join(folder, ".local/registry"))).toContain("auth-api");
    expect(existsSync(path.join(global, ".wrangler/registry/auth-api"))).toBe(false);
    const pids = descendants(run.process.pid!);
    run.process.kill("SIGKILL");
    await run.ended;
    await expectNoneLeft(pids);
  },
);

describe.runIf(inject("whole"))("whatever ends it, no process is left", () => {
  test.each(sampleOf([100, 600, 1_200, 2_000], () => ["while it starts"]))(
    "SIGTERM %i ms after the start",
    async (milliseconds) => {
      const run = await startDev();
      await sleep(milliseconds);
      const pids = [run.process.pid!, ...descendants(run.process.pid!)];
      run.process.kill("SIGTERM");
      await run.ended;
      await expectNoneLeft(pids);
    },
  );

  test("the end of the Worker by itself", async () => {
    const run = await startDev();
    await waitFor(run, "Ctrl-C");
    await expectEnd(run, "wrangler-dist/cli.js", "the Worker's process ended");
  });
});

describe("what can't work is one clear line and exit code 1", () => {
  test("a taken port, before anything is started", async () => {
    const squatter = createServer();
    const port = await findFreePort();
    await new Promise<void>((resolve) => squatter.listen(port, "127.0.0.1", resolve));
    const run = await startDev({}, port);
    expect(await failureOf(run)).toBe(
      `dev: Port ${run.port} is taken: stop the program that uses it, or choose another port with --port.`,
    );
    await new Promise((resolve) => squatter.close(resolve));
  });

  test("a DATABASE_URL that is none, and one that nobody answers", async () => {
    expect(await failureOf(await startDev({ DATABASE_URL: "mysql://x" }))).toMatch(
      /^dev: DATABASE_URL is not an address[^\n]*$/,
    );
    expect(await failureOf(await startDev({ DATABASE_URL: "postgresql://a:b@127.0.0.1:1/c" }))).toMatch(
      /^dev: The database at 127\.0\.0\.1:1\/c can't be reached \(ECONNREFUSED\)[^\n]*$/,
    );
  });

  test("a data folder that is broken", async () => {
    writeFileSync(path.join(folder, ".local/postgres/PG_VERSION"), "16\n");
    expect((await failureOf(await startDev())).split("\n").at(-1)).toMatch(
      /^dev: .*made by PostgreSQL 16\. Move that folder away[^\n]*$/,
    );
    writeFileSync(path.join(folder, ".local/postgres/PG_VERSION"), "18\n");
  });

  test("no node_modules", async () => {
    rmSync(path.join(folder, "node_modules"));
    expect(await failureOf(await startDev())).toBe("The dependencies are not installed: run `npm ci` first.");
    linkPackages(folder);
  });
});
