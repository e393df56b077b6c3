/** The real service in Node: wrangler's runtime on a local address, with its own PostgreSQL. For tests from outside. */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, watch } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createTestHarness } from "wrangler";
import { createControl } from "../../scripts/neon/control.ts";
import { testBindings } from "./bindings.ts";
import { createMailbox, type Mailbox } from "./mailbox-control.ts";
import { startStage } from "./stage.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** The Worker as the run has built it; outside of a run each service builds its own. */
export const BUILT = process.env["TEST_WORKER"];
const EMPTY = { name: "auth-api", main: "test/support/empty-worker.js", compatibility_date: "2026-10-15" };
/** Where the simulator of the EMAIL binding writes each mail's text. */
const MAIL_DIRECTORY = join(ROOT, ".wrangler/tmp/email");

export interface RunningService {
  /** Also its ISSUER, so it is in every mailed link. */
  origin: string;
  query: <Row = Record<string, unknown>>(sql: string, params?: unknown[]) => Promise<Row[]>;
  post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<{ status: number; body: any }>;
  /** Its mails, of nobody else. */
  mailbox: Mailbox;
  /**
   * Waits for a mail that contains `part`, and removes it; with `MAIL_PROVIDER: "cloudflare"`. All services of a checkout
   * write to one folder, so `part` must be of this one: its address.
   */
  nextMail: (part: string) => Promise<string>;
  /** Evicts a user's hub from memory: its sockets hibernate. */
  evictHub: (userId: number) => Promise<void>;
  /** One of the Workers besides. */
  worker: (name: string) => { fetch: (url: string, init?: RequestInit) => Promise<Response> };
  /** Replaces the running Worker, like a deployment: every socket is dropped. `more` overrides its vars until the next. */
  restart: (more?: Record<string, string>) => Promise<void>;
  stop: () => Promise<void>;
}

/**
 * @param vars override wrangler.toml and the bindings of the tests.
 * @param besides the `wrangler.toml` of other Workers, bound to this one.
 */
export async function startService(vars: Record<string, string> = {}, besides: string[] = []): Promise<RunningService> {
  const { endpoint, outside, stop } = await startStage();
  const control = createControl(endpoint.url);
  const databaseUrl = await control.createDatabase("template_migrated");
  const mailbox = createMailbox(outside.url, randomUUID());
  const { JWT_KEYS = "", AUTH_SECRET = "", ...bindings } = testBindings(endpoint.url, outside.url);
  const secrets = { JWT_KEYS, AUTH_SECRET, DATABASE_URL: databaseUrl };
  /** Another name makes another configuration; without a change nothing is replaced. */
  const options = (issuer: string, generation: number, more = {}) => ({
    root: ROOT,
    workers: [
      {
        configPath: "./wrangler.toml",
        ...(BUILT && { prebuiltWorkerDir: BUILT }),
        vars: {
          ...bindings,
          RESEND_API_KEY: mailbox.key,
          ISSUER: issuer,
          PRODUCT_NAME: `Auth API ${generation}`,
          ...vars,
          ...more,
        },
        secrets,
      },
      ...besides.map((configPath) => ({ configPath })),
    ],
  });
  let generation = 0;
  // The port is only known once it listens, but the links need it: an empty Worker listens first, where no other needs ours.
  const empty = { root: ROOT, workers: [{ config: EMPTY }] };
  const server = createTestHarness(besides.length > 0 ? options("http://localhost:3001", generation) : empty);
  const { origin } = (await server.listen()).url;
  const restart = (more?: Record<string, string>) => server.update(options(origin, ++generation, more));
  await restart();
  // Remove mails of earlier runs: one of them may have had our port.
  const taken = new Set(existsSync(MAIL_DIRECTORY) ? await readdir(MAIL_DIRECTORY, { recursive: true }) : []);

  return {
    origin,
    query: (sql, params) => control.query(databaseUrl, sql, params),
    async post(path, body, headers = {}) {
      const response = await fetch(new URL(path, origin), {
        method: "POST",
        headers: { "Content-Type": "application/json", ...headers },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: await response.json() };
    },
    mailbox,
    nextMail: (part) => nextMail((text) => text.includes(part), taken),
    evictHub: (userId) => server.getWorker().evictDurableObject("NotificationHub", { name: `user:${userId}` }),
    worker: (name) => server.getWorker(name) as never,
    restart,
    async stop() {
      await server.close();
      await stop();
    },
  };
}

async function nextMail(matches: (text: string) => boolean, taken: Set<string>): Promise<string> {
  if (!existsSync(MAIL_DIRECTORY)) mkdirSync(MAIL_DIRECTORY, { recursive: true });
  const abort = AbortSignal.timeout(20_000);
  const watcher = watch(MAIL_DIRECTORY, { recursive: true });
  try {
    while (!abort.aborted) {
      const changed = new Promise<void>((resolve) => {
        watcher.once("change", () => resolve());
        abort.addEventListener("abort", () => resolve(), { once: true });
      });
      for (const entry of await readdir(MAIL_DIRECTORY, { recursive: true })) {
        if (taken.has(entry) || !entry.endsWith(".txt")) continue;
        const text = await readFile(join(MAIL_DIRECTORY, entry), "utf8");
        if (!matches(text)) continue;
        taken.add(entry);
        return text;
      }
      await changed;
    }
    throw new Error("No such mail was written");
  } finally {
    watcher.close();
  }
}
