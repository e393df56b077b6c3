/**
 * What an environment needs at Cloudflare, one step each. A step looks first and makes only what is missing, so whatever
 * was interrupted is taken up where it stopped.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { readConfig, type WranglerConfig } from "../check/environments.ts";
import { writeNamespaceId } from "./namespace-id.ts";
import { checkSecret, isMadeHere, keptFile, listSecrets, makeSecret, uploadSecrets, variableOf } from "./secrets.ts";
import { environmentArguments, PRODUCTION, runWrangler, WranglerError } from "./wrangler.ts";

const FILE = "wrangler.toml";

export interface Outcome {
  state: "there" | "made" | "missing";
  detail?: string;
}

export interface Step {
  name: string;
  run: () => Promise<Outcome>;
}

export interface StepOptions {
  /** Look, and say what would be made. */
  dryRun: boolean;
  /** The value of a secret that can't be made, if somebody gives it. */
  give: (environment: string, name: string) => Promise<string | undefined>;
}

/** @param environment `production`, the top level of the file, or one of its `[env]`. */
export function stepsOf(environment: string, options: StepOptions): Step[] {
  const config = readConfig(FILE, environment === PRODUCTION ? undefined : environment);
  const secrets = new Set(config.secrets?.required);
  if (config.vars["MAIL_PROVIDER"] === "resend") secrets.add("RESEND_API_KEY");
  if (config.vars["FEDERATION"]) secrets.add("FEDERATION_SECRETS");
  return [
    ...config.kv_namespaces.map((namespace) => kvStep(environment, config.name, namespace, options)),
    ...queuesOf(config).map((queue) => queueStep(environment, queue, options)),
    secretStep(environment, [...secrets], options),
  ];
}

function queuesOf({ queues: { producers = [], consumers = [] } }: WranglerConfig): string[] {
  const deadLetters = consumers.flatMap(({ dead_letter_queue: queue }) => (queue ? [queue] : []));
  return [...new Set([...producers, ...consumers].map(({ queue }) => queue).concat(deadLetters))];
}

/** Named after the Worker, since it is looked for by that name when its id was not written. */
function kvStep(
  environment: string,
  worker: string,
  { binding, id }: { binding: string; id?: string },
  { dryRun }: StepOptions,
): Step {
  const title = binding === "KV" ? worker : `${worker}-${binding.toLowerCase()}`;
  return {
    name: `KV namespace ${title}`,
    async run() {
      const namespaces = await listNamespaces(environment);
      if (id !== undefined && namespaces.some((each) => each.id === id)) return { state: "there" };
      if (id !== undefined) {
        throw new Error(
          `${FILE} names the namespace ${id}, which this account does not have. Is it the right account? If so, take that id out`,
        );
      }
      let found = namespaces.find((each) => each.title === title);
      const existed = found !== undefined;
      if (dryRun) return { state: "made", detail: existed ? `its id goes into ${FILE}` : "" };
      if (!existed) {
        await runWrangler(["kv", "namespace", "create", title, ...environmentArguments(environment)]);
        found = (await listNamespaces(environment)).find((each) => each.title === title);
        if (!found) throw new Error("it was made, but is not in the list yet: run this again in a minute");
      }
      const place = { environment: environment === PRODUCTION ? undefined : environment, binding, id: found!.id };
      writeFileSync(FILE, writeNamespaceId(readFileSync(FILE, "utf8"), place));
      return { state: "made", detail: `${existed ? "it was there; " : ""}its id is in ${FILE} now, to be committed` };
    },
  };
}

async function listNamespaces(environment: string): Promise<{ id: string; title: string }[]> {
  const said = await runWrangler(["kv", "namespace", "list", ...environmentArguments(environment)]);
  return JSON.parse(said.slice(said.indexOf("["))) as { id: string; title: string }[];
}

function queueStep(environment: string, queue: string, { dryRun }: StepOptions): Step {
  return {
    name: `queue ${queue}`,
    async run() {
      if (await hasQueue(environment, queue)) return { state: "there" };
      if (!dryRun) await runWrangler(["queues", "create", queue, ...environmentArguments(environment)]);
      return { state: "made" };
    },
  };
}

async function hasQueue(environment: string, queue: string): Promise<boolean> {
  try {
    const said = await runWrangler(["queues", "info", queue, ...environmentArguments(environment)]);
    // Another one with a longer name is no answer.
    return said.split("\n").includes(`Queue Name: ${queue}`);
  } catch (error) {
    if (error instanceof WranglerError && /does not exist/.test(error.message)) return false;
    throw error;
  }
}

function secretStep(environment: string, names: string[], { dryRun, give }: StepOptions): Step {
  return {
    name: "secrets",
    async run() {
      const present = await listSecrets(environment);
      const missing = names.filter((name) => !present.includes(name));
      if (missing.length === 0) return { state: "there" };
      const given: Record<string, string> = {};
      for (const name of missing) {
        const value = isMadeHere(name)
          ? dryRun
            ? "made when it is run"
            : await makeSecret(environment, name)
          : await give(environment, name);
        if (value === undefined) continue;
        if (!isMadeHere(name)) checkSecret(name, value);
        given[name] = value;
      }
      const left = missing.filter((name) => !(name in given));
      if (!dryRun && Object.keys(given).length > 0) await uploadSecrets(environment, given);
      const made = Object.keys(given).filter(isMadeHere);
      const detail = [
        Object.keys(given).join(", "),
        !dryRun && made.length > 0
          ? `keep the values in ${keptFile(environment)} in a password manager, then delete the file`
          : "",
        left
          .map((name) => `${name} is missing: set ${variableOf(name)} and run this again with --env ${environment}`)
          .join("; "),
      ];
      return { state: left.length > 0 ? "missing" : "made", detail: detail.filter((part) => part !== "").join("; ") };
    },
  };
}
