import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ISSUER } from "../support/bindings.ts";
import { expectProblem } from "../support/contract.ts";
import { registerAdmin } from "../support/staff.ts";
import { database, del, get, PASSWORD, post, put, registerMember, request, type Answer } from "../support/service.ts";

const JSON_TYPE = { "Content-Type": "application/json" };
const CREDENTIALS = JSON.stringify({ email: "personne@example.test", password: PASSWORD });

const raw = (path: string, rawBody: BodyInit, headers: Record<string, string> = JSON_TYPE) =>
  request("POST", path, { rawBody, headers });

const breakTable = () => database.query("alter table users rename column prenom to hidden_column");

/** One answer of each kind, by name. */
async function everyKind(headers: Record<string, string> = {}): Promise<Record<string, Answer>> {
  const { token } = await registerMember();
  const json = { ...JSON_TYPE, ...headers };
  const answers = {
    "200": await get("/health", { headers }),
    "200 with a token": await get("/api/auth/profile", { token, headers }),
    "400": await raw("/api/auth/login", "{", json),
    "401": await get("/api/auth/profile", { headers }),
    "404": await get("/nowhere", { headers }),
    "405": await get("/api/auth/login", { headers }),
    "413": await raw("/api/auth/login", "x".repeat(65_537), json),
    "415": await raw("/api/auth/login", "x", { ...headers, "Content-Type": "text/plain" }),
    "422": await raw("/api/auth/login", "{}", json),
  };
  await breakTable();
  const broken = await get("/api/auth/profile", { token, headers });
  await database.query("alter table users rename column hidden_column to prenom");
  await database.inject({ kind: "status", status: 500 });
  const unreachable = await raw("/api/auth/login", CREDENTIALS, json);
  return { ...answers, "500": broken, "503": unreachable };
}

beforeEach(() => database.query("delete from login_throttles"));

afterEach(async () => {
  const hidden = await database.query("select 1 from information_schema.columns where column_name = 'hidden_column'");
  if (hidden.length > 0) await database.query("alter table users rename column hidden_column to prenom");
});

describe("Every refusal", () => {
  it("is the RFC 9457 form and nothing else: whole bodies", async () => {
    const answers = await everyKind();
    const expected = {
      "400": ["invalid_json", "Invalid JSON body", "Corps JSON invalide"],
      "401": ["authentication_required", "Authentication required", "Authentification requise"],
      "404": ["not_found", "Not found", "Ressource introuvable"],
      "405": ["method_not_allowed", "Method not allowed", "Méthode non autorisée"],
      "413": ["payload_too_large", "Request body too large", "Corps de requête trop volumineux"],
      "415": [
        "unsupported_media_type",
        "Unsupported request body type: see the Accept header",
        "Type de contenu non pris en charge : voir l'en-tête Accept",
      ],
      "500": ["internal_error", "Internal error", "Erreur interne"],
      "503": ["service_unavailable", "Service temporarily unavailable", "Service momentanément indisponible"],
    };
    for (const [status, [code, title, detail]] of Object.entries(expected)) {
      const answer = answers[status]!;
      expect(answer.status, status).toBe(Number(status));
      expect(answer.headers.get("Content-Type"), status).toBe("application/problem+json");
      expect(answer.body, status).toEqual({
        type: `${ISSUER}/docs#${code}`,
        title,
        status: Number(status),
        detail,
        message: detail,
        code,
        requestId: answer.headers.get("X-Request-Id"),
      });
    }
    expect(answers["422"]!.body).toEqual({
      type: `${ISSUER}/docs#validation_failed`,
      title: "Invalid data",
      status: 422,
      detail: "Données invalides",
      message: "Données invalides",
      code: "validation_failed",
      errors: [
        { pointer: "#/email", detail: "Champ obligatoire" },
        { pointer: "#/password", detail: "Champ obligatoire" },
      ],
      requestId: answers["422"]!.headers.get("X-Request-Id"),
    });
    expect(answers["503"]!.headers.get("Retry-After")).toBe("5");
  });

  it("answers in English when asked, each field too", async () => {
    const answers = await everyKind({ "Accept-Language": "en" });
    for (const [name, { body }] of Object.entries(answers)) {
      if (!name.startsWith("2")) expect([name, body.detail, body.message]).toEqual([name, body.title, body.title]);
    }
    expect(answers["422"]!.body.errors).toEqual([
      { pointer: "#/email", detail: "Required" },
      { pointer: "#/password", detail: "Required" },
    ]);
  });
});

describe("A truncated body", () => {
  const broken = () =>
    new ReadableStream({
      start(stream) {
        stream.enqueue(new TextEncoder().encode('{"email":'));
        stream.error(new Error("Network connection lost."));
      },
    });

  it.each([
    ["of JSON", "/api/auth/login", JSON_TYPE],
    ["of JSON, its length known", "/api/auth/login", { ...JSON_TYPE, "Content-Length": "60" }],
    ["of lines", "/api/admin/users/import", { "Content-Type": "application/x-ndjson", "Content-Length": "60" }],
    ["of no known type", "/api/auth/login", { "Content-Type": "text/plain" }],
  ])("%s is the client's failure: 400, and no error in the log", async (_, path, headers) => {
    const { token } = await registerAdmin();
    const log = vi.spyOn(console, "log");
    const answer = await request("POST", path, { rawBody: broken(), headers, token, vars: {} });
    const logged = log.mock.calls.flat().join("\n");
    log.mockRestore();
    expectProblem(answer, "incomplete_body");
    expect(logged).not.toContain('"event":"error"');
  });
});

describe("Every answer", () => {
  it("carries the security headers, the request id, its timing, and is stored nowhere", async () => {
    const unconfigured = await get("/health", { vars: { ACCESS_TOKEN_TTL: "soon" } });
    expect([unconfigured.status, unconfigured.body.code]).toEqual([500, "internal_error"]);
    for (const [name, { headers }] of Object.entries({ ...(await everyKind()), unconfigured })) {
      expect([name, Object.fromEntries(headers)]).toEqual([
        name,
        expect.objectContaining({
          "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
          "strict-transport-security": "max-age=63072000; includeSubDomains; preload",
          "x-content-type-options": "nosniff",
          "x-frame-options": "DENY",
          "referrer-policy": "no-referrer",
          "cross-origin-resource-policy": "same-site",
          "cross-origin-opener-policy": "same-origin",
          "cache-control": "no-store",
          "x-request-id": expect.stringMatching(/^[\da-f-]{36}$/),
        }),
      ]);
      if (name !== "unconfigured")
        expect(headers.get("Server-Timing"), name).toMatch(/^db;dur=\d+, hash(;dur=\d+)?, total;dur=\d+$/);
      for (const telling of ["server", "x-powered-by", "via"])
        expect([name, headers.get(telling)]).toEqual([name, null]);
    }
  });

  it("of an invalid configuration names the variable in the log, and its value nowhere", async () => {
    const log = vi.spyOn(console, "log");
    const { text } = await get("/health", { vars: { DATABASE_URL: "not-a-database://host" } });
    const logged = log.mock.calls.flat().join("\n");
    log.mockRestore();
    expect(logged).toContain("DATABASE_URL");
    expect(logged + text).not.toContain("not-a-database");
    expect(text).not.toContain("DATABASE_URL");
  });

  const key = JSON.parse(env.JWT_KEYS).keys[0] as Record<string, string>;
  it.each<[string, string, Record<string, string | undefined>]>([
    ["JWT_KEYS", "that is not JSON", { JWT_KEYS: "{" }],
    ["JWT_KEYS", "without a key", { JWT_KEYS: '{"keys":[]}' }],
    ["JWT_KEYS", "whose halves don't match", { JWT_KEYS: JSON.stringify({ keys: [{ ...key, d: key["x"] }] }) }],
    [
      "JWT_KEYS",
      "that is not a point of the curve",
      { JWT_KEYS: JSON.stringify({ keys: [{ ...key, x: `${"_".repeat(42)}8` }] }) },
    ],
    ["JWT_KEYS", "without a private half", { JWT_KEYS: JSON.stringify({ keys: [{ ...key, d: undefined }] }) }],
    ["DATABASE_URL", "without a host", { DATABASE_URL: "postgresql://user:geheim@/database" }],
    ["DATABASE_URL", "without a user", { DATABASE_URL: "postgresql://db.example/database" }],
    ["DATABASE_URL", "without a database", { DATABASE_URL: "postgresql://user:geheim@db.example" }],
    ["KV", "which is not bound", { KV: undefined }],
    ["JOBS", "which is not bound", { JOBS: undefined }],
    ["LIMIT_60", "which is not bound", { LIMIT_60: undefined }],
  ])("at /health/ready to a %s %s is 500, and the log says which", async (name, _, vars) => {
    const log = vi.spyOn(console, "log");
    const { status, text } = await get("/health/ready", { vars: vars as Record<string, string> });
    const lines = log.mock.calls.map(([line]) => JSON.parse(line as string) as Record<string, unknown>);
    log.mockRestore();
    expect(status).toBe(500);
    expect(text).not.toContain(name);
    expect(lines.filter(({ event }) => event === "configuration_error")).toEqual([
      expect.objectContaining({ cause: expect.stringMatching(new RegExp(`^Configuration: .*${name}`)) }),
    ]);
    expect(lines.filter(({ event }) => event === "error")).toEqual([]);
    expect(JSON.stringify(lines)).not.toContain("geheim");
  });

  it("keeps a caller's valid request id, and replaces any other", async () => {
    for (const sane of ["12345678", "a".repeat(64), "Abc_123-xyz", crypto.randomUUID()]) {
      const answer = await get("/nowhere", { headers: { "X-Request-Id": sane } });
      expect([answer.headers.get("X-Request-Id"), answer.body.requestId]).toEqual([sane, sane]);
    }
    for (const insane of [
      "",
      "short",
      "a".repeat(65),
      "with space",
      "a;b=c;d=e",
      "<script>alert(1)</script>",
      "été-été-été",
      '{"a":"b"}',
    ]) {
      const answer = await get("/nowhere", { headers: { "X-Request-Id": insane } });
      expect(answer.body.requestId, insane).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
      expect(answer.headers.get("X-Request-Id"), insane).toBe(answer.body.requestId);
    }
  });
});

describe("Accept-Language", () => {
  it.each([
    [undefined, "fr"],
    ["", "fr"],
    ["*", "fr"],
    ["de", "fr"],
    ["fr", "fr"],
    ["en", "en"],
    ["EN", "en"],
    ["en-US,en;q=0.9", "en"],
    ["fr-CA,fr;q=0.9,en;q=0.8", "fr"],
    ["en;q=0.5,fr;q=0.9", "fr"],
    ["de-DE,de;q=0.9,en;q=0.1", "en"],
    ["en;q=0", "fr"],
    ["en;q=0,fr;q=0.1", "fr"],
    [";;;q=,,", "fr"],
    ["en;q=abc", "en"],
    ["x".repeat(5_000), "fr"],
  ])("%j is answered in %s", async (value, language) => {
    const { body } = await get("/nowhere", value === undefined ? {} : { headers: { "Accept-Language": value } });
    expect(body.detail).toBe(language === "fr" ? "Ressource introuvable" : "Not found");
  });
});

describe("404 and 405", () => {
  it.each([
    "/api",
    "/api/",
    "/api/auth",
    "/api/auth/login/",
    "/api/auth/Login",
    "//api/auth/login",
    "/api/users/me/x",
    "/.env",
    "/api/auth/%E0%A4%A",
    "/api/auth/login%00",
    "/health/",
  ])("%s does not exist", async (path) => {
    expectProblem(await get(path), "not_found");
    expectProblem(await post(path, {}), "not_found");
    expectProblem(await del(path), "not_found");
  });

  it.each([
    ["GET", "/api/auth/register", ["POST"]],
    ["PUT", "/api/auth/login", ["POST"]],
    ["DELETE", "/api/auth/refresh", ["POST"]],
    ["GET", "/api/auth/logout", ["POST"]],
    ["PATCH", "/api/auth/verify-token", ["POST"]],
    ["POST", "/api/auth/profile", ["GET", "HEAD", "PUT"]],
    ["DELETE", "/api/auth/profile", ["GET", "HEAD", "PUT"]],
    ["POST", "/api/auth/change-password", ["PUT"]],
    ["GET", "/api/auth/account", ["DELETE"]],
    ["POST", "/api/users/me", ["DELETE", "GET", "HEAD", "PUT"]],
    ["GET", "/api/users/me/password", ["DELETE", "PUT"]],
    ["POST", "/health", ["GET", "HEAD"]],
    ["POST", "/health/ready", ["GET", "HEAD"]],
    ["PUT", "/.well-known/jwks.json", ["GET", "HEAD"]],
    ["PROPFIND", "/api/auth/profile", ["GET", "HEAD", "PUT"]],
  ])("%s %s is not allowed, and the answer lists the allowed methods", async (method, path, allowed) => {
    const answer = await request(method, path, method === "GET" ? {} : { body: {} });
    expectProblem(answer, "method_not_allowed");
    expect(answer.headers.get("Allow")?.split(", ").toSorted()).toEqual(allowed);
  });

  it("answers HEAD as GET, without the body", async () => {
    const { status, text, headers } = await request("HEAD", "/health");
    expect([status, text, headers.get("Cache-Control")]).toEqual([200, "", "no-store"]);
  });
});

describe("A body", () => {
  const stream = (bytes: number, chunk = 1_000) =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (let sent = 0; sent < bytes; sent += chunk) {
          controller.enqueue(new TextEncoder().encode(" ".repeat(Math.min(chunk, bytes - sent))));
        }
        controller.close();
      },
    });

  it("of 64 KiB is accepted, of one byte more is not, whatever its declared length", async () => {
    const padded = (bytes: number) => CREDENTIALS + " ".repeat(bytes - CREDENTIALS.length);
    expectProblem(await raw("/api/auth/login", padded(65_536)), "invalid_credentials");
    expectProblem(await raw("/api/auth/login", padded(65_537)), "payload_too_large");
    expectProblem(await raw("/api/auth/login", stream(65_536)), "invalid_json");
    expectProblem(await raw("/api/auth/login", stream(65_537)), "payload_too_large");
    expectProblem(await raw("/api/auth/login", stream(1_000_000)), "payload_too_large");
    const { token } = await registerMember();
    const large = await request("PUT", "/api/auth/profile", { token, headers: JSON_TYPE, rawBody: padded(65_537) });
    expectProblem(large, "payload_too_large");
    expectProblem(
      await request("DELETE", "/api/auth/account", { token, headers: JSON_TYPE, rawBody: padded(65_537) }),
      "payload_too_large",
    );
  });

  it.each([
    "application/json",
    "Application/JSON",
    "APPLICATION/JSON; Charset=UTF-8",
    "application/json; charset=utf-8",
    "application/json;charset=utf-8",
    'application/json ; charset="utf-8"',
    "application/json;",
    " application/json",
  ])("is read as %j", async (type) => {
    expectProblem(await raw("/api/auth/login", CREDENTIALS, { "Content-Type": type }), "invalid_credentials");
  });

  it.each([
    "text/plain",
    "text/plain;charset=UTF-8",
    "text/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "application/json-patch+json",
    "application/vnd.api+json",
    "x-application/json",
    "text/plain, application/json",
    "text/plain; application/json",
    "*/*",
  ])("is not read as %j", async (type) => {
    const trips = await database.tripsOf(async () => {
      expectProblem(await raw("/api/auth/login", CREDENTIALS, { "Content-Type": type }), "unsupported_media_type");
      expectProblem(await raw("/api/auth/logout", CREDENTIALS, { "Content-Type": type }), "unsupported_media_type");
    });
    expect(trips).toBe(0);
  });

  it("without a type is not read", async () => {
    expectProblem(await raw("/api/auth/login", new TextEncoder().encode(CREDENTIALS), {}), "unsupported_media_type");
    expectProblem(await raw("/api/auth/login", stream(10), {}), "unsupported_media_type");
  });

  it("that is empty counts as none, and needs no type: so a browser's POST without a body works", async () => {
    for (const nothing of [() => new Uint8Array(0), () => stream(0), () => ""]) {
      const member = await registerMember();
      const options = { rawBody: nothing(), headers: { "Content-Length": "0" }, token: member.token };
      expect(await request("POST", "/api/auth/logout", options)).toMatchObject({ status: 200 });
      expectProblem(await get("/api/auth/profile", { token: member.token }), "invalid_token");
      const { token } = await registerMember();
      expect(await request("DELETE", "/api/auth/account", { ...options, rawBody: stream(0), token })).toMatchObject({
        status: 200,
      });
      expect((await raw("/api/auth/login", nothing(), JSON_TYPE)).body.code).toBe("validation_failed");
    }
  });

  it.each([
    " ",
    "{",
    "{]",
    "undefined",
    "{'email':1}",
    '{"email":"a@b.test",}',
    "NaN",
    "\uFEFF{",
    '{"a":1} x',
    "\u0000",
    '"\n"',
  ])("that is not JSON is a 400: %j", async (text) => {
    expectProblem(await raw("/api/auth/login", new TextEncoder().encode(text)), "invalid_json");
  });

  it("of bytes that are not UTF-8, or nested a thousand times, breaks nothing", async () => {
    const bytes = new Uint8Array([
      ...new TextEncoder().encode('{"email":"'),
      0xff,
      0xfe,
      0xc0,
      ...new TextEncoder().encode('","password":"xxxxxxxx"}'),
    ]);
    expect([400, 422]).toContain((await raw("/api/auth/login", bytes)).status);
    for (const depth of [1_000, 30_000]) {
      const deep = "[".repeat(depth) + "]".repeat(depth);
      expect([400, 422], JSON.stringify(depth)).toContain((await raw("/api/auth/login", deep)).status);
      expect([400, 401], JSON.stringify(depth)).toContain(
        (await raw("/api/auth/login", `${CREDENTIALS.slice(0, -1)},"x":${deep}}`)).status,
      );
    }
  });

  it("with a repeated key has the last value", async () => {
    const member = await registerMember();
    const twice = `{"email":"x@example.test","email":${JSON.stringify(member.email)},"password":${JSON.stringify(PASSWORD)}}`;
    expect((await raw("/api/auth/login", twice)).body.user.email).toBe(member.email);
  });
});

describe("A defect", () => {
  it("says nothing about the database in its answer", async () => {
    const member = await registerMember();
    await breakTable();
    const answers = [
      await get("/api/auth/profile", { token: member.token }),
      await put("/api/auth/profile", { nom: "Autre" }, { token: member.token }),
      await post("/api/auth/login", { email: member.email, password: PASSWORD }),
      await post("/api/auth/register", { prenom: "A", nom: "L", email: "defaut@example.test", password: PASSWORD }),
    ];
    for (const answer of answers) {
      expectProblem(answer, "internal_error");
      expect(answer.text).not.toMatch(
        /prenom|hidden|column|select|insert|users|postgres|neon|drizzle|error:|\bat\b|127\.0\.0\.1|template/i,
      );
    }
  });
});
