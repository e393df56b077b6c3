/** The two packages as npm installs them: each from its tarball into an empty folder, type-checked, built and run. */
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import rootManifest from "../../package.json" with { type: "json" };
import { startBrowser } from "../support/browser.ts";
import { read } from "../support/documentation.ts";
import { sampleOf } from "../support/sample.ts";
import { serveFolder, type FrontEnd } from "../support/sdk-page.ts";
import { startService, type RunningService } from "../support/system.ts";
import { PACKAGES } from "../../scripts/packages/folders.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
const PASSWORD = "Correct cheval pile agrafe";

let folder: string;
let browser: Browser;
let page: FrontEnd;
let service: RunningService;
const tarballs: Record<string, string> = {};

function run(command: string, args: string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  // The compiler tells its errors on stdout.
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

/** Without a network: a tarball of ours, and what npm would fetch beside it from our own `node_modules`. */
async function installInto(project: string, tarball: string, others: string[]): Promise<void> {
  await mkdir(project, { recursive: true });
  run("npm", ["init", "-y"], project);
  run("npm", ["install", "--offline", "--legacy-peer-deps", "--no-audit", "--no-fund", tarball], project);
  for (const name of others) {
    await mkdir(dirname(join(project, "node_modules", name)), { recursive: true });
    await symlink(join(ROOT, "node_modules", name), join(project, "node_modules", name));
  }
}

async function writeFiles(project: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(project, path)), { recursive: true });
    await writeFile(join(project, path), text);
  }
}

/** The files that a section of a document has its reader write: each block names its file in its first line. */
function filesIn(document: string, heading: string): Record<string, string> {
  const section = read(document).split(`\n${heading}\n`)[1]!.split("\n## ")[0]!;
  const blocks = section.matchAll(/```\w+\n(?:\/\/|#|<!--) ([\w./-]+\.\w+)(?: -->)?\n([\s\S]*?)```/g);
  return Object.fromEntries([...blocks].map(([, path, text]) => [path!, text!]));
}

const front = () => join(folder, "front");
const worker = () => join(folder, "bookings");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "auth-api-packed-"));
  run(process.execPath, ["scripts/packages.ts", "--into", folder], ROOT);
  for (const name of Object.keys(PACKAGES))
    tarballs[name] = join(folder, `auth-api-edge-${name}-${rootManifest.version}.tgz`);
  await Promise.all([
    installInto(front(), tarballs["client"]!, ["preact"]),
    installInto(worker(), tarballs["verifier"]!, ["hono", "@cloudflare/workers-types"]),
  ]);
  await writeFiles(worker(), filesIn("docs/token-verification.md", "## From an empty folder"));
  await mkdir(join(front(), "dist"));
  page = await serveFolder(join(front(), "dist"));
  [service, browser] = await Promise.all([
    startService({ ALLOWED_ORIGINS: page.origin, RATE_LIMIT_SCALE: "1000" }, [join(worker(), "wrangler.toml")]),
    startBrowser(),
  ]);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await service?.stop();
  await page?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

describe("the tarballs", () => {
  for (const [name, sources] of Object.entries(PACKAGES))
    it(`${name}: holds what runs, its types, a readme and the licence, under 32 KiB, of this release`, async () => {
      const files = run("tar", ["tzf", tarballs[name]!], folder).trim().split("\n");
      const kinds = new Set(files.map((file) => file.replace(/^package\/dist\/.*?((?:\.d)?\.\w+)$/, "*$1")));
      expect([...kinds].toSorted()).toEqual([
        "*.d.ts",
        "*.js",
        "package/LICENSE.md",
        "package/README.md",
        "package/package.json",
      ]);
      expect((await readFile(tarballs[name]!)).length).toBeLessThan(32 * 1024);
      const manifest = JSON.parse(read(`${sources}/package.json`));
      expect(manifest).toMatchObject({ name: `@auth-api-edge/${name}`, version: rootManifest.version });
      expect(manifest.dependencies).toBeUndefined();
      const readmeImports = [...read(`${sources}/README.md`).matchAll(/from "(@auth-api-edge\/[^"]+)"/g)];
      for (const [, specifier] of readmeImports)
        expect(Object.keys(manifest.exports), specifier).toContain(specifier!.replace(manifest.name, "."));
    });

  it("are what npm would publish, without a word against them", () => {
    // As the release does; nothing listens at that registry, so nothing can be sent either.
    const command = read(".github/workflows/deploy.yml").match(
      /npm publish "\.\/\$tarball" --provenance (--access public)/,
    );
    for (const [name, tarball] of Object.entries(tarballs)) {
      const args = ["publish", tarball, "--dry-run", ...command![1]!.split(" ")];
      const { status, stdout, stderr } = spawnSync(
        "npm",
        [...args, "--registry", "http://127.0.0.1:9", "--fetch-retries", "0"],
        { cwd: folder, encoding: "utf8" },
      );
      expect([status, stdout.trim()]).toEqual([0, `+ @auth-api-edge/${name}@${rootManifest.version}`]);
      const warnings = stderr.split("\n").filter((line) => /^npm (warn publish|error)/.test(line));
      // Such as what npm has to correct in the manifest.
      expect(warnings.filter((line) => !line.includes("requires you to be logged in"))).toEqual([]);
    }
  });

  it("are the only things that can be published from here", () => {
    expect(rootManifest.private).toBe(true);
  });
});

/** A front end with Preact, or with React: its hooks need no more than Preact's stand-in for it has. */
const FRONT_END = (library: "react" | "preact", url: string) => ({
  "index.html": `<!doctype html><title>Front</title><link rel="icon" href="data:," /><div id="app"></div>
    <script type="module" src="/src/main.tsx"></script>`,
  "tsconfig.json": JSON.stringify({
    compilerOptions: {
      target: "es2022",
      module: "esnext",
      moduleResolution: "bundler",
      lib: ["es2023", "dom"],
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      skipLibCheck: false,
      jsx: "react-jsx",
      jsxImportSource: "preact",
    },
    include: ["src"],
  }),
  "src/main.tsx": `
    import { AuthError, createAuthClient, type FailureOf, type Schemas } from "@auth-api-edge/client";
    import { useCall, useSession } from "@auth-api-edge/client/${library}";
    import { render } from "preact";

    const auth = createAuthClient({ url: ${JSON.stringify(url)}, locale: "en" });

    async function register(email: string): Promise<string> {
      try {
        const answer = await auth.register({ prenom: "Ada", nom: "Lovelace", email, password: ${JSON.stringify(PASSWORD)} });
        return answer.message;
      } catch (error) {
        if (!(error instanceof AuthError)) throw error;
        const failure = error as FailureOf<"POST /api/auth/register">;
        switch (failure.code) {
          case "email_taken":
          case "offline":
            return failure.code;
          // @ts-expect-error what this operation never answers
          case "role_in_use":
            return "";
          default:
            return failure.message;
        }
      }
    }

    function Sessions() {
      const { data, error, isLoading } = useCall((signal) => auth.security.get("/sessions", { query: { limit: 5 }, signal }), []);
      const sessions: Schemas["SessionList"]["data"] | undefined = data?.data;
      return <p id="sessions">{isLoading ? "…" : (error?.code ?? sessions?.length)}</p>;
    }

    // @ts-expect-error an operation that does not exist
    export const missing = () => auth.admin.get("/nothing");
    // @ts-expect-error its path needs an id
    export const incomplete = () => auth.admin.get("/users/{id}");

    function App() {
      const session = useSession(auth);
      if (session === undefined) return <p>…</p>;
      if (session === null)
        return <button onClick={() => void register("packed-${library}@example.test").then((text) => (document.title = text))}>Register</button>;
      return <><p id="who">{session.userId}</p><Sessions /><button onClick={() => void auth.logout()}>Log out</button></>;
    }

    render(<App />, document.querySelector("#app")!);
  `,
});

describe("the client, in a page built by Vite", () => {
  for (const library of sampleOf(["preact", "react"] as const, () => ["hooks"]))
    it(`type-checks, and signs in and out with the hooks for ${library}`, async () => {
      await writeFiles(front(), FRONT_END(library, service.origin));
      run(process.execPath, [TSC, "-p", "."], front());
      await build({
        root: front(),
        configFile: false,
        logLevel: "error",
        resolve: { alias: library === "react" ? { react: "preact/compat" } : {} },
      });
      const context = await browser.newContext();
      const tab = await context.newPage();
      const failures: string[] = [];
      tab.on("pageerror", (error) => failures.push(String(error)));
      await tab.goto(page.origin);
      await tab.click("text=Register");
      await tab.waitForSelector("#who");
      await tab.waitForFunction(`document.querySelector("#sessions").textContent === "1"`);
      await tab.reload();
      await tab.click("text=Log out");
      await tab.waitForSelector("text=Register");
      await tab.click("text=Register");
      await tab.waitForFunction(`document.title === "email_taken"`);
      expect(failures).toEqual([]);
      await context.close();
    });

  it("is at most 4 KiB, minified and compressed, and needs no package", async () => {
    await writeFiles(front(), { "src/size.ts": `export { createAuthClient } from "@auth-api-edge/client";` });
    await build({
      root: front(),
      configFile: false,
      logLevel: "error",
      build: {
        outDir: "size",
        modulePreload: false,
        rolldownOptions: {
          input: join(front(), "src/size.ts"),
          preserveEntrySignatures: "strict",
          output: { entryFileNames: "size.js" },
        },
      },
    });
    const bundle = await readFile(join(front(), "size/size.js"), "utf8");
    expect(bundle).toContain("ws-ticket");
    expect(bundle).not.toMatch(/node_modules|\bimport\b/);
    expect(gzipSync(bundle).length).toBeLessThanOrEqual(4 * 1024);
  });
});

describe("examples/spa", () => {
  it("signs people in, shows another device at once, and closes its view when it is ended", async () => {
    run(process.execPath, [TSC, "-p", "examples/spa", "--noEmit"], ROOT);
    process.env["VITE_AUTH_URL"] = service.origin;
    const spa = join(ROOT, "examples/spa");
    await build({
      root: spa,
      configFile: join(spa, "vite.config.ts"),
      logLevel: "error",
      build: { outDir: join(front(), "dist"), emptyOutDir: true },
    });
    const userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0";
    const [mine, other] = [await browser.newContext(), await browser.newContext({ userAgent })];
    const [first, second] = [await mine.newPage(), await other.newPage()];
    const fill = async (tab: Page, fields: Record<string, string>) => {
      for (const [name, value] of Object.entries(fields)) await tab.fill(`[name="${name}"]`, value);
      await tab.click("form button");
    };
    const credentials = { email: "spa@example.test", password: PASSWORD };
    await first.goto(page.origin);
    await first.click("text=I am new here");
    await fill(first, { prenom: "Ada", nom: "Lovelace", ...credentials });
    await first.waitForSelector("text=Hello, Ada");
    await second.goto(page.origin);
    await fill(second, { ...credentials, password: "another one" });
    await second.waitForFunction(`document.querySelector("[role=alert]").textContent !== ""`);
    await fill(second, credentials);
    await second.waitForSelector("text=Hello, Ada");
    await first.waitForSelector("h2:text('News') + ul li");
    await first.click("h2:text('Devices') + ul button");
    await second.waitForSelector("h1:text('Sign in')");
    await first.waitForSelector("h2:text('Devices') + ul button", { state: "detached" });
    await mine.close();
    await other.close();
  });
});

describe("the verifier, in the Worker of its guide", () => {
  it("type-checks as written", () => {
    run(process.execPath, [TSC, "-p", ".", "--skipLibCheck", "false"], worker());
  });

  it("tells who is calling, and who may do what", async () => {
    const call = async (method: string, path: string, token?: string) => {
      const headers: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {};
      const response = await service.worker("bookings").fetch(`http://bookings.test${path}`, { method, headers });
      return { status: response.status, body: await response.json() };
    };
    const account = { prenom: "Ada", nom: "Lovelace", email: "guide@example.test", password: PASSWORD };
    const { body } = await service.post("/api/auth/register", account);
    expect(await call("GET", "/me")).toMatchObject({ status: 401, body: { code: "token_missing" } });
    expect(await call("GET", "/me", body.token)).toEqual({ status: 200, body: { user: body.user.id } });
    expect(await call("POST", "/artists", body.token)).toMatchObject({
      status: 403,
      body: { code: "permission_missing" },
    });
  });

  it("is installed by the guide with the service's own Wrangler", () => {
    const guide = read("docs/token-verification.md");
    expect(guide).toContain(`wrangler@${rootManifest.devDependencies.wrangler} `);
  });
});
