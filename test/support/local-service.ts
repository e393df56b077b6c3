/** The real service in a runtime of its own, on a database of its own: for tests that come from outside. */
import { resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { createTestHarness } from "wrangler";
import { createControl } from "../../scripts/neon-endpoint-control.ts";
import { testBindings } from "./bindings.ts";
import startDatabase from "./global-setup.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const SECRETS = new Set(["DATABASE_URL", "AUTH_SECRET", "JWT_KEYS"]);

export interface LocalService {
  url: string;
  /** Evicts a user's hub from memory: its sockets hibernate. */
  evictHub(userId: number): Promise<void>;
  query: <Row = Record<string, unknown>>(sql: string) => Promise<Row[]>;
  /** Replaces the running Worker, as a deployment does: every socket is dropped. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** @param vars override wrangler.toml and the bindings of the tests. */
export async function startLocalService(vars: Record<string, string> = {}): Promise<LocalService> {
  const provided = { endpointUrl: "", mailboxUrl: "" };
  const stopDatabase = await startDatabase({
    provide: (key: keyof typeof provided, value: string) => (provided[key] = value),
  } as unknown as TestProject);
  const { endpointUrl, mailboxUrl } = provided;
  const control = createControl(endpointUrl);
  const databaseUrl = await control.createDatabase("template_migrated");
  const bindings = Object.entries({ ...testBindings(endpointUrl, mailboxUrl), ...vars, DATABASE_URL: databaseUrl });
  const pick = (secret: boolean) => Object.fromEntries(bindings.filter(([name]) => SECRETS.has(name) === secret));
  const options = (generation: number) => ({
    root: ROOT,
    workers: [
      {
        configPath: "./wrangler.toml",
        vars: { ...pick(false), PRODUCT_NAME: `Auth API ${generation}` },
        secrets: pick(true),
      },
    ],
  });
  let generation = 0;
  const server = createTestHarness(options(generation));
  const { url } = await server.listen();
  return {
    url: url.origin,
    evictHub: (userId) => server.getWorker().evictDurableObject("NotificationHub", { name: `user:${userId}` }),
    query: (sql) => control.query(databaseUrl, sql),
    restart: () => server.update(options((generation += 1))),
    async stop() {
      await server.close();
      await stopDatabase();
    },
  };
}
