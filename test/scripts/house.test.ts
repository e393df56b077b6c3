/** The laws of the house: the linter names whatever breaks one, and finds nothing broken today (`npm run check`). */
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "./local-neon.ts";

const PROJECT = path.resolve(import.meta.dirname, "../..");

/** What each room may import. Between two of one line none: an arrow that goes both ways is none. */
const ROOMS: Record<string, string[]> = {
  "app.ts": ["http", "routes", "contract", "pages", "hub", "services", "platform", "db", "crypto", "errors.ts"],
  routes: ["http", "contract", "pages", "services", "platform", "db", "crypto", "errors.ts"],
  pages: ["http", "contract", "services", "platform", "db", "crypto", "errors.ts"],
  http: ["services", "platform", "db", "crypto", "errors.ts"],
  contract: ["db", "crypto", "errors.ts"],
  verifier: ["services", "platform", "db", "crypto", "errors.ts"],
  hub: ["services", "platform", "db", "crypto", "errors.ts"],
  services: ["db", "crypto", "errors.ts"],
  platform: ["db", "crypto", "errors.ts"],
  db: ["errors.ts"],
  crypto: [],
  web: ["client"],
  client: [],
};
/** What a room may name the types of, and nothing else. */
const BY_TYPE: Record<string, string> = { services: "platform", web: "errors.ts" };
const KNOW_HONO = ["app.ts", "routes", "pages", "http"];

const isFile = (room: string) => room.endsWith(".ts");
/** A file deep in the room, since every room may have rooms of its own. */
const fileIn = (room: string, name: string) => (isFile(room) ? room : `${room}/inner/${name}.ts`);

interface Break {
  title: string;
  rule: string;
  /** By path below src. */
  files: Record<string, string>;
}

const importOf = (from: string, to: string, what: string) => {
  const relative = path.posix.relative(path.posix.dirname(from), to);
  return `import ${what} from "${relative.startsWith(".") ? relative : `./${relative}`}";\n`;
};

const USES = "export const used: Thing | undefined = undefined;\n";

const UPWARD: Break[] = Object.entries(ROOMS).flatMap(([room, below]) =>
  Object.keys(ROOMS)
    .filter((other) => other !== room && !below.includes(other) && room !== "app.ts")
    .flatMap((other) =>
      (BY_TYPE[room] === other ? ["{ thing }"] : ["{ thing }", "type { Thing }"]).map((what) => {
        const from = fileIn(room, "from");
        return {
          title: `${room} imports ${what.startsWith("type") ? "a type of " : ""}${other}`,
          rule: "no-restricted-imports",
          files: {
            [from]: `${importOf(from, fileIn(other, "to"), what)}${what === "{ thing }" ? "export const used = thing;\n" : USES}`,
          },
        };
      }),
    ),
);

const HONO: Break[] = Object.keys(ROOMS)
  .filter((room) => !KNOW_HONO.includes(room))
  .flatMap((room) =>
    ["hono/cookie", "@hono/zod-validator", ...(room === "verifier" ? [] : ["hono"])].map((name) => ({
      title: `${room} imports ${name}`,
      rule: "no-restricted-imports",
      files: { [fileIn(room, "web")]: `import { thing } from "${name}";\nexport const used = thing;\n` },
    })),
  );

const BREAKS: Break[] = [
  ...UPWARD,
  ...HONO,
  ...["react", "lodash", "prettier", "unplugin", "preact/compat", "preact-x", "@preact/x", "node:fs"].map((name) => ({
    title: `web imports ${name}`,
    rule: "no-restricted-imports",
    files: { "web/inner/package.ts": `import { thing } from "${name}";\nexport const used = thing;\n` },
  })),
  ...["preact", "preact/compat", "prettier", "react-dom", "react/jsx-runtime", "redis", "uplot", "node:fs"].map(
    (name) => ({
      title: `client imports ${name}`,
      rule: "no-restricted-imports",
      files: { "client/package.ts": `import { thing } from "${name}";\nexport const used = thing;\n` },
    }),
  ),
  ...["preact", "@preact/signals", "../components/form.tsx", "../account/texts.ts"].map((name) => ({
    title: `the sign-in imports ${name}`,
    rule: "no-restricted-imports",
    files: { "web/sign-in/package.ts": `import { thing } from "${name}";\nexport const used = thing;\n` },
  })),
  {
    title: "a circle of types alone",
    rule: "no-cycle",
    files: {
      "services/login/a.ts": 'import type { B } from "../sessions/b.ts";\nexport interface A {\n  b?: B;\n}\n',
      "services/sessions/b.ts": 'import type { A } from "../login/a.ts";\nexport interface B {\n  a?: A;\n}\n',
    },
  },
  {
    title: "a circle of pages",
    rule: "no-cycle",
    files: {
      "web/account/a.ts": 'import { b } from "../components/b.ts";\nexport const a = () => b();\n',
      "web/components/b.ts": 'import { a } from "../account/a.ts";\nexport const b = (): unknown => a();\n',
    },
  },
  {
    title: "a file of 201 lines",
    rule: "max-lines",
    files: { "services/long.ts": Array.from({ length: 201 }, (_, n) => `export const c${n} = ${n};\n`).join("") },
  },
];

/** The findings of the project's own rules in a folder that has only these files, by file: types apart, which it lacks. */
async function lint(folder: string): Promise<Map<string, string[]>> {
  const config = JSON.parse(readFileSync(path.join(PROJECT, ".oxlintrc.json"), "utf8")) as Record<string, unknown>;
  writeFileSync(path.join(folder, ".oxlintrc.json"), JSON.stringify({ ...config, options: {} }));
  const oxlint = path.join(PROJECT, "node_modules/.bin/oxlint");
  const run = promisify(execFile)(oxlint, ["--format", "json", "src"], { cwd: folder, maxBuffer: 2 ** 26 });
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] };
  const found = new Map<string, string[]>();
  for (const { filename, code } of diagnostics) found.set(filename, [...(found.get(filename) ?? []), code]);
  return found;
}

describe("the linter names", () => {
  const folder = temporaryFolder();
  let found: Map<string, string[]>;

  beforeAll(async () => {
    // Each break in a tree of its own would be a run of its own: here each has its own names in one tree.
    for (const [at, { files }] of BREAKS.entries()) {
      for (const [file, text] of Object.entries(files)) {
        const target = path.join(folder, "src", numbered(file, at));
        mkdirSync(path.dirname(target), { recursive: true });
        writeFileSync(target, text.replaceAll(/\/(a|b)\.ts"/g, `/$1-${at}.ts"`));
      }
    }
    found = await lint(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const numbered = (file: string, at: number) => file.replace(/\.ts$/, `-${at}.ts`);

  test.each(BREAKS.map((broken, at) => [broken.title, at] as const))("%s", (_title, at) => {
    const { files, rule } = BREAKS[at]!;
    const codes = Object.keys(files).flatMap((file) => found.get(`src/${numbered(file, at)}`) ?? []);
    expect(codes.join()).toContain(rule);
  });

  test("nothing in what each room may import", async () => {
    const allowed = temporaryFolder();
    try {
      for (const [room, below] of Object.entries(ROOMS)) {
        const from = fileIn(room, "from");
        mkdirSync(path.dirname(path.join(allowed, "src", from)), { recursive: true });
        const imports = below.map((other, n) =>
          importOf(from, isFile(other) ? other : `${other}/to.ts`, `{ thing${n} }`),
        );
        const uses = `export const used = [${below.map((_, n) => `thing${n}`).join(", ")}];\n`;
        writeFileSync(path.join(allowed, "src", from), `${imports.join("")}${uses}`);
      }
      expect([...(await lint(allowed))]).toEqual([]);
    } finally {
      rmSync(allowed, { recursive: true });
    }
  });
});

describe("only src/platform reads the bindings:", () => {
  /** Elsewhere they are handed to createPlatform, as the runtime gave them. */
  const HANDED_ON =
    /createPlatform\((?:c\.|this\.)?env,|super\(ctx, env\)|async \w+\((?:\w+|\{ \w+ \}), env, context\)|env: Env\)/g;
  const folder = path.join(PROJECT, "src");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
    // What other Workers use reads theirs.
    .filter((file) => !file.startsWith("platform/") && !file.startsWith("verifier/client/"));

  const reads = (text: string) => text.replaceAll(HANDED_ON, "").match(/\benv\b|\bprocess\.env\b/g) ?? [];

  test.each(files)("%s", (file) => {
    expect(reads(readFileSync(path.join(folder, file), "utf8"))).toEqual([]);
  });

  test("one that did would be found", () => {
    expect(reads("const url = c.env.DATABASE_URL;")).toEqual(["env"]);
    expect(reads('import { env } from "cloudflare:workers";')).toEqual(["env"]);
    expect(reads("createPlatform(this.env, this.ctx, SYSTEM_CLIENT)")).toEqual([]);
  });
});
