/**
 * Compares staging with production in wrangler.toml: Wrangler's environments inherit no bindings and no variables, so
 * one is easily forgotten or shared.
 */

import { unstable_readConfig as readByWrangler } from "wrangler";

/** The parts read here of a configuration that Wrangler has read and checked; its own types don't include them. */
export interface WranglerConfig {
  name: string;
  account_id?: string;
  definedEnvironments?: string[];
  vars: Record<string, string>;
  secrets?: { required?: string[] };
  kv_namespaces: { binding: string; id?: string }[];
  ratelimits?: { name: string; namespace_id: string; simple: object }[];
  queues: {
    producers?: { binding: string; queue: string }[];
    consumers?: { queue: string; dead_letter_queue?: string; max_retries?: number }[];
  };
  send_email: { name: string }[];
  durable_objects: { bindings: { name: string; class_name: string }[] };
  migrations: object[];
  triggers: { crons?: string[] };
  observability?: {
    enabled?: boolean;
    redact_query_string?: boolean;
    logs?: { enabled?: boolean; invocation_logs?: boolean; head_sampling_rate?: number; destinations?: string[] };
    traces?: { enabled?: boolean };
  };
  routes?: (string | { pattern: string })[];
  route?: string | { pattern: string };
}

export interface Environment {
  name: string;
  /** What the code finds in `env`: kind and name of each binding, variable and secret. */
  offers: string[];
  /** What must be equal: the numbers of queues and limits, the crons, the objects' migrations. */
  settings: string[];
  /** What the platform would store, or export, besides our own log lines, and must not. */
  leaks: string[];
  /** Resources that hold data, and names: two environments must not share one. */
  owns: string[];
}

/**
 * Compares every environment of the file with production, its top level.
 * @returns a line that says how many match. @throws Error that lists what is missing, different or shared.
 */
export function checkEnvironments(file = "wrangler.toml"): string {
  const production = readEnvironment(file);
  const names = readConfig(file).definedEnvironments ?? [];
  const others = names.map((name) => readEnvironment(file, name));
  const wrong = [
    ...[production, ...others].flatMap(({ name, leaks }) => leaks.map((each) => `${name} ${each}`)),
    ...others.flatMap((other) => compareEnvironments(production, other)),
  ];
  if (wrong.length > 0) throw new Error(`${file}:\n${wrong.map((line) => `  ${line}`).join("\n")}`);
  return `production and ${names.join(", ")}: ${production.offers.length} bindings, variables and secrets each`;
}

/** Why `other` is not a separate copy of `production`, one line each. */
export function compareEnvironments(production: Environment, other: Environment): string[] {
  const without = (some: string[], others: string[]) => some.filter((each) => !others.includes(each));
  return [
    ...without(production.offers, other.offers).map((each) => `${other.name} lacks ${each}`),
    ...without(other.offers, production.offers).map(
      (each) => `${production.name} lacks ${each}, which ${other.name} has`,
    ),
    ...without(production.settings, other.settings).map((each) => `${other.name} differs in: ${each}`),
    ...other.owns.filter((each) => production.owns.includes(each)).map((each) => `${other.name} shares ${each}`),
  ];
}

/** @param name undefined for the top level. */
export function readEnvironment(file: string, name?: string): Environment {
  const config = readConfig(file, name);
  const { vars, kv_namespaces: kv, ratelimits = [], queues, send_email: mail, durable_objects: objects } = config;
  const producers = queues.producers ?? [];
  const consumers = queues.consumers ?? [];
  const { observability } = config;
  const routes = [...(config.routes ?? []), ...(config.route ? [config.route] : [])];
  return {
    name: name ?? "production",
    offers: [
      ...Object.keys(vars).map((each) => `variable ${each}`),
      ...(config.secrets?.required ?? []).map((each) => `secret ${each}`),
      ...kv.map(({ binding }) => `KV ${binding}`),
      ...ratelimits.map((limit) => `rate limit ${limit.name}`),
      ...producers.map(({ binding }) => `queue ${binding}`),
      ...mail.map((each) => `mail ${each.name}`),
      ...objects.bindings.map((each) => `object ${each.name}`),
    ],
    settings: [
      ...ratelimits.map((limit) => `rate limit ${limit.name} ${JSON.stringify(limit.simple)}`),
      // Keyed by the queue that it consumes, since its name differs.
      ...consumers.map(({ queue, dead_letter_queue: deadLetters, ...numbers }) => {
        const takes = producers.some((producer) => producer.queue === queue) ? "jobs" : "dead letters";
        return `the consumer of ${takes} ${JSON.stringify({ ...numbers, keepsDeadLetters: deadLetters !== undefined })}`;
      }),
      `logs ${JSON.stringify(observability?.logs)}`,
      `crons ${JSON.stringify(config.triggers.crons)}`,
      `objects' migrations ${JSON.stringify(config.migrations)}`,
      `objects ${JSON.stringify(objects.bindings.map((each) => each.class_name))}`,
    ],
    leaks: leaksOf(config),
    owns: [
      `the name ${config.name}`,
      `ISSUER ${vars["ISSUER"]}`,
      `AUDIENCE ${vars["AUDIENCE"]}`,
      ...kv.flatMap(({ id }) => (id === undefined ? [] : [`KV namespace ${id}`])),
      ...ratelimits.map((limit) => `rate-limit namespace ${limit.namespace_id}`),
      ...producers.map(({ queue }) => `the queue ${queue}`),
      ...consumers.map(({ queue }) => `the consumer of ${queue}`),
      ...consumers.flatMap(({ dead_letter_queue: queue }) => (queue ? [`the dead-letter queue ${queue}`] : [])),
      ...routes.map((route) => `the route ${typeof route === "string" ? route : route.pattern}`),
    ],
  };
}

function leaksOf({ observability, vars }: WranglerConfig): string[] {
  const { redact_query_string: redacts, logs, traces } = observability ?? {};
  return [
    ...(logs?.invocation_logs === false ? [] : ["logs URLs: observability.logs.invocation_logs"]),
    ...(redacts ? [] : ["keeps query strings: observability.redact_query_string"]),
    // The check asks for `/range/` and five hex digits of the password's SHA-1, and a span has the path of each fetch.
    ...(traces?.enabled && vars["BREACH_CHECK"] !== "off"
      ? ["traces the start of passwords' SHA-1: observability.traces, beside BREACH_CHECK"]
      : []),
  ];
}

/** @param name undefined for the top level. @throws Error when Wrangler does not accept the file. */
export function readConfig(file: string, name?: string): WranglerConfig {
  try {
    return readByWrangler({ config: file, ...(name && { env: name }) }, { hideWarnings: true }) as WranglerConfig;
  } catch (error) {
    // Wrangler's message has its reasons on lines of their own.
    throw new Error((error as Error).message.replaceAll(/\s*\n\s*/g, " "), { cause: error });
  }
}
