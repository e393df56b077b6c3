/** The smoke test against the real service: green when all is well, red for each thing that is not, nothing left behind. */
import { execFile } from "node:child_process";
import http from "node:http";
import { createServer as createTlsServer, type Server } from "node:https";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findFreePort } from "../../scripts/process/ports.ts";
import { runSmoke, type SmokeOptions } from "../../scripts/smoke/run.ts";
import { startService, type RunningService } from "../support/system.ts";
import { PROJECT } from "./project-copy.ts";

let service: RunningService;
let origin: string;

beforeAll(async () => {
  service = await startService({ BREACH_CHECK: "off", RATE_LIMIT_SCALE: "1000" });
  ({ origin } = service);
});

afterAll(() => service?.stop());

const stoppers: (() => void)[] = [];
afterEach(() => stoppers.splice(0).forEach((stop) => stop()));

async function failuresOf(url: string, options?: SmokeOptions): Promise<Record<string, string | undefined>> {
  const outcomes = await runSmoke(url, { issuer: origin, timeoutSeconds: 60, ...options });
  return Object.fromEntries(
    outcomes.filter(({ state }) => state === "failed").map(({ name, detail }) => [name, detail]),
  );
}

const query = (sql: string) => service.query(sql);

const COUNTS = `SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM refresh_tokens) AS sessions,
  (SELECT count(*) FROM login_history) AS logins, (SELECT count(*) FROM login_throttles) AS throttles,
  (SELECT count(*) FROM audit_logs) AS acts, (SELECT count(*) FROM one_time_tokens) AS tokens`;

describe("a healthy deployment", () => {
  test("passes what only reads, which leaves nothing behind", async () => {
    const before = await query(COUNTS);
    const outcomes = await runSmoke(origin);
    expect(outcomes.filter(({ state }) => state === "failed")).toEqual([]);
    expect(outcomes.filter(({ state }) => state === "passed").length).toBeGreaterThan(12);
    expect(outcomes.filter(({ state }) => state === "skipped").map(({ name }) => name)).toEqual([
      "plain http serves nothing",
      "TLS",
    ]);
    expect(await query(COUNTS)).toEqual(before);
  });

  test("passes the life of an account, which is deleted at the end", async () => {
    expect(await failuresOf(origin, { write: true, mailbox: "smoke@example.com" })).toEqual({});
    const [account] = await query("SELECT email, deleted_at FROM users WHERE email LIKE 'smoke+%'");
    expect(account).toEqual({
      email: expect.stringMatching(/^smoke\+smoke-[0-9a-f]{12}@example\.com$/),
      deleted_at: expect.any(String),
    });
    expect(await query("SELECT FROM refresh_tokens WHERE revoked_at IS NULL")).toEqual([]);
  });

  test("is told by the exit code and a line for each check", async () => {
    const { stdout } = await run(origin);
    expect(stdout).toMatch(/^ok {6}alive +\d+ ms$/m);
    expect(stdout).toMatch(/^\d+ checks passed\.$/m);
  });
});

/** Passes everything on to the service, and changes the answers on the way. */
async function proxy(
  change: (path: string, answer: { status: number; headers: Headers; body: string }) => void,
  upgrade = "401 Unauthorized\r\nContent-Length: 0",
) {
  const pass = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers))
      if (!["host", "connection", "content-length", "expect"].includes(name)) headers.set(name, String(value));
    const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {};
    const upstream = await fetch(`${origin}${request.url}`, { method: request.method!, headers, ...body });
    const answer = { status: upstream.status, headers: new Headers(upstream.headers), body: await upstream.text() };
    change(request.url!, answer);
    for (const name of ["content-encoding", "transfer-encoding", "content-length"]) answer.headers.delete(name);
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(answer.body);
  };
  const server = http.createServer((request, response) => void pass(request, response).catch(() => response.destroy()));
  server.on("upgrade", (_request, socket) => socket.on("error", () => {}).end(`HTTP/1.1 ${upgrade}\r\n\r\n`));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stoppers.push(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

describe("a deployment with one thing wrong fails, and says which", () => {
  test("nothing, behind the proxy that the others use", async () => {
    expect(await failuresOf(await proxy(() => {}))).toEqual({});
  });

  test.each<[string, Parameters<typeof proxy>[0], Record<string, RegExp>]>([
    [
      "the database is away",
      (path, answer) => path === "/health/ready" && Object.assign(answer, { status: 503 }),
      { "database answers": /expected 200, got 503/ },
    ],
    [
      "the private key is published",
      (path, answer) =>
        path.endsWith("jwks.json") && (answer.body = answer.body.replaceAll('"kty"', '"d":"secret","kty"')),
      { "signing keys": /PRIVATE KEY/ },
    ],
    [
      "a header is missing, one tells the version",
      (_path, { headers }) => (headers.delete("X-Content-Type-Options"), headers.set("Server", "nginx/1.27")),
      { "security headers": /X-Content-Type-Options is missing/ },
    ],
    [
      "the server tells its version",
      (_path, { headers }) => headers.set("Server", "nginx/1.27"),
      { "security headers": /Server tells nginx/ },
    ],
    [
      "an error has a stack",
      (path, answer) =>
        path.includes("no-such-thing") && (answer.body = answer.body.replace("{", '{"stack":"at app.ts:1",')),
      { "unknown path is 404": /fields are .*stack/ },
    ],
    [
      "any origin may read",
      (_path, { headers }) => headers.set("Access-Control-Allow-Origin", "*"),
      { "a foreign page may not read answers": /is \*/ },
    ],
    [
      "forged tokens are taken",
      (path, answer) => path === "/api/users/me" && answer.status === 401 && (answer.status = 200),
      { "no token and forged tokens are 401": /expected 401, got 200/ },
    ],
    [
      "a page of a proxy in between, where JSON should be",
      (path, answer) => path === "/health" && (answer.body = "<html>"),
      { alive: /says that it is JSON, and is not/ },
    ],
    [
      "everything is sent elsewhere",
      (path, answer) => path === "/health" && Object.assign(answer, { status: 302, body: "" }),
      { alive: /expected 200, got 302/ },
    ],
  ])("%s", async (_what, change, expected) => {
    const failures = await failuresOf(await proxy(change));
    expect(Object.keys(failures)).toEqual(Object.keys(expected));
    for (const [name, pattern] of Object.entries(expected)) expect(failures[name], name).toMatch(pattern);
  });

  test("ISSUER was forgotten", async () => {
    const failures = await failuresOf(origin, { issuer: "https://auth.example.com" });
    expect(failures["metadata"]).toContain(`the issuer is ${origin}`);
  });

  test("a socket opens without a ticket", async () => {
    const url = await proxy(() => {}, "101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket");
    expect(await failuresOf(url)).toEqual({ "no socket without a ticket": "the upgrade got 101, not 401" });
  });

  test("a step of the account's life fails: the account is deleted all the same", async () => {
    const url = await proxy((path, answer) => {
      if (path === "/api/auth/profile") answer.status = 500;
    });
    const failures = await failuresOf(url, { write: true, mailbox: "half@example.com" });
    expect(failures).toEqual({ "read and change the profile": expect.stringMatching(/expected 200, got 500/) });
    expect(await query("SELECT FROM users WHERE email LIKE 'half+%' AND deleted_at IS NULL")).toEqual([]);
    expect(await query("SELECT FROM users WHERE email LIKE 'half+%'")).toHaveLength(1);
  });

  test("one that hangs is given up after its time limit", async () => {
    const silent = http.createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    stoppers.push(() => (silent.closeAllConnections(), silent.close()));
    const url = `http://127.0.0.1:${(silent.address() as { port: number }).port}`;
    const failures = await failuresOf(url, { timeoutSeconds: 0.1 });
    expect(failures["alive"]).toMatch(/timeout/i);
  });

  test("nobody listens: exit code 1, and the reason on the line", async () => {
    const error = await run(`http://127.0.0.1:${await findFreePort()}`).catch((failure) => failure);
    expect(error.code).toBe(1);
    expect(error.stdout).toMatch(/^FAILED {2}alive .*ECONNREFUSED/m);
    expect(error.stdout).toMatch(/checks failed\.$/m);
  });
});

describe("what can't be meant is one line, before anything is sent", () => {
  test.each([
    ["http://auth.example.com", {}, "not https"],
    ["https://auth.example.com", { write: true }, "--mailbox"],
    ["https://auth.example.com/api", {}, "Not the origin"],
    ["auth.example.com", {}, "Not the origin"],
    ["https://auth.example.com", { mailbox: "nobody" }, "Not a mailbox"],
  ])("%s %o", async (url, options, message) => {
    await expect(runSmoke(url, options)).rejects.toThrow(message);
  });
});

const OPENSSL_ARGUMENTS =
  "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost -keyout - -out -".split(
    " ",
  );

describe("over https", () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  test("a certificate that nobody vouches for fails the check", async () => {
    const made = await promisify(execFile)("openssl", OPENSSL_ARGUMENTS).catch(() => undefined);
    if (!made) return;
    server = createTlsServer({ key: made.stdout, cert: made.stdout }, (_request, response) => response.end());
    await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
    const url = `https://localhost:${(server.address() as { port: number }).port}`;
    const failures = await failuresOf(url);
    expect(failures["TLS"]).toMatch(/no TLS connection/);
  });
});

function run(url: string): Promise<{ stdout: string }> {
  return promisify(execFile)(process.execPath, ["scripts/smoke.ts", url], { cwd: PROJECT });
}
