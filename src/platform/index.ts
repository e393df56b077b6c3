/** Everything outside the process, as one plain object per request. The only code that reads Env. */
import type { Locale } from "../errors.ts";
import { createDatabase, type Database } from "../db/client.ts";
import { importKeySet, type KeySet } from "../crypto/access-token.ts";
import { createSecrets, type Secrets } from "../crypto/secrets.ts";
import { createApiKeyMemory, type ApiKeyMemory } from "./api-keys.ts";
import { createAssets, readCommonPasswords, type Assets } from "./assets.ts";
import { isBreached } from "./breaches.ts";
import { hasChanged, readConfig, type Config } from "./config.ts";
import { renderMail } from "./emails.ts";
import { hasRoom, inTurn, type Patience } from "./hash-turns.ts";
import { createHubs, type Hubs } from "./hubs.ts";
import { createIdentityProviders, type IdentityProviders } from "./identity-providers.ts";
import { enqueue, type AnyJob } from "./jobs.ts";
import { createLimiter, type Limiter } from "./limiter.ts";
import { configurationError, logEvent, logMessages } from "./log.ts";
import type { Mail } from "./mail-texts.ts";
import { sendMail, sendsMailsOnce } from "./mailer.ts";
import { admitOutward, fetchOutward, isOutward, type OutwardAnswer, type OutwardRequest } from "./outward.ts";
import { createPasskeyKeys, type PasskeyKeys } from "./passkey-keys.ts";
import { createRevocations, type Revocations } from "./revocations.ts";

/** The caller, according to Cloudflare; headers that a caller can set are ignored. */
export interface Client {
  requestId: string | null;
  ipAddress: string | null;
  userAgent: string | null;
  country: string | null;
  city: string | null;
  /** The provider's number (ASN), and roughly where; never stored with an act, so jobs don't carry it. */
  origin?: { network: number | null; latitude: number | null; longitude: number | null } | null;
}

/** The client for work without a request: the queue and the scheduled tasks. */
export const SYSTEM_CLIENT: Client = { requestId: null, ipAddress: null, userAgent: null, country: null, city: null };

export interface Platform {
  config: Config;
  assets: Assets;
  db: Database;
  secrets: Secrets;
  keySet: () => Promise<KeySet>;
  client: Client;
  /** Milliseconds spent on this request so far. A production Worker's clock stands still during computation. */
  timings: { database: number; hash: number };
  /** Set once the request has checked a password: how long that took must not be answered. */
  checksPassword: boolean;
  /** Whether another hash would find a turn; it takes a second to say no. */
  hasHashRoom: (patience: Patience) => Promise<boolean>;
  /** Runs a hash that takes as long as `runs` current ones, in its turn; undefined if too many wait. */
  hashInTurn: <Result>(
    turn: { runs: number; patience: Patience },
    run: () => Promise<Result>,
  ) => Promise<{ result: Result } | undefined>;
  limiter: Limiter;
  /** Pass `id` when the database must know it before the job runs. */
  enqueue: (job: AnyJob, id?: string) => Promise<void>;
  /** Renders and sends a mail. */
  sendMail: (input: { to: string; locale: Locale; mail: Mail; key: string }) => Promise<void>;
  /** Whether mails with the same `key` are sent once; otherwise it is for the caller to ensure. */
  sendsMailsOnce: boolean;
  /** The common passwords that lie beside the Worker, as common-passwords.ts describes them; empty while they can't be read. */
  commonPasswords: () => Promise<string>;
  isBreached: (password: string) => Promise<boolean>;
  /** Whether an address may be kept for a request, before anybody asks what its name resolves to. */
  isOutward: (address: string) => boolean;
  /** Whether a request to this address may leave. @throws Error OutwardRefused, or the resolver does not answer. */
  admitOutward: (address: string) => Promise<URL>;
  /** A request to an address that somebody else has chosen (platform/outward.ts). */
  fetchOutward: (address: string, request?: OutwardRequest) => Promise<OutwardAnswer>;
  log: typeof logEvent;
  revocations: Revocations;
  apiKeys: ApiKeyMemory;
  passkeyKeys: PasskeyKeys;
  /** Google, GitHub and the like. */
  identityProviders: IdentityProviders;
  /** The open sockets of every user. */
  hubs: Hubs;
  /** Runs after the answer; each task reports its own failure. */
  defer: (task: Promise<unknown>) => void;
}

/** What an isolate keeps between requests: the parsed configuration and the imported keys, nothing from a caller. */
interface Isolate {
  env: Env;
  /** The variables that `config` was read from; only tests change them in a running isolate. */
  variables: Partial<Env>;
  config: Config;
  secrets: Secrets;
  revocations: Revocations;
  apiKeys: ApiKeyMemory;
  /** The keys themselves: a promise would tie other requests to the one that created it. */
  keySet?: KeySet;
  /** Texts that lie beside the Worker, each read when first needed. */
  texts: Map<string, string>;
}

let isolate: Isolate | undefined;

function getIsolate(env: Env): Isolate {
  if (isolate?.env === env && !hasChanged(isolate.variables, env)) return isolate;
  const config = readConfig(env);
  logMessages(config.LOG_ERRORS === "messages");
  const secrets = createSecrets(config.AUTH_SECRET, config.AUTH_SECRET_PREVIOUS);
  const revocations = createRevocations({ kv: env.KV, tokenTtlSeconds: config.ACCESS_TOKEN_TTL });
  isolate = {
    env,
    variables: { ...env },
    config,
    secrets,
    revocations,
    apiKeys: createApiKeyMemory(),
    texts: new Map(),
  };
  return isolate;
}

/** These messages are ours and never quote a key (crypto/key-set.ts). */
async function importKeys(jwtKeys: string): Promise<KeySet> {
  try {
    return await importKeySet(jwtKeys);
  } catch (error) {
    throw configurationError(error instanceof Error ? error.message : "JWT_KEYS");
  }
}

export function createPlatform(env: Env, context: Pick<ExecutionContext, "waitUntil">, client: Client): Platform {
  const shared = getIsolate(env);
  const { config, secrets, revocations, apiKeys } = shared;
  const assets = createAssets(env.ASSETS, shared.texts);
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
    assets,
    secrets,
    client,
    timings,
    checksPassword: false,
    hasHashRoom: (patience) => hasRoom({ patience, scale: config.RATE_LIMIT_SCALE }),
    hashInTurn: (turn, run) => inTurn(run, { ...turn, scale: config.RATE_LIMIT_SCALE }),
    /** Made when first used: most of what verifies a token never does. */
    get db() {
      return database();
    },
    keySet: async () => (shared.keySet ??= await importKeys(config.JWT_KEYS)),
    revocations,
    apiKeys,
    passkeyKeys: createPasskeyKeys(env.KV),
    identityProviders: createIdentityProviders(config, env.KV),
    hubs: createHubs(env.NOTIFICATION_HUB),
    limiter: createLimiter(env, config.RATE_LIMIT_SCALE),
    enqueue: (job, id) => enqueue(env.JOBS, job, id),
    sendMail: ({ to, locale, mail, key }) =>
      sendMail({ config, binding: env.EMAIL }, { to, ...renderMail(mail, locale, config.PRODUCT_NAME) }, key),
    sendsMailsOnce: sendsMailsOnce(config),
    commonPasswords: () => readCommonPasswords(assets),
    isBreached: (password) => isBreached(config, password),
    isOutward: (address) => isOutward(config, address),
    admitOutward: (address) => admitOutward(config, address),
    fetchOutward: (address, request) => fetchOutward(config, address, request),
    log: logEvent,
    defer: (task) =>
      context.waitUntil(
        // Not left to the runtime, which would log the error's message: a database error's message contains the bound
        // parameters.
        task.catch((error: unknown) => logEvent("deferred_failed", { requestId: client.requestId }, error)),
      ),
  };
}
