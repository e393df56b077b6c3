/** Everything outside the process, as one plain object made for each request. The only reader of Env. */
import type { Locale } from "../errors.ts";
import { createDatabase, type Database } from "../db/client.ts";
import { importKeySet, type KeySet } from "../crypto/access-token.ts";
import { createSecrets, type Secrets } from "../crypto/secrets.ts";
import { isBreached } from "./breaches.ts";
import { hasChanged, readConfig, type Config } from "./config.ts";
import { renderMail } from "./emails.ts";
import { takeTurn } from "./hash-turns.ts";
import { createHubs, type Hubs } from "./hubs.ts";
import { enqueue, type AnyJob } from "./jobs.ts";
import { createLimiter, type Limiter } from "./limiter.ts";
import { configurationError, logEvent, logMessages } from "./log.ts";
import type { Mail } from "./mail-texts.ts";
import { sendMail } from "./mailer.ts";
import { createRevocations, type Revocations } from "./revocations.ts";

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
  /** Milliseconds until a hash may begin; undefined where too many wait. */
  takeHashTurn: () => number | undefined;
  limiter: Limiter;
  /** Give `id` where the database must know it before the job runs. */
  enqueue: (job: AnyJob, id?: string) => Promise<void>;
  /** Renders and sends; a mail with the same `key` leaves once. */
  sendMail: (input: { to: string; locale: Locale; mail: Mail; key: string }) => Promise<void>;
  isBreached: (password: string) => Promise<boolean>;
  log: typeof logEvent;
  revocations: Revocations;
  /** The open sockets of every user. */
  hubs: Hubs;
  /** Runs after the answer; a failure is the task's own to report. */
  defer: (task: Promise<unknown>) => void;
}

/** What an isolate keeps between requests: parsed configuration and imported keys, nothing of any caller. */
interface Isolate {
  env: Env;
  /** The variables as `config` was read from them; only a test changes them in a running isolate. */
  variables: Partial<Env>;
  config: Config;
  secrets: Secrets;
  revocations: Revocations;
  /** The keys themselves: a promise would tie other requests to the one that began it. */
  keySet?: KeySet;
}

let isolate: Isolate | undefined;

function getIsolate(env: Env): Isolate {
  if (isolate?.env === env && !hasChanged(isolate.variables, env)) return isolate;
  const config = readConfig(env);
  logMessages(config.LOG_ERRORS === "messages");
  const secrets = createSecrets(config.AUTH_SECRET, config.AUTH_SECRET_PREVIOUS);
  const revocations = createRevocations({ kv: env.KV, tokenTtlSeconds: config.ACCESS_TOKEN_TTL });
  isolate = { env, variables: { ...env }, config, secrets, revocations };
  return isolate;
}

/** Its messages are ours, and never quote a key (crypto/key-set.ts). */
async function importKeys(jwtKeys: string): Promise<KeySet> {
  try {
    return await importKeySet(jwtKeys);
  } catch (error) {
    throw configurationError(error instanceof Error ? error.message : "JWT_KEYS");
  }
}

export function createPlatform(env: Env, context: Pick<ExecutionContext, "waitUntil">, client: Client): Platform {
  const shared = getIsolate(env);
  const { config, secrets, revocations } = shared;
  const timings = { database: 0, hash: 0 };
  let db: Database | undefined;
  const database = () =>
    (db ??= createDatabase({
      url: config.DATABASE_URL,
      endpoint: config.DATABASE_ENDPOINT,
      requestId: client.requestId,
      onTrip: (milliseconds) => (timings.database += milliseconds),
    }));
  return {
    config,
    secrets,
    client,
    timings,
    takeHashTurn: () => takeTurn(Date.now(), config.RATE_LIMIT_SCALE),
    /** Made when first used: most of what verifies a token never does. */
    get db() {
      return database();
    },
    keySet: async () => (shared.keySet ??= await importKeys(config.JWT_KEYS)),
    revocations,
    hubs: createHubs(env.NOTIFICATION_HUB),
    limiter: createLimiter(env, config.RATE_LIMIT_SCALE),
    enqueue: (job, id) => enqueue(env.JOBS, job, id),
    sendMail: ({ to, locale, mail, key }) =>
      sendMail(
        { config, db: database(), binding: env.EMAIL },
        { to, ...renderMail(mail, locale, config.PRODUCT_NAME) },
        key,
      ),
    isBreached: (password) => isBreached(config, password),
    log: logEvent,
    defer: (task) =>
      context.waitUntil(
        // Not left to the runtime, which would log its message: that of a database error holds the bound parameters.
        task.catch((error: unknown) => logEvent("deferred_failed", { requestId: client.requestId }, error)),
      ),
  };
}
