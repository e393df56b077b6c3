/** `npm run provision`, on a Wrangler that stands in for the real one: makes what is missing, once, and says what it did. */
import { existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { checkEnvironments } from "../../scripts/check/environments.ts";
import { secretsIn } from "../../scripts/check/secret-scan.ts";
import { provision } from "../../scripts/cloudflare/provision.ts";
import { sampleOf } from "../support/sample.ts";
import { installStandIn, type StandIn } from "./stand-in-wrangler.ts";
import { temporaryFolder } from "./local-neon.ts";

const PROJECT = path.resolve(import.meta.dirname, "../..");
const WORKER_URL = "postgresql://auth_api:a-password@ep-x.neon.tech/neondb";
const CONFIG = readFileSync(path.join(PROJECT, "wrangler.toml"), "utf8");

let folder: string;
let wrangler: StandIn;
beforeEach(() => {
  folder = temporaryFolder();
  wrangler = installStandIn(folder);
  symlinkSync(path.join(PROJECT, "src"), path.join(folder, "src"));
  writeFileSync(path.join(folder, "wrangler.toml"), CONFIG);
  for (const [name, value] of Object.entries({ CLOUDFLARE_ACCOUNT_ID: "", ...wrangler.env })) vi.stubEnv(name, value);
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(PROJECT);
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

interface Given {
  dryRun?: boolean;
  given?: Record<string, string>;
}

interface Run {
  failure: string | undefined;
  said: string;
}

/** In this process: Wrangler's own reader of the configuration takes a second to load. */
async function run(environment?: string, { dryRun = false, given = {} }: Given = {}): Promise<Run> {
  let said = "";
  const log = vi.spyOn(console, "log").mockImplementation((line: string) => void (said += `${line}\n`));
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => (said += String(text)) !== "");
  const failure = await provision({ environment, dryRun, give: async (_environment, name) => given[name] })
    .then(
      () => undefined,
      (error: Error) => error.message,
    )
    .finally(() => [log, write].forEach((spy) => spy.mockRestore()));
  // Whatever it says, it says no secret.
  expect(secretsIn(`${said}${failure}`)).toEqual([]);
  expect(`${said}${failure}`).not.toContain("a-password");
  return { failure, said };
}

const MAKING = /^(kv namespace create|queues create|secret bulk)/;
const made = () => wrangler.cloud().commands.filter((command) => MAKING.test(command));
const forget = () => wrangler.change({ commands: [] });

const ALL = [
  "kv namespace create auth-api --env=",
  "queues create auth-api-jobs --env=",
  "queues create auth-api-jobs-dead --env=",
  "secret bulk --env=",
  "kv namespace create auth-api-staging --env=staging",
  "queues create auth-api-staging-jobs --env=staging",
  "queues create auth-api-staging-jobs-dead --env=staging",
  "secret bulk --env=staging",
];

test("a fresh account gets everything, and a second run makes nothing more", async () => {
  const first = await run();
  expect(first.failure).toBeUndefined();
  expect(made()).toEqual(ALL);
  expect(first.said).toContain("account  Ours (a1)");
  expect(first.said).toContain("DATABASE_URL is missing: set WORKER_DATABASE_URL");

  // One line more for each environment, and all others as they were.
  const config = readFileSync(path.join(folder, "wrangler.toml"), "utf8");
  expect(config.split("\n").filter((line) => !CONFIG.includes(line))).toEqual([
    `id = "${"1".repeat(32)}"`,
    `id = "${"2".repeat(32)}"`,
  ]);
  expect(config.replaceAll(/^id = .*\n/gm, "")).toBe(CONFIG);
  expect(checkEnvironments(path.join(folder, "wrangler.toml"))).toMatch(/^production and staging/);

  const { secrets } = wrangler.cloud();
  expect(secrets["auth-api"]!["AUTH_SECRET"]).not.toBe(secrets["auth-api-staging"]!["AUTH_SECRET"]);
  const kept = path.join(folder, ".local/provision/production.env");
  expect(readFileSync(kept, "utf8")).toContain(secrets["auth-api"]!["AUTH_SECRET"]);
  expect(statSync(kept).mode & 0o777).toBe(0o600);

  forget();
  for (const environment of ["production", "staging"])
    expect(await run(environment, { given: { DATABASE_URL: WORKER_URL } })).toMatchObject({ failure: undefined });
  expect(made()).toEqual(["secret bulk --env=", "secret bulk --env=staging"]);
  expect(wrangler.cloud().secrets["auth-api"]!["DATABASE_URL"]).toBe(WORKER_URL);
  expect(wrangler.cloud().secrets["auth-api"]!["AUTH_SECRET"]).toBe(secrets["auth-api"]!["AUTH_SECRET"]);

  forget();
  const again = await run();
  expect(again.said).toContain("Everything was there.");
  expect(made()).toEqual([]);
});

test("a dry run says all that it would make, and makes none of it", async () => {
  const { failure, said } = await run(undefined, { dryRun: true });
  expect(failure).toBeUndefined();
  expect(said.match(/would be made/g)).toHaveLength(ALL.length);
  expect(made()).toEqual([]);
  expect(readFileSync(path.join(folder, "wrangler.toml"), "utf8")).toBe(CONFIG);
  expect(existsSync(path.join(folder, ".local"))).toBe(false);
});

describe("after a failure, which is named, the next run makes the rest and nothing twice", () => {
  const commands = [
    ...ALL,
    "kv namespace list",
    "queues info auth-api-jobs",
    "secret list --format json --env=staging",
  ];
  test.each(
    sampleOf(commands, (command) => [MAKING.test(command) ? "makes" : "reads", /--env=\w*/.exec(command)?.[0] ?? ""]),
  )("of `%s`", async (command) => {
    wrangler.change({ fails: command });
    const { failure } = await run();
    expect(failure).toMatch(/^(production|staging), .*: .*The service is down \[code: 10013\] .*npm run provision\)$/);
    wrangler.change({ fails: undefined });
    await run();
    // Only the one that failed was tried a second time.
    expect(made().toSorted()).toEqual([...ALL, ...ALL.filter((each) => each === command)].toSorted());
    expect(wrangler.cloud().namespaces.map(({ title }) => title)).toEqual(["auth-api", "auth-api-staging"]);
    expect(wrangler.cloud().queues).toHaveLength(4);
  });

  test("of the upload of the secrets: the values made before are the ones that arrive", async () => {
    wrangler.change({ fails: "secret bulk" });
    await run("production");
    const kept = readFileSync(path.join(folder, ".local/provision/production.env"), "utf8");
    wrangler.change({ fails: undefined });
    await run("production");
    expect(kept).toContain(wrangler.cloud().secrets["auth-api"]!["JWT_KEYS"]);
  });

  test("between the namespace and its id: the namespace is found by its name", async () => {
    wrangler.change({ namespaces: [{ id: "f".repeat(32), title: "auth-api" }] });
    const { said } = await run("production");
    expect(said).toContain("it was there; its id is in wrangler.toml now");
    expect(made()).not.toContain(ALL[0]);
    expect(readFileSync(path.join(folder, "wrangler.toml"), "utf8")).toContain(`id = "${"f".repeat(32)}"`);
  });
});

test("a queue with a longer name is not taken for the one that is missing", async () => {
  wrangler.change({ queues: ["auth-api-jobs-dead"] });
  await run("production");
  expect(wrangler.cloud().queues).toEqual(["auth-api-jobs-dead", "auth-api-jobs"]);
});

describe("nothing is made, and one line says why,", () => {
  const TWO = [
    { id: "a1", name: "Ours" },
    { id: "b2", name: "Theirs" },
  ];
  test.each<[string, Parameters<StandIn["change"]>[0], { account?: string; environment?: string }, string]>([
    [
      "when nobody is signed in",
      { signedOut: true },
      {},
      "You are not signed in to Cloudflare: run `npx wrangler login`",
    ],
    ["when there are several accounts", { accounts: TWO }, {}, "one of them. Ours (a1), Theirs (b2)"],
    ["when the account is another's", { accounts: TWO }, { account: "c3" }, "Account c3 is not open to you"],
    ["for an environment that does not exist", {}, { environment: "test" }, "--env is one of production, staging"],
    ["when Cloudflare is down", { fails: "whoami" }, {}, "The service is down [code: 10013]"],
  ])("%s", async (_when, change, { account = "", environment }, message) => {
    wrangler.change(change);
    vi.stubEnv("CLOUDFLARE_ACCOUNT_ID", account);
    const { failure, said } = await run(environment);
    expect(failure).toContain(message);
    expect(failure).not.toContain("\n");
    expect(said).toBe("");
    expect(made()).toEqual([]);
  });

  test("when wrangler.toml names a namespace of another account", async () => {
    const file = path.join(folder, "wrangler.toml");
    writeFileSync(file, CONFIG.replace('binding = "KV"\n', `binding = "KV"\nid = "${"e".repeat(32)}"\n`));
    const { failure } = await run();
    expect(failure).toContain(`names the namespace ${"e".repeat(32)}, which this account does not have`);
    expect(made()).toEqual([]);
  });
});

test.each([
  ["the owner's", "postgresql://neondb_owner:a-password@ep-x.neon.tech/neondb", "is not of the role auth_api"],
  ["something else", "a-password", "is not a postgresql:// URL"],
])("%s is not taken for the Worker's database", async (_whose, url, message) => {
  const { failure } = await run("production", { given: { DATABASE_URL: url } });
  expect(failure).toContain(message);
  expect(wrangler.cloud().secrets).toEqual({});
});
