/** Staging is production again, with resources of its own; whatever is forgotten or shared is said. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { checkEnvironments } from "../../scripts/check/environments.ts";

const PROJECT = path.resolve(import.meta.dirname, "../..");
const config = readFileSync(path.join(PROJECT, "wrangler.toml"), "utf8");
const folder = mkdtempSync(path.join(tmpdir(), "auth-api-environments-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Checks the project's configuration after `change`. */
function check(change?: (text: string) => string): string {
  const text = change?.(config) ?? config;
  if (change && text === config) throw new Error("the change found nothing to change");
  const file = path.join(folder, "wrangler.toml");
  writeFileSync(file, text.replace('main = "src/index.ts"', `main = "${PROJECT}/src/index.ts"`));
  return checkEnvironments(file);
}

const inStaging = (from: string | RegExp, to: string) => (text: string) => {
  const start = text.indexOf("[env.staging.vars]");
  return text.slice(0, start) + text.slice(start).replace(from, to);
};

const withTraces = (text: string) =>
  text.replace("[observability.traces]\nenabled = false", "[observability.traces]\nenabled = true");

test("traces and exports may be on where no password is asked about elsewhere", () => {
  const breachCheckOff = (text: string) => text.replaceAll('BREACH_CHECK = "on"', 'BREACH_CHECK = "off"');
  const exported = (text: string) => text.replaceAll("destinations = []", 'destinations = ["grafana"]');
  expect(check((text) => exported(breachCheckOff(withTraces(text))))).toMatch(/^production and staging/);
});

test("the project's own are alike and apart", () => {
  expect(check()).toMatch(/^production and staging: \d+ bindings/);
});

test.each<[string, (text: string) => string, string]>([
  ["a variable that was forgotten", inStaging('REGISTRATION = "open"\n', ""), "staging lacks variable REGISTRATION"],
  [
    "a variable that only staging has",
    inStaging('REGISTRATION = "open"\n', 'REGISTRATION = "open"\nEXTRA = "x"\n'),
    "production lacks variable EXTRA, which staging has",
  ],
  ["a secret", inStaging(', "JWT_KEYS"]', "]"), "staging lacks secret JWT_KEYS"],
  ["a KV binding", inStaging('binding = "KV"', 'binding = "OTHER"'), "staging lacks KV KV"],
  ["a mail binding", inStaging('name = "EMAIL"', 'name = "OTHER"'), "staging lacks mail EMAIL"],
  ["an object", inStaging('name = "NOTIFICATION_HUB"', 'name = "OTHER"'), "staging lacks object NOTIFICATION_HUB"],
  ["a producer", inStaging('binding = "JOBS"', 'binding = "OTHER"'), "staging lacks queue JOBS"],
  [
    "a consumer without retries",
    inStaging("max_retries = 5", "max_retries = 1"),
    "staging differs in: the consumer of jobs",
  ],
  ["a limit of another height", inStaging("limit = 60,", "limit = 6000,"), "staging differs in: rate limit LIMIT_60"],
  [
    "production's KV namespace",
    (text) => text.replaceAll('binding = "KV"', `binding = "KV"\nid = "${"0".repeat(32)}"`),
    `staging shares KV namespace ${"0".repeat(32)}`,
  ],
  [
    "production's queue",
    inStaging('queue = "auth-api-staging-jobs"', 'queue = "auth-api-jobs"'),
    "staging shares the queue auth-api-jobs",
  ],
  ["production's counters", inStaging('"2010"', '"1010"'), "staging shares rate-limit namespace 1010"],
  [
    "production's issuer, and so its tokens",
    inStaging("https://auth-staging.example.com", "https://auth.example.com"),
    "staging shares ISSUER https://auth.example.com",
  ],
  [
    "the platform's line for each request, with its query string",
    (text) => text.replace("invocation_logs = false\n", ""),
    "staging logs URLs: observability.logs.invocation_logs",
  ],
  [
    "such lines in staging alone",
    (text) => `${text}\n[env.staging.observability]\nenabled = true\n`,
    "staging logs URLs: observability.logs.invocation_logs",
  ],
  [
    "query strings in what the platform writes",
    (text) => text.replace("redact_query_string = true\n", ""),
    "staging keeps query strings: observability.redact_query_string",
  ],
  [
    "traces of the breach check, whose path has the start of a hash",
    withTraces,
    "production traces the start of passwords' SHA-1: observability.traces, beside BREACH_CHECK",
  ],
  [
    "no log in staging",
    (text) => `${text}\n[env.staging.observability.logs]\nenabled = false\ninvocation_logs = false\n`,
    "staging differs in: logs",
  ],
  [
    "production's domain, which is inherited",
    (text) =>
      text.replace("preview_urls", 'routes = [{ pattern = "a.example.com", custom_domain = true }]\npreview_urls'),
    "staging shares the route a.example.com",
  ],
])("%s", (_what, change, message) => {
  expect(() => check(change)).toThrow(message);
});
