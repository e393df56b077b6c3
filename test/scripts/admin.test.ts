/** `npm run admin` against the running service: signing in, the authenticator, daily work, a long import. */
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  globSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import http from "node:http";
import path from "node:path";
import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMMANDS } from "../../scripts/admin/commands.ts";
import { read } from "../support/documentation.ts";
import { startService, type RunningService } from "../support/system.ts";
import { copyProject } from "./project-copy.ts";

const BCRYPT = "$2b$04$abcdefghijklmnopqrstuuLxJfCxZ6c0QpFZ1H5vO9c9k1uM9d3zK";

let service: RunningService;
let folder: string;
let origin: string;
const account = { email: "first@example.test", password: "Correct cheval pile agrafe" };
/** Of the authenticator, once it is set up. */
let secret: string;
let recoveryCodes: string[];

beforeAll(async () => {
  folder = copyProject();
  service = await startService({
    BREACH_CHECK: "off",
    RATE_LIMIT_SCALE: "1000",
    TWO_FACTOR_REQUIRED_FOR_ADMIN: "on",
  });
  ({ origin } = service);
  await service.post("/api/auth/register", { prenom: "First", nom: "Admin", ...account });
  await service.query("update users set role_id = 1, is_verified = true");
});

afterAll(async () => {
  await service?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

/** @param answers to its questions, one a line. */
function admin(args: string[], answers: string[] = [], env: Record<string, string> = {}): Promise<Run> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--no-warnings", "scripts/admin.ts", ...args],
      { cwd: folder, env: { ...process.env, AUTH_API_URL: origin, ...env } },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    );
    child.stdin!.end(answers.map((answer) => `${answer}\n`).join(""));
  });
}

async function ok(args: string[], answers?: string[]): Promise<string> {
  const { code, stdout, stderr } = await admin(args, answers);
  expect({ code, stderr }, args.join(" ")).toEqual({ code: 0, stderr: "" });
  return stdout;
}

const json = async (...args: string[]): Promise<any> => JSON.parse(await ok([...args, "--json"]));

const query = (statement: string, values: unknown[] = []): Promise<any[]> => service.query(statement, values);

/** One later than those used before: each works once. */
let steps = 0;
const nextCode = () =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + 30_000 * steps++ });

const tokenFiles = () => globSync(".local/admin/*", { cwd: folder }).map((file) => path.join(folder, file));

describe("nobody signed in:", () => {
  test.each(COMMANDS.filter(({ open }) => !open).slice(0, 4))("$usage says so", async ({ usage }) => {
    const { code, stdout, stderr } = await admin(usage.split(" ").map((word) => word.replace(/[<[].*/, "1")));
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: "",
      stderr: "admin: sign in first: npm run admin -- login\n",
    });
  });

  test.each<[string, string[], Record<string, string>, string]>([
    ["a wrong password", ["login", "nobody@example.test"], {}, "(invalid_credentials, request "],
    ["a command that does not exist", ["users", "burn", "1"], {}, "no such command: users burn 1"],
    ["a missing argument", ["users", "show"], {}, "usage: users show <id>"],
    ["an argument too many", ["users", "show", "1", "2"], {}, "usage: users show <id>"],
    ["another command's option", ["stats", "--sort", "email"], {}, "--sort does not belong to it; usage: stats"],
    [
      "a service over plain http",
      ["login"],
      { AUTH_API_URL: "http://auth.example.com" },
      "--url must be an https:// origin",
    ],
  ])("%s is one line", async (_what, args, env, message) => {
    const { code, stdout, stderr } = await admin(args, ["a wrong password"], env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^admin: [^\n]*\n$/);
    expect(stderr).toContain(message);
    expect(tokenFiles()).toEqual([]);
  });

  test("a question that nobody answers is named", async () => {
    const { code, stderr } = await admin(["login", account.email]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'admin: "Password" has no answer: run this in a terminal, or give one line of stdin for it\n',
    });
  });
});

describe("the first administrator", () => {
  test("signs in, is told to set up an authenticator, and may do nothing until then", async () => {
    const said = await ok(["login"], [account.email, account.password]);
    expect(said).toContain("may nothing in administration");
    expect(said).toContain("npm run admin -- enrol");
    const { code, stderr } = await admin(["users", "list"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^admin: [^\n]*npm run admin -- enrol \(two_factor_required, request [\w-]+\)\n$/);
  });

  test("keeps the session in a file that nobody else can read, and the password nowhere", () => {
    const [file, ...others] = tokenFiles();
    expect(others).toEqual([]);
    expect(statSync(file!).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file!)).mode & 0o777).toBe(0o700);
    expect(Object.keys(JSON.parse(readFileSync(file!, "utf8")) as object)).toEqual(["refreshToken", "deviceToken"]);
  });

  test("sets one up: the QR code and secret, then the recovery codes, once", async () => {
    const child = spawn(process.execPath, ["--no-warnings", "scripts/admin.ts", "enrol"], {
      cwd: folder,
      env: { ...process.env, AUTH_API_URL: origin },
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      [, secret = ""] = /type in: ([A-Z2-7]{32})\n/.exec(stderr) ?? [];
      if (secret && child.stdin.writable) child.stdin.end(`${nextCode()}\n`);
    });
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^[█▀▄ \n]{400,}\n\nScan this/) });
    recoveryCodes = [...stdout.matchAll(/^ {2}(\S+)$/gm)].map(([, each]) => each!);
    expect(recoveryCodes).toHaveLength(10);
    expect(await ok(["whoami"])).toMatch(/, may \*\n$/);
  });

  test("signs in again with the authenticator, and with a recovery code", async () => {
    expect(await ok(["login", account.email], [account.password, nextCode()])).toMatch(
      /signed in by pwd and otp.*, may \*\n$/,
    );
    expect(await ok(["login", account.email], [account.password, recoveryCodes[0]!])).toContain("signed in by pwd");
    await ok(["logout"]);
    // The device stays known, the session is over.
    expect(Object.keys(JSON.parse(readFileSync(tokenFiles()[0]!, "utf8")) as object)).toEqual(["deviceToken"]);
    await query("update two_factor_methods set last_used_step = 0");
    steps = 0;
    await ok(["login", account.email], [account.password, nextCode()]);
  });
});

describe("daily work:", () => {
  let id: string;

  test("accounts are invited, found, listed in pages, shown", async () => {
    await ok(["users", "invite", "ben@example.test", "--prenom", "Ben", "--nom", "Ardent"]);
    const { data } = await json("users", "list", "--q", "ben@");
    expect(data).toHaveLength(1);
    id = data[0].id;
    expect(await ok(["users", "list", "--q", "ben@"])).toMatch(
      /^id +email +name +role[^\n]*\n\d+ +ben@example\.test +Ben Ardent +/,
    );
    const first = await ok(["users", "list", "--limit", "1"]);
    const [, cursor] = /--cursor (\S+)\n$/.exec(first)!;
    expect(await ok(["users", "list", "--limit", "1", "--cursor", cursor!])).not.toContain(first.split("\n")[1]);
    expect(await ok(["users", "show", id])).toMatch(
      /\nSessions\n {2}none\n\nSecond factors \(0 recovery codes left\)\n/,
    );
  });

  test("an act on an account asks first, and is done with --yes", async () => {
    const { code, stderr } = await admin(["users", "disable", id]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `admin: "users disable ${id} on ${origin}" needs a terminal to confirm, or --yes\n`,
    });
    const stateOf = async () => (await json("users", "show", id)).user.isActive as boolean;
    expect(await stateOf()).toBe(true);
    await ok(["users", "disable", id, "--yes"]);
    expect(await stateOf()).toBe(false);
    for (const act of ["enable", "verify", "unlock", "reset-2fa", "delete", "restore"])
      await ok(["users", act, id, "--yes"]);
    expect(await stateOf()).toBe(true);
  });

  test("roles are made, given, changed and deleted", async () => {
    await ok([
      "roles",
      "create",
      "helpdesk",
      "--permissions",
      "users:read,stats:read",
      "--description",
      "Answers calls",
    ]);
    const role = (await json("roles", "list")).data.find(({ name }: { name: string }) => name === "helpdesk");
    expect(role.permissions).toEqual(["users:read", "stats:read"]);
    await ok(["users", "role", id, String(role.id), "--yes"]);
    await ok(["roles", "change", String(role.id), "--permissions", "users:read", "--yes"]);
    await ok(["roles", "delete", String(role.id), "--replacement", "0", "--yes"]);
    expect(await ok(["permissions", "list"])).toContain("users:import");
  });

  test("applications are registered with all that they have, and changed", async () => {
    const [back, bye] = ["https://shop.example/back", "https://shop.example/bye"];
    const fields = ["--redirects", `${back},${bye}`, "--after-logout", bye, "--backchannel", "http://127.0.0.1:9/out"];
    const { application } = await json("applications", "create", "Shop", ...fields, "--first-party", "yes");
    expect(application).toMatchObject({
      redirectUris: [back, bye],
      postLogoutRedirectUris: [bye],
      backchannelLogoutUri: "http://127.0.0.1:9/out",
      isFirstParty: true,
    });
    const change = ["applications", "change", application.id, "--backchannel", "", "--first-party", "no", "--yes"];
    expect((await json(...change)).application).toMatchObject({
      postLogoutRedirectUris: [bye],
      backchannelLogoutUri: null,
      isFirstParty: false,
    });
  });

  test("sessions are listed and ended, without obeying what a browser called itself", async () => {
    const [mine] = (await json("sessions", "list", "1")).data as { id: string }[];
    await query("update refresh_tokens set user_agent = $1 where session_id = $2", [
      "\u001B[2J\u202Eevil\r\n",
      mine!.id,
    ]);
    const said = await ok(["sessions", "list", "1"]);
    expect(said).toContain("evil");
    for (const control of ["\u001B", "\u202E", "\r"]) expect(said).not.toContain(control);
    await ok(["sessions", "end", id, "--yes"]);
  });

  test("the audit log, the statistics and dead jobs are read", async () => {
    expect(await ok(["audit", "list", "--action", "user.updated", "--limit", "3"])).toMatch(/^id +time +actor +action/);
    expect(await ok(["audit", "verify"])).toContain("yes");
    expect(await ok(["stats"])).toContain("By day");
    expect(await ok(["jobs", "list"])).toBe("  none\n");
    expect((await admin(["notify", "Bonjour", "Un essai", "--users", id, "--yes"])).stdout).toMatch(
      /^Sent \([\w-]{36}\)\.\n$/,
    );
  });

  test("one's own data are downloaded, into a file that is not there yet and that nobody else can read", async () => {
    const file = path.join(folder, "mine.json");
    expect((await admin(["export", "mine.json"])).stdout).toMatch(/^\d\.\d MB in mine\.json\.\n$/);
    expect(readFileSync(file, "utf8")).toContain(account.email);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ audit_logs: expect.any(Array) });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await admin(["export", "mine.json"]);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("EEXIST") });
    expect(readFileSync(file, "utf8")).toContain(account.email);
  });

  test("what the service refuses is one line that names the field and the request", async () => {
    const { code, stderr } = await admin(["users", "invite", "no address"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^admin: [^\n]*#\/email: [^\n]*\(validation_failed, request [\w-]+\)\n$/);
  });

  test("commands at the same time share the session, and none loses it", async () => {
    await Promise.all([ok(["whoami"]), ok(["whoami"]), ok(["users", "list"])]);
    // The newest refresh token is in the file, however late a command wrote: an older one would soon end the session.
    const tokens = path.join(folder, ".local/admin");
    const [name] = readdirSync(tokens).filter((each) => each.endsWith(".json"));
    const { refreshToken } = JSON.parse(readFileSync(path.join(tokens, name!), "utf8"));
    const [kept] = await query(
      "select token from refresh_tokens where revoked_at is null order by last_used_at desc limit 1",
    );
    expect(createHash("sha256").update(refreshToken).digest("base64url")).toBe(kept.token);
    expect(readdirSync(tokens)).toEqual([name]);
    await ok(["whoami"]);
  });

  test("an act that needs a recent authentication asks for the authenticator's code", async () => {
    await query("update refresh_tokens set authenticated_at = now() - interval '601 s'");
    const refused = await admin(["users", "unlock", id, "--yes"]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('"Code of the authenticator, since') });
    const later = await admin(["export", "later.json"], [nextCode()]);
    expect(later).toMatchObject({ code: 0, stdout: expect.stringContaining("MB in later.json") });
    expect(await ok(["users", "unlock", id, "--yes"])).not.toBe("");
  });
});

describe("an import", () => {
  const row = (n: number, more = {}) =>
    JSON.stringify({
      email: `import-${n}@example.test`,
      prenom: "Ada",
      nom: "Lovelace",
      passwordHash: BCRYPT,
      ...more,
    });
  const place = (name: string) => path.join(folder, name);

  /** In front of the service: answers some of the imports itself. */
  async function throughProxy<Result>(
    answer: (count: number) => { status: number; headers?: Record<string, string> } | undefined,
    work: (url: string) => Promise<Result>,
  ): Promise<Result> {
    let count = 0;
    const proxy = http.createServer((incoming, outgoing) => {
      const own = incoming.url!.endsWith("/import") ? answer(++count) : undefined;
      if (own) {
        incoming.resume();
        outgoing.writeHead(own.status, { "Content-Type": "application/problem+json", ...own.headers });
        const code = own.status === 503 ? "service_unavailable" : "internal_error";
        outgoing.end(JSON.stringify({ code, message: "Something is wrong." }));
        return;
      }
      const { method, headers } = incoming;
      const host = new URL(origin).host;
      const forward = http.request(
        origin + incoming.url!,
        { method: method!, headers: { ...headers, host } },
        (answered) => {
          outgoing.writeHead(answered.statusCode!, answered.headers);
          answered.pipe(outgoing);
        },
      );
      incoming.pipe(forward);
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(proxy.address() as { port: number }).port}`;
    // The session is the service's, whatever the way to it.
    const [own = "", there] = [tokenFiles()[0], place(`.local/admin/${new URL(url).host.replace(":", "_")}.json`)];
    cpSync(own, there);
    try {
      return await work(url);
    } finally {
      renameSync(there, own);
      proxy.closeAllConnections();
      proxy.close();
    }
  }

  test("says how far it is, and writes what failed and why", async () => {
    const lines = Array.from({ length: 1_100 }, (_, n) => row(n));
    lines[3] = row(3, { passwordHash: "md5" });
    lines[700] = row(3.5, { email: "no address" });
    lines[701] = "";
    lines[900] = row(0);
    writeFileSync(place("people.ndjson"), `${lines.join("\n")}\n`);
    const { code, stdout, stderr } = await admin(["users", "import", "people.ndjson"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/(^|\n)100 %, line 1100: 1096 created, 1 existed, 2 failed\n$/);
    expect(stdout).toContain("1096 accounts created, 1 existed, 2 failed.");
    expect(readFileSync(place("people.ndjson.failed.ndjson"), "utf8")).toBe(`${lines[3]}\n${lines[700]}\n`);
    expect(readFileSync(place("people.ndjson.failed.log"), "utf8")).toMatch(
      /^line 4: invalid #\/passwordHash [^\n]+\nline 701: invalid #\/email [^\n]+\n$/,
    );
    expect(statSync(place("people.ndjson.failed.ndjson")).mode & 0o777).toBe(0o600);
    const [{ n }] = await query("select count(*)::int as n from users where email like 'import-%'");
    expect(n).toBe(1096);
    // A second time there is nothing left to do; from the first line again, all exist.
    expect(await admin(["users", "import", "people.ndjson"])).toMatchObject({
      stderr: expect.stringContaining("Going on after line 1100."),
    });
    expect((await admin(["users", "import", "people.ndjson", "--restart"])).stdout).toContain(
      "0 accounts created, 1097 existed, 2 failed.",
    );
  });

  test("that is stopped by a failure goes on after the last line that was done", async () => {
    writeFileSync(place("more.ndjson"), Array.from({ length: 1_200 }, (_, n) => row(10_000 + n)).join("\n"));
    await throughProxy(
      (count) => (count === 2 ? { status: 500 } : undefined),
      async (url) => {
        const stopped = await admin(["users", "import", "more.ndjson", "--url", url]);
        expect(stopped.code).toBe(1);
        expect(stopped.stderr).toContain(
          "admin: stopped after line 500: Something is wrong. (run it again to go on there)\n",
        );
        const again = await admin(["users", "import", "more.ndjson", "--url", url]);
        expect(again).toMatchObject({ code: 0, stdout: "1200 accounts created, 0 existed, 0 failed.\n" });
        expect(again.stderr).toContain("Going on after line 500.");
      },
    );
  });

  test("waits where the service asks it to, and sends the same lines again", async () => {
    writeFileSync(place("later.ndjson"), Array.from({ length: 600 }, (_, n) => row(20_000 + n)).join("\n"));
    await throughProxy(
      (count) => (count === 2 ? { status: 503, headers: { "Retry-After": "1" } } : undefined),
      async (url) => {
        expect(await admin(["users", "import", "later.ndjson", "--url", url])).toMatchObject({
          code: 0,
          stdout: "600 accounts created, 0 existed, 0 failed.\n",
        });
      },
    );
    expect(existsSync(place("later.ndjson.failed.ndjson"))).toBe(false);
  });
});

test("every operation of administration has a command", () => {
  const [, operations = ""] = read("src/client/api.ts").split("export interface Operations");
  const names = [...operations.matchAll(/"((?:GET|POST|PUT|PATCH|DELETE) \/api\/admin\/[^"]+)":/g)].map(
    ([, name]) => name!,
  );
  const commands = read("scripts/admin/commands.ts") + read("scripts/admin/program-commands.ts");
  expect(names.length).toBeGreaterThan(15);
  // A list has all of a role.
  expect(names.filter((name) => !commands.includes(`"${name}"`))).toEqual(["GET /api/admin/roles/{id}"]);
});
