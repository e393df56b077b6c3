/** `npm run deploy` names every example and every empty id in wrangler.toml before anything is uploaded. */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../scripts/check/environments.ts";
import { placeholdersIn } from "../../scripts/cloudflare/placeholders.ts";
import { ensureSecrets, readWorkerVariables } from "../../scripts/dev/variables.ts";
import { writeNamespaceId } from "../../scripts/cloudflare/namespace-id.ts";
import { installStandIn, type StandIn } from "./stand-in-wrangler.ts";
import { temporaryFolder } from "./local-neon.ts";
import { copyProject } from "./project-copy.ts";

const PROJECT = path.resolve(import.meta.dirname, "../..");
const CONFIG = readFileSync(path.join(PROJECT, "wrangler.toml"), "utf8");
const ID = "0123456789abcdef".repeat(2);

let folder: string;
let standIn: string;
let file: string;
let wrangler: StandIn;
beforeAll(() => {
  // It builds the pages of a release, which other tests must not find.
  folder = copyProject();
  file = path.join(folder, "wrangler.toml");
  standIn = temporaryFolder();
  wrangler = installStandIn(standIn);
});
afterAll(() => {
  for (const each of [folder, standIn]) rmSync(each, { recursive: true, force: true });
});

/** The project's configuration, filled in as its owner would. */
function ready(): string {
  const named = CONFIG.replaceAll("example.com", "acme-corp.fr");
  const withId = writeNamespaceId(named, { binding: "KV", id: ID });
  return writeNamespaceId(withId, { environment: "staging", binding: "KV", id: ID });
}

function found(text: string, environment?: string): string[] {
  writeFileSync(file, text);
  return placeholdersIn(file, environment);
}

test("the project's own configuration is refused for each environment, and everything to fill in is named", () => {
  for (const environment of [undefined, "staging"]) {
    const host = environment ? "auth-staging.example.com" : "auth.example.com";
    expect(found(CONFIG, environment), environment).toEqual([
      `ISSUER is an example: https://${host}`,
      `MAIL_FROM is an example: no-reply@${host}`,
      "the KV namespace KV has no id: npm run provision",
    ]);
  }
});

describe("of a configuration that is filled in", () => {
  test("nothing is named", () => {
    expect(found(ready())).toEqual([]);
    expect(found(ready(), "staging")).toEqual([]);
  });

  test.each<[string, string, string | undefined]>([
    ['PRODUCT_NAME = "Auth API"', 'PRODUCT_NAME = "Test of Example Ltd, contest.com"', undefined],
    ["https://auth.acme-corp.fr", "http://auth.acme-corp.fr", "ISSUER is not an https:// origin"],
    ["https://auth.acme-corp.fr", "https://auth.test-lab.fr", undefined],
    ["https://auth.acme-corp.fr", "https://auth.localhost.example.fr", undefined],
    ["https://auth.acme-corp.fr", "", "ISSUER is empty"],
    ["https://auth.acme-corp.fr", "https://auth.example.org", "ISSUER is an example: https://auth.example.org"],
    ['APP_URL = ""', 'APP_URL = "https://www.example.net"', "APP_URL is an example: https://www.example.net"],
    ['APP_URL = ""', 'APP_URL = "http://localhost:5173"', "APP_URL is an example: http://localhost:5173"],
    [
      'ALLOWED_ORIGINS = ""',
      'ALLOWED_ORIGINS = "https://acme-corp.fr,https://app.test"',
      "ALLOWED_ORIGINS is an example: https://acme-corp.fr,https://app.test",
    ],
    [
      'SECURITY_CONTACT = ""',
      'SECURITY_CONTACT = "mailto:security@example.com"',
      "SECURITY_CONTACT is an example: mailto:security@example.com",
    ],
    [
      "preview_urls",
      'routes = [{ pattern = "auth.example.com", custom_domain = true }]\npreview_urls',
      "the route is an example: auth.example.com",
    ],
    [`id = "${ID}"`, `id = "${"0".repeat(32)}"`, "the KV namespace KV has no id: npm run provision"],
    [`id = "${ID}"`, 'id = "<your id>"', "the KV namespace KV has no id: npm run provision"],
  ])("%s as %s", (from, to, line) => {
    expect(ready()).toContain(from);
    expect(found(ready().replace(from, to))).toEqual(line === undefined ? [] : [line]);
  });
});

test("an empty id is refused by Wrangler's own reader, in one line", () => {
  expect(() => found(ready().replace(ID, ""))).toThrow(/^[^\n]*bindings should have a string "id" field[^\n]*$/);
});

function deploy(...args: string[]) {
  const { status, stderr } = spawnSync(process.execPath, [path.join(folder, "scripts/deploy.ts"), ...args], {
    cwd: folder,
    env: { ...process.env, ...wrangler.env },
    encoding: "utf8",
  });
  return { status, stderr, commands: wrangler.cloud().commands.splice(0) };
}

test("Wrangler is started for a configuration that is filled in, and for no other", () => {
  writeFileSync(file, CONFIG);
  const refused = deploy("production");
  expect(refused).toMatchObject({ status: 1, commands: [] });
  expect(refused.stderr).toContain("ISSUER is an example: https://auth.example.com\n");
  expect(refused.stderr).toContain("deploy: nothing was uploaded\n");

  writeFileSync(file, ready());
  expect(deploy("staging", "--tag", "v1", "--message", "abc").commands).toEqual([
    "deploy --minify --env=staging --tag v1 --message abc",
  ]);
  wrangler.change({ commands: [], fails: "deploy" });
  expect(deploy()).toMatchObject({ status: 1, commands: ["deploy --minify --env="] });
});

describe(".dev.vars.example", () => {
  const example = readFileSync(path.join(PROJECT, ".dev.vars.example"), "utf8");

  test("names each secret that the deployment requires, says what it is, and has a value for none", () => {
    const { required = [] } = readConfig(path.join(PROJECT, "wrangler.toml")).secrets ?? {};
    expect(parseEnv(example)).toEqual(Object.fromEntries(required.map((name) => [name, ""])));
    const { cloudflare } = JSON.parse(readFileSync(path.join(PROJECT, "package.json"), "utf8")) as {
      cloudflare: { bindings: Record<string, { description: string }> };
    };
    expect(Object.keys(cloudflare.bindings)).toEqual(expect.arrayContaining(required));
  });

  test("may be copied to .dev.vars: `npm run dev` fills in what is empty", async () => {
    const copy = path.join(folder, ".dev.vars");
    writeFileSync(copy, example);
    writeFileSync(file, CONFIG);
    expect(await ensureSecrets(copy)).toEqual(["AUTH_SECRET", "JWT_KEYS"]);
    const { environment } = readWorkerVariables({ DATABASE_URL: "postgresql://local" }, folder);
    expect(environment["DATABASE_URL"]).toBe("postgresql://local");
    expect(environment["AUTH_SECRET"]).not.toBe("");
  });
});
