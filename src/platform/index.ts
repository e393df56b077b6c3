/** Everything outside the process, as one plain object made for each request. The only reader of Env. */
import { createDatabase, type Database } from "../db/client.ts";
import { importKeySet, type KeySet } from "../crypto/access-token.ts";
import { createSecrets, type Secrets } from "../crypto/secrets.ts";
import { readConfig, type Config } from "./config.ts";
import { enqueue, type Job } from "./jobs.ts";

/** Who is calling, as far as Cloudflare itself says; headers that a caller can set are not asked. */
export interface Client {
  requestId: string | null;
  ipAddress: string | null;
  userAgent: string | null;
  country: string | null;
  city: string | null;
}

/** The client of what no request caused: the queue, the nightly tasks. */
export const SYSTEM_CLIENT: Client = { requestId: null, ipAddress: null, userAgent: null, country: null, city: null };

export interface Platform {
  config: Config;
  db: Database;
  secrets: Secrets;
  keySet: () => Promise<KeySet>;
  client: Client;
  /** Milliseconds spent so far on this request. A production Worker's clock stands still while it computes. */
  timings: { database: number; hash: number };
  enqueue: (job: Job) => Promise<void>;
  /** Runs after the answer; a failure is the task's own to report. */
  defer: (task: Promise<unknown>) => void;
}

/** What an isolate keeps between requests: parsed configuration and imported keys, nothing of any caller. */
interface Isolate {
  env: Env;
  config: Config;
  secrets: Secrets;
  keySet?: Promise<KeySet>;
}

let isolate: Isolate | undefined;

function getIsolate(env: Env): Isolate {
  if (isolate?.env === env) return isolate;
  const config = readConfig(env);
  isolate = { env, config, secrets: createSecrets(config.AUTH_SECRET, config.AUTH_SECRET_PREVIOUS) };
  return isolate;
}

export function createPlatform(env: Env, context: Pick<ExecutionContext, "waitUntil">, client: Client): Platform {
  const shared = getIsolate(env);
  const { config, secrets } = shared;
  const timings = { database: 0, hash: 0 };
  return {
    config,
    secrets,
    client,
    timings,
    db: createDatabase({
      url: config.DATABASE_URL,
      endpoint: config.DATABASE_ENDPOINT,
      onTrip: (milliseconds) => (timings.database += milliseconds),
    }),
    keySet: () => (shared.keySet ??= importKeySet(config.JWT_KEYS)),
    enqueue: (job) => enqueue(env.JOBS, job),
    defer: (task) => context.waitUntil(task),
  };
}
