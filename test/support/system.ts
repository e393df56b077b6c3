/** The real service in Node: wrangler's runtime on a local address, a PostgreSQL of its own, mail by the EMAIL binding's simulator. */
import { existsSync, mkdirSync, watch } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestHarness, type TestHarness } from "wrangler";
import { startLocalDatabase } from "../../scripts/local-database.ts";
import { createControl } from "../../scripts/neon-endpoint-control.ts";
import { startNeonEndpoint } from "../../scripts/neon-endpoint.ts";
import { migrate } from "../../scripts/migrations.ts";
import { testBindings } from "./bindings.ts";

/** Where the simulator puts each mail's text. */
const MAIL_DIRECTORY = ".wrangler/tmp/email";

export interface RunningService {
  server: TestHarness;
  /** Its origin; also its ISSUER, so that it is in every link that it mails. */
  origin: string;
  query: <Row = Record<string, unknown>>(sql: string, params?: unknown[]) => Promise<Row[]>;
  post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<{ status: number; body: any }>;
  /** Waits for a mail of this service whose text has `part` in it, and takes it out. */
  nextMail: (part: string) => Promise<string>;
  stop: () => Promise<void>;
}

export async function startService(vars: Record<string, string> = {}): Promise<RunningService> {
  const directory = await mkdtemp(join(tmpdir(), "auth-api-system-"));
  const database = await startLocalDatabase({ directory, persistent: false });
  const endpoint = await startNeonEndpoint({ control: true, defaultDatabaseUrl: database.url });
  const control = createControl(endpoint.url);
  const databaseUrl = await control.createDatabase();
  await migrate(databaseUrl);
  const { JWT_KEYS = "", AUTH_SECRET = "", ...bindings } = testBindings(endpoint.url, "http://127.0.0.1:9");
  const options = (issuer: string) => ({
    workers: [
      {
        configPath: "./wrangler.toml",
        vars: { ...bindings, MAIL_PROVIDER: "cloudflare", ISSUER: issuer, ...vars },
        secrets: { JWT_KEYS, AUTH_SECRET, DATABASE_URL: databaseUrl },
      },
    ],
  });
  // The port is known only once it listens; the links need it.
  const server = createTestHarness(options("http://localhost:3001"));
  const { origin } = (await server.listen()).url;
  await server.update(options(origin));
  const taken = new Set<string>();

  return {
    server,
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
    nextMail: (part) => nextMail((text) => text.includes(part), taken),
    async stop() {
      await server.close();
      await endpoint.stop();
      await database.stop();
      await rm(directory, { recursive: true, force: true });
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
