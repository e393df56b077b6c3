/** The real service in Node: wrangler's runtime on a local address, with its own PostgreSQL. For tests from outside. */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, watch } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createTestHarness } from "wrangler";
import { createControl } from "../../scripts/neon/control.ts";
import { testBindings } from "./bindings.ts";
import { startStage } from "./global-setup.ts";
import { createMailbox, type Mailbox } from "./mailbox-control.ts";

const ROOT = resolve(import.meta.dirname, "../..");
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
  /** Replaces the running Worker, like a deployment: every socket is dropped. */
  restart: () => Promise<void>;
  stop: () => Promise<void>;
}

/**
 * @param vars override wrangler.toml and the bindings of the tests.
 * @param besides the `wrangler.toml` of other Workers, bound to this one.
 */
export async function startService(vars: Record<string, string> = {}, besides: string[] = []): Promise<RunningService> {
  const provided: Record<string, unknown> = {};
  const stage = await startStage((key, value) => (provided[key] = value));
  const { endpointUrl, mailboxUrl } = provided as Record<"endpointUrl" | "mailboxUrl", string>;
  const control = createControl(endpointUrl);
  const databaseUrl = await control.createDatabase("template_migrated");
  const mailbox = createMailbox(mailboxUrl, randomUUID());
  const { JWT_KEYS = "", AUTH_SECRET = "", ...bindings } = testBindings(endpointUrl, mailboxUrl);
  const secrets = { JWT_KEYS, AUTH_SECRET, DATABASE_URL: databaseUrl };
  /** Another name makes another configuration; without a change nothing is replaced. */
  const options = (issuer: string, generation: number) => ({
    root: ROOT,
    workers: [
      {
        configPath: "./wrangler.toml",
        vars: {
          ...bindings,
          RESEND_API_KEY: mailbox.key,
          ISSUER: issuer,
          ...vars,
          PRODUCT_NAME: `Auth API ${generation}`,
        },
        secrets,
      },
      ...besides.map((configPath) => ({ configPath })),
    ],
  });
  let generation = 0;
  // The port is only known once it listens, but the links need it.
  const server = createTestHarness(options("http://localhost:3001", generation));
  const { origin } = (await server.listen()).url;
  const restart = () => server.update(options(origin, ++generation));
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
      await stage.stop();
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
