/** Two real Workers: auth-api, and one of another team that verifies its tokens through the client package as built. */
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { createRemoteJWKSet, importJWK, jwtVerify, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestHarness } from "wrangler";
import { createControl, type Control } from "../../scripts/neon/control.ts";
import { AUDIENCE, ISSUER, testBindings } from "../support/bindings.ts";
import { requireVerifier } from "../support/built-package.ts";
import { startStage } from "../support/stage.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const TSC = path.join(ROOT, "node_modules/typescript/bin/tsc");
const PACKAGE = path.join(ROOT, "src/verifier/client/dist/verifier/client/index.js");
const PASSWORD = "Correct cheval pile agrafe";

let directory: string;
let stage: Awaited<ReturnType<typeof startStage>>;
let control: Control;
let url: string;
let keys: { keys: Record<string, string>[] };

const server = createTestHarness();
const auth = () => server.getWorker("auth-api");
const consumer = () => server.getWorker("consumer");

beforeAll(async () => {
  requireVerifier();
  directory = await mkdtemp(path.join(tmpdir(), "auth-api-verifier-"));
  stage = await startStage();
  const { endpoint, outside } = stage;
  control = createControl(endpoint.url);
  url = await control.createDatabase("template_migrated");
  const { DATABASE_URL: _, AUTH_SECRET, JWT_KEYS, ...vars } = testBindings(endpoint.url, outside.url);
  keys = JSON.parse(JWT_KEYS!) as typeof keys;
  await server.update({
    root: ROOT,
    workers: [
      {
        configPath: "wrangler.toml",
        prebuiltWorkerDir: process.env["TEST_WORKER"]!,
        vars: { ...vars, RATE_LIMIT_SCALE: "1000" },
        secrets: { DATABASE_URL: url, AUTH_SECRET: AUTH_SECRET!, JWT_KEYS: JWT_KEYS! },
      },
      { configPath: "test/system/consumer/wrangler.toml" },
    ],
  });
  await server.listen();
});

afterAll(async () => {
  await server.close();
  await stage?.stop();
  if (directory) await rm(directory, { recursive: true, force: true });
});

beforeEach(async () => {
  await moveClock(0);
  await callsMade();
});

async function send(
  worker: { fetch: typeof server.fetch },
  method: string,
  pathname: string,
  { body, token }: { body?: unknown; token?: string } = {},
): Promise<{ status: number; body: any; headers: Headers }> {
  const response = await worker.fetch(`${ISSUER}${pathname}`, {
    method,
    headers: {
      ...(body !== undefined && { "Content-Type": "application/json" }),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text ? JSON.parse(text) : undefined,
    headers: response.headers as unknown as Headers,
  };
}

const moveClock = (skewMs: number) => send(consumer(), "POST", "/clock", { body: { skewMs } });
const callsMade = async (): Promise<string[]> => (await send(consumer(), "GET", "/calls")).body;
const ask = async (way: string, token: string, options?: object): Promise<any> =>
  (await send(consumer(), "POST", "/verdict", { body: { way, token, options } })).body;
const askOverHttp = async (token: string, options: object = {}): Promise<any> =>
  (await send(auth(), "POST", "/api/auth/verify-token", { body: { token, ...options } })).body;

async function tripsOf(act: () => Promise<unknown>): Promise<number> {
  await control.resetTrips(url);
  await act();
  return control.trips(url, "request");
}

let members = 0;
async function register(roleId = 0): Promise<{ email: string; userId: number; token: string; refreshToken: string }> {
  const email = `membre-${++members}@example.test`;
  const body = { prenom: "Ada", nom: "Lovelace", email, password: PASSWORD };
  const answer = await send(auth(), "POST", "/api/auth/register", { body });
  expect(answer.status).toBe(201);
  const userId = Number(answer.body.user.id);
  if (roleId === 0) return { email, userId, token: answer.body.token, refreshToken: answer.body.refreshToken };
  await control.query(url, "update users set role_id = $2 where id = $1", [userId, roleId]);
  const refreshed = await refresh(answer.body.refreshToken);
  return { email, userId, ...refreshed };
}

async function refresh(refreshToken: string): Promise<{ token: string; refreshToken: string }> {
  return (await send(auth(), "POST", "/api/auth/refresh", { body: { refreshToken } })).body;
}

/** A JWT with the service's own key, or another, around claims that are good unless `claims` say otherwise. */
async function forge(
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  jwk: Record<string, string> = keys.keys[0]!,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: ISSUER,
    aud: AUDIENCE,
    sub: "1",
    iat: now,
    exp: now + 600,
    jti: crypto.randomUUID(),
    sid: crypto.randomUUID(),
    role: 0,
    permissions: ["artists:read"],
    amr: ["pwd"],
    auth_time: now,
    ...claims,
  })
    .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: keys.keys[0]!["kid"]!, ...header })
    .sign(await importJWK(jwk, "EdDSA"));
}

const STRANGER = {
  kty: "OKP",
  crv: "Ed25519",
  d: "TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs",
  x: "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw",
};

describe("one corpus of tokens", () => {
  const now = Math.floor(Date.now() / 1000);
  const corpus: [name: string, token: () => Promise<string>, code: string | undefined][] = [
    ["good", async () => (await register()).token, undefined],
    ["good, of our own making", () => forge(), undefined],
    ["for two audiences", () => forge({ aud: ["x", AUDIENCE] }), undefined],
    ["expired", () => forge({ iat: now - 700, exp: now - 100 }), "token_expired"],
    ["of the future", () => forge({ iat: now + 100, exp: now + 700 }), "token_not_yet_valid"],
    ["of a stranger's key", () => forge({}, {}, STRANGER), "token_invalid"],
    ["of a stranger's key and kid", () => forge({}, { kid: "stranger" }, STRANGER), "token_invalid"],
    ["changed", async () => change((await register()).token), "token_invalid"],
    ["of another type", () => forge({}, { typ: "JWT" }), "token_invalid"],
    ["of another issuer", () => forge({ iss: "https://evil.example" }), "token_invalid"],
    ["for another audience", () => forge({ aud: "other-api" }), "audience_mismatch"],
    ["without signature", async () => unsign(await forge()), "token_malformed"],
    [
      "alg none",
      async () => `${encode({ alg: "none", typ: "at+jwt", kid: "test-1" })}.${(await forge()).split(".")[1]}.`,
      "token_invalid",
    ],
    ["junk", async () => "junk", "token_malformed"],
  ];
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const unsign = (token: string) => token.slice(0, token.lastIndexOf("."));
  function change(token: string): string {
    const [header, payload, signature] = token.split(".") as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
    return `${header}.${encode({ ...claims, permissions: ["*"] })}.${signature}`;
  }

  it.each(corpus)(
    "%s: the same verdict by RPC, HTTP, locally and by an independent library, without a trip",
    async (_, make, code) => {
      const token = await make();
      expect(
        await tripsOf(async () => {
          for (const way of ["rpc", "local"]) {
            const verdict = await ask(way, token);
            expect(verdict.ok ? undefined : verdict.code, way).toBe(code);
          }
          const overHttp = await askOverHttp(token);
          expect(overHttp.active ? undefined : overHttp.reason).toBe(code);
          expect((await ask("introspect", token)).active).toBe(code === undefined);
          const library = await jwtVerify(token, await remoteKeys(), {
            issuer: ISSUER,
            audience: AUDIENCE,
            typ: "at+jwt",
            algorithms: ["EdDSA"],
            clockTolerance: 5,
          }).then(
            () => true,
            () => false,
          );
          // jose does not mind a token of the future: RFC 7519 leaves `iat` to the application.
          expect(library, "jose").toBe(code === undefined || code === "token_not_yet_valid");
        }),
      ).toBe(0);
    },
  );

  /** The published key set, fetched by jose itself from the server's own address. */
  async function remoteKeys(): Promise<ReturnType<typeof createRemoteJWKSet>> {
    const metadata = await send(auth(), "GET", "/.well-known/oauth-authorization-server");
    const { pathname } = new URL(metadata.body.jwks_uri as string);
    const { url: address } = await server.listen();
    return createRemoteJWKSet(new URL(pathname, address));
  }
});

describe("a binding whose props fix the audience", () => {
  it("takes tokens for that audience alone, by RPC and locally", async () => {
    const own = await forge({ aud: "other-api" });
    const { token } = await register();
    for (const way of ["rpc-fixed", "local-fixed"]) {
      expect(await ask(way, own), way).toMatchObject({ ok: true });
      expect(await ask(way, token), way).toMatchObject({ code: "audience_mismatch" });
      expect(await ask(way, token, { audience: AUDIENCE }), way).toMatchObject({ code: "audience_mismatch" });
    }
  });
});

describe("a guarded route", () => {
  it("answers 401 with a challenge, 403 with the permission that lacks, and says who is calling", async () => {
    const member = await register();
    const editor = await register(1);
    const bare = await send(consumer(), "GET", "/rpc");
    expect(bare).toMatchObject({ status: 401, body: { code: "token_missing", status: 401 } });
    expect(bare.headers.get("WWW-Authenticate")).toBe("Bearer");
    expect(bare.headers.get("Content-Type")).toBe("application/problem+json");
    for (const route of ["/rpc", "/local", "/strict", "/editors", "/fetch"]) {
      const junk = await send(consumer(), "GET", route, { token: "junk" });
      expect(junk.status, route).toBe(401);
      expect(junk.headers.get("WWW-Authenticate"), route).toBe(
        'Bearer error="invalid_token", error_description="token_malformed"',
      );
      const answer = await send(consumer(), "GET", route, { token: editor.token });
      expect(answer, route).toMatchObject({ status: 200, body: { sub: String(editor.userId) } });
    }
    for (const route of ["/editors", "/fetch"]) {
      const answer = await send(consumer(), "GET", route, { token: member.token });
      expect(answer, route).toMatchObject({ status: 403, body: { code: "permission_missing" } });
      expect(answer.headers.get("WWW-Authenticate"), route).toBe(
        'Bearer error="insufficient_scope", scope="artists:write"',
      );
    }
    const quoted = await send(consumer(), "GET", "/quotes");
    expect(quoted.headers.get("WWW-Authenticate")).toBe('Bearer error="insufficient_scope"');
  });

  it("costs one trip when strict, none otherwise", async () => {
    const { token } = await register();
    for (const [route, trips] of [
      ["/rpc", 0],
      ["/local", 0],
      ["/strict", 1],
    ] as const) {
      expect(await tripsOf(() => send(consumer(), "GET", route, { token })), route).toBe(trips);
    }
  });
});

describe("the local variant", () => {
  it("fetches the key set once, and asks about a token once in five seconds", async () => {
    const { token } = await register();
    await ask("local", token);
    await callsMade();
    for (let i = 0; i < 20; i++) expect(await ask("local", token)).toMatchObject({ ok: true });
    expect(await callsMade()).toEqual([]);
    await moveClock(5_001);
    await ask("local", token);
    expect(await callsMade()).toEqual(["revocation"]);
  });

  it("is given the same binding by every request, so that what it remembers lasts", async () => {
    await send(consumer(), "GET", "/same-binding");
    for (let i = 0; i < 3; i++) expect((await send(consumer(), "GET", "/same-binding")).body).toBe(true);
  });

  it("asks for keys once in ten seconds however many unknown ones it meets", async () => {
    const token = await forge({}, { kid: "next" }, STRANGER);
    await moveClock(20_000);
    for (let i = 0; i < 20; i++) expect(await ask("local", token)).toMatchObject({ code: "token_invalid" });
    expect(await callsMade()).toEqual(["jwks"]);
    await moveClock(30_001);
    await ask("local", token);
    expect(await callsMade()).toEqual(["jwks"]);
  });

  it("asks the service itself when strict", async () => {
    const { token } = await register();
    await ask("local", token, { strict: true });
    expect(await callsMade()).toEqual(["verify"]);
  });

  it("is under 5 KiB, minified and compressed, and needs no package", async () => {
    const config = path.join(directory, "wrangler.toml");
    await writeFile(config, `name = "size"\nmain = ${JSON.stringify(PACKAGE)}\ncompatibility_date = "2026-10-15"\n`);
    const wrangler = path.join(ROOT, "node_modules/wrangler/bin/wrangler.js");
    execFileSync(process.execPath, [wrangler, "deploy", "--dry-run", "--minify", "-c", config, "--outdir", directory]);
    const bundle = await readFile(path.join(directory, "index.js"), "utf8");
    expect(bundle).not.toMatch(/node_modules|\bimport\b|\brequire\(/);
    expect(bundle).toContain("createLocalVerifier");
    expect(gzipSync(bundle).length).toBeLessThan(5 * 1024);
  });
});

describe("revocation", () => {
  /** By every way that does not ask the database, asked for the first time after the act. */
  async function eventually(token: string, code: string): Promise<void> {
    await expect.poll(() => ask("rpc", token)).toMatchObject({ ok: false, code });
    expect(await ask("local", token)).toMatchObject({ ok: false, code });
    expect(await askOverHttp(token)).toEqual({ active: false, reason: code });
  }
  const strictly = (token: string, options: object = {}) => ask("rpc", token, { strict: true, ...options });

  it("logout: at once for strict, then for everyone, the local variant once its memory is over", async () => {
    const member = await register();
    expect(await ask("local", member.token)).toMatchObject({ ok: true });
    await send(auth(), "POST", "/api/auth/logout", { body: { refreshToken: member.refreshToken } });
    expect(await strictly(member.token)).toMatchObject({ code: "session_revoked" });
    expect(await ask("local", member.token)).toMatchObject({ ok: true });
    await moveClock(5_001);
    await eventually(member.token, "session_revoked");
  });

  it("password change: the other device's token, not the one that changed it, nor one of a login in the same second", async () => {
    const member = await register();
    const login = async (password: string) =>
      (await send(auth(), "POST", "/api/auth/login", { body: { email: member.email, password } })).body;
    const other = await login(PASSWORD);
    const body = { currentPassword: PASSWORD, newPassword: "Un tout autre mot de passe" };
    expect((await send(auth(), "PUT", "/api/users/me/password", { body, token: member.token })).status).toBe(200);
    const again = await login(body.newPassword);
    expect(await strictly(other.token)).toMatchObject({ code: "session_revoked" });
    await eventually(other.token, "session_revoked");
    for (const { token } of [member, again]) {
      for (const way of ["rpc", "local"]) expect(await ask(way, token), way).toMatchObject({ ok: true });
    }
  });

  it("disabling and demotion: what the token was issued with no longer holds, a refreshed one says what does", async () => {
    const editor = await register(1);
    const kv = ((await auth().getEnv()) as unknown as Env).KV;
    const needed = { permission: "artists:write" };
    expect(await strictly(editor.token, needed)).toMatchObject({ ok: true });
    await control.query(url, "update users set role_id = 0 where id = $1", [editor.userId]);
    await kv.put(`revoked:a:${editor.userId}`, JSON.stringify({ at: Date.now() }));
    expect(await strictly(editor.token, needed)).toMatchObject({ code: "permission_missing", status: 403 });
    await eventually(editor.token, "token_stale");
    const demoted = await refresh(editor.refreshToken);
    for (const way of ["rpc", "local"]) {
      expect(await ask(way, demoted.token, needed), way).toMatchObject({ code: "permission_missing" });
      expect(await ask(way, demoted.token), way).toMatchObject({ ok: true, claims: { role: 0 } });
    }
    await control.query(url, "update users set is_active = false where id = $1", [editor.userId]);
    expect(await strictly(demoted.token)).toMatchObject({ code: "session_revoked" });
  });
});

describe("a service that does not answer", () => {
  it("is 503 with the database away, when strict; otherwise nobody notices", async () => {
    const { token } = await register();
    await control.inject({ kind: "cut" }, { database: url, times: 4 });
    const answer = await send(consumer(), "GET", "/strict", { token });
    expect(answer).toMatchObject({ status: 503, body: { code: "service_unavailable" } });
    expect(answer.headers.get("Retry-After")).toBe("5");
    for (const route of ["/rpc", "/local"])
      expect((await send(consumer(), "GET", route, { token })).status, route).toBe(200);
    await control.clear(url);
  });
});

describe("the built package", () => {
  it("has types that a consumer can use, without our sources", () => {
    execFileSync(process.execPath, [TSC, "-p", "test/system/consumer/tsconfig.built.json"], {
      cwd: ROOT,
      stdio: "inherit",
    });
  });
});
