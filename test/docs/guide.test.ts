/**
 * Everything that the guide and the README name exists (routes, error codes, variables, commands, events), and
 * everything that exists is named.
 */
import { globSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { describeError, ERROR_CODES } from "../../src/errors.ts";
import { EVENTS, kindOf, type EventName } from "../../src/services/events/catalogue.ts";
import { read, sources } from "../support/documentation.ts";
import { codesIn, tableIn } from "../support/tables.ts";

const GUIDE = read("docs/auth-api.md");
const sorted = (names: Iterable<string>) => [...new Set(names)].toSorted();

/** Every route of the contract; another test compares that with the running Worker. */
const routes = [...sources()].flatMap(([path, code]) =>
  path.startsWith("src/contract/")
    ? [...code.matchAll(/"((?:GET|POST|PUT|PATCH|DELETE) \/[^"]*)": ?\S/g)].map(([, route]) => route!)
    : [],
);

/** "GET, PUT `/a` · PUT `/b`" as single routes under `prefix`; the base of a group is written as `/`. */
function routesIn(cell: string, prefix: string): string[] {
  let methods: string[] = [];
  return [...cell.matchAll(/((?:[A-Z]+(?:, )?)+) ?(?=`)|`(\/[^`]*)`/g)].flatMap(([, named, path]) => {
    if (named !== undefined) methods = named.split(", ");
    return path === undefined
      ? []
      : methods.map((method) => `${method} ${prefix}${path === "/" && prefix ? "" : path}`);
  });
}

test("the pictures of the README exist, and are small", () => {
  const pictures = [...read("README.md").matchAll(/(?:src|srcset)="([^"]+\.png)"/g)].map(([, file]) => file!);
  expect(pictures.length).toBeGreaterThan(0);
  for (const file of pictures) expect(statSync(file).size, file).toBeLessThan(150 * 1024);
});

describe("the guide", () => {
  test("has every route, and no removed one", () => {
    const sections = GUIDE.split(/^### /m).slice(1);
    const written = sections.flatMap((section) => {
      const [, prefix] = /^\w+: `(\/api\/\w+|\/oauth)`/.exec(section) ?? [];
      if (prefix === undefined && !section.startsWith("Socket, pages, discovery")) return [];
      return tableIn(section, "route").flatMap(([cell = ""]) => routesIn(cell, prefix ?? ""));
    });
    expect(sorted(written)).toEqual(sorted(routes));
  });

  test("has every error code, with its status", () => {
    const written = tableIn(GUIDE, "status", "code").map(([status, code = ""]) => `${status} ${codesIn(code).join()}`);
    expect(sorted(written)).toEqual(sorted(ERROR_CODES.map((code) => `${describeError(code).status} ${code}`)));
  });

  test("has every variable and secret, with its default", () => {
    const [, shape = ""] =
      /const Variables = z\.object\(\{\n([\s\S]*?)\n\}\);/.exec(read("src/platform/config.ts")) ?? [];
    const variables = [...shape.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name!);
    const defaults = tableIn(GUIDE, "variable", "default in `wrangler.toml`");
    const secrets = tableIn(GUIDE, "secret", "needed").map(([name = ""]) => codesIn(name).join());
    const local = ["BREACH_ENDPOINT", "DATABASE_ENDPOINT", "LOG_ERRORS", "RESEND_ENDPOINT", "RESOLVER_ENDPOINT"];
    expect(sorted([...defaults.map(([name = ""]) => codesIn(name).join()), ...secrets, ...local])).toEqual(
      sorted(variables),
    );
    const [production = ""] = read("wrangler.toml").split("[env.staging");
    for (const [name = "", value = ""] of defaults) {
      const [, configured] = new RegExp(`^${codesIn(name).join()} = "(.*)"$`, "m").exec(production) ?? [];
      expect(configured, name).toBe(value === "empty" ? "" : codesIn(value).join());
    }
  });
});

test("every npm command in a document exists, and the README has every command for people", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const documents = ["README.md", ...globSync("{docs,.github}/*.md")];
  for (const document of documents)
    for (const [, name] of read(document).matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g))
      expect(scripts, `${document}: npm run ${name}`).toHaveProperty([name!]);
  const named = tableIn(read("README.md"), "command", "what it does").flatMap(([cell = ""]) => codesIn(cell));
  const commands = named.map((command) => command.replace(/^npm (run )?/, "").split(" ")[0]!);
  expect(Object.keys(scripts).filter((name) => !commands.includes(name))).toEqual(
    // Parts of other commands, or documented where they belong.
    ["fuzz", "format", "types", "version", "sbom", "deploy:staging"],
  );
});

test("the README says of every dependency what it is for", () => {
  const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<string, object>;
  const rows = ["in the Worker", "for development"].flatMap((table) => tableIn(read("README.md"), table, "why"));
  expect(sorted(rows.flatMap(([cell = ""]) => codesIn(cell)))).toEqual(
    sorted(Object.keys({ ...dependencies, ...devDependencies })),
  );
});

describe("the events of docs/security.md", () => {
  const [, section = ""] = read("docs/security.md").split("\n## Events\n");

  test("are those that the code writes to the console, in one style", () => {
    const logged = [...sources().values()].flatMap((code) =>
      [...code.matchAll(/\blog(?:Event)?\(\s*"([a-z_.]+)"/g)].map(([, event]) => event!),
    );
    expect(logged.filter((event) => !/^[a-z_]+$/.test(event))).toEqual([]);
    const written = tableIn(section, "event", "fields").flatMap(([event = ""]) => codesIn(event));
    expect(sorted(written)).toEqual(sorted(logged));
  });

  test("are those that the code writes to the audit log", () => {
    const [, paragraph = ""] = /In the audit log: ([\s\S]*?)\n\n/.exec(section) ?? [];
    const acts = (Object.keys(EVENTS) as EventName[]).flatMap((event) => {
      const { action = event } = kindOf(event);
      return action ?? [];
    });
    const ofCommands = [...read("scripts/database/admin-account.ts").matchAll(/['"](admin\.\w+)['"]/g)].map(
      ([, action]) => action!,
    );
    expect(ofCommands).not.toHaveLength(0);
    expect(sorted(codesIn(paragraph).filter((name) => name.includes(".")))).toEqual(sorted([...acts, ...ofCommands]));
  });
});
