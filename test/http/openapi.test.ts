import * as z from "zod";
import packageJson from "../../package.json" with { type: "json" };
import { beforeAll, describe, expect, it } from "vitest";
import { app } from "../../src/app.ts";
import { ERROR_CODES } from "../../src/errors.ts";
import { webhookBodies } from "../../src/contract/webhooks.ts";
import { describeApi, errorsOf, readRoutes, UNMATCHED } from "../../src/contract/openapi.ts";
import { contract } from "../../src/contract/contract.ts";
import { breachOf } from "../support/contract-check.ts";
import { get, type Answer } from "../support/service.ts";

/** What OpenAPI 3.1 requires of the parts that we use; strict, so that a misspelt member fails. */
const Schema = z.record(z.string(), z.unknown()).or(z.boolean());
const Content = z.record(z.string(), z.strictObject({ schema: Schema.optional() }));
const Response = z.strictObject({ description: z.string(), content: Content.optional() });
const Operation = z.strictObject({
  tags: z.array(z.string()),
  summary: z.string().min(1),
  description: z.string().optional(),
  operationId: z.string().min(1),
  deprecated: z.literal(true).optional(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z
    .array(
      z.strictObject({
        name: z.string(),
        in: z.enum(["path", "query"]),
        description: z.string().min(1),
        required: z.boolean(),
        schema: Schema,
      }),
    )
    .optional(),
  requestBody: z.strictObject({ required: z.boolean(), content: Content }).optional(),
  responses: z.record(
    z.string().regex(/^[1-5]\d\d$/),
    z.union([z.strictObject({ $ref: z.string().startsWith("#/components/responses/") }), Response]),
  ),
});
const Document = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.strictObject({
    title: z.string(),
    version: z.literal(packageJson.version),
    description: z.string(),
    license: z.strictObject({ name: z.string(), identifier: z.string() }),
  }),
  servers: z.array(z.strictObject({ url: z.literal("/") })),
  tags: z.array(z.strictObject({ name: z.string(), description: z.string() })),
  paths: z.record(
    z.string().startsWith("/"),
    z.partialRecord(z.enum(["get", "post", "put", "patch", "delete"]), Operation),
  ),
  webhooks: z.record(
    z.string(),
    z.strictObject({
      post: z.looseObject({
        operationId: z.string(),
        requestBody: z.strictObject({ required: z.literal(true), content: Content }),
      }),
    }),
  ),
  components: z.strictObject({
    responses: z.record(z.string().regex(/^[\w.-]+$/), Response),
    schemas: z.record(z.string().regex(/^[\w.-]+$/), Schema),
    securitySchemes: z.record(
      z.string(),
      z.strictObject({ type: z.string(), scheme: z.string(), bearerFormat: z.string() }),
    ),
  }),
});

const routes = readRoutes(app.routes);
const names = routes.map(({ method, path }) => `${method} ${path}`);
const operations = routes.map((route) => ({ route, operation: contract[`${route.method} ${route.path}`]! }));

let document: z.infer<typeof Document>;

beforeAll(async () => {
  document = (await get("/openapi.json")).body;
});

describe("GET /openapi.json", () => {
  it("is an OpenAPI 3.1 document, cacheable for ten minutes", async () => {
    const { status, body, headers } = await get("/openapi.json");
    expect([status, headers.get("Content-Type")]).toEqual([200, "application/json"]);
    expect(Document.safeParse(body).error?.issues ?? []).toEqual([]);
    expect(headers.get("Cache-Control")).toBe("public, max-age=600");
  });

  it("is the same without the pages of the application, and is not carried by the Worker", async () => {
    const without = await get("/openapi.json", { vars: { PAGES: "off" } });
    expect([without.status, without.body]).toEqual([200, document]);
    const assets = { fetch: async () => ({ ok: false, status: 404 }) };
    expect((await get("/openapi.json", { vars: { ASSETS: assets as never } })).status).toBe(500);
  });

  it("equals what the app's routes and schemas generate today", () => {
    expect(document).toEqual(
      JSON.parse(
        JSON.stringify(describeApi(routes, contract, { version: packageJson.version, webhooks: webhookBodies })),
      ),
    );
  });

  it("has every route of the app except the pages for browsers, and no other", () => {
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`),
    );
    const pages = operations.filter(({ operation }) => operation.id === undefined).map(({ route }) => route.path);
    // Those that only send browsers elsewhere are for browsers too.
    expect(pages.filter((path) => /^\/(api|ws)\b/.test(path) && !path.startsWith("/api/auth/federated/"))).toEqual([]);
    const called = routes.filter(({ path }) => !pages.includes(path)).map(({ method, path }) => `${method} ${path}`);
    expect(documented.toSorted()).toEqual(called.toSorted());
    expect(Object.keys(contract).toSorted()).toEqual(names.toSorted());
  });

  it("describes each path parameter, and names each operation uniquely", () => {
    const ids = new Set<string>();
    for (const [path, methods] of Object.entries(document.paths))
      for (const operation of Object.values(methods)) {
        const inPath = operation.parameters?.filter((parameter) => parameter.in === "path") ?? [];
        const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        expect(operation.operationId, path).toMatch(/^[a-z]+([A-Z][a-z]+)*$/);
        expect(
          document.tags.map(({ name }) => name),
          path,
        ).toContain(operation.tags[0]);
        expect({ path, parameters: inPath.map(({ name }) => name) }).toEqual({ path, parameters: wanted });
        expect(ids, path).not.toContain(operation.operationId);
        ids.add(operation.operationId);
      }
  });

  it("refers only to components that it has", () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, pointer]) => pointer!);
    expect(references.length).toBeGreaterThan(100);
    for (const pointer of new Set(references)) {
      const found = pointer
        .slice(2)
        .split("/")
        .reduce<any>((value, key) => value?.[key], document);
      expect({ pointer, found: typeof found }).toEqual({ pointer, found: "object" });
    }
    expect(JSON.stringify(document)).not.toContain("$defs");
  });

  it("allows for fields that are added later", () => {
    expect(JSON.stringify(document)).not.toContain('"additionalProperties":false');
  });

  it("declares Bearer, permission and freshness like the guards", () => {
    const { delete: deletion } = document.paths["/api/admin/users/{id}"]!;
    expect(deletion!.security).toEqual([{ bearer: [] }]);
    expect(deletion!.description).toContain("users:write");
    expect(deletion!.description).toContain("10 minutes");
    expect(document.paths["/health"]!.get!.security).toEqual([]);
  });

  it("gives every body a name, and an example that is valid for the body's own schema", () => {
    const all = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    const schemas = document.components.schemas as Record<string, { examples: unknown[] }>;
    const contents = all.flatMap(({ requestBody, responses }) => [
      ...Object.values(requestBody?.content ?? {}),
      ...Object.values(responses).flatMap((each) => ("content" in each ? Object.values(each.content ?? {}) : [])),
    ]);
    for (const { schema } of contents) expect(Object.keys(schema as object)).toEqual(["$ref"]);
    const exampleOf = (schema: unknown) => schemas[(schema as { $ref: string }).$ref.split("/").at(-1)!]!.examples[0];
    for (const { route, operation } of operations.filter((each) => each.operation.id !== undefined)) {
      const { requestBody, responses } =
        document.paths[route.path.replaceAll(/:(\w+)/g, "{$1}")]![route.method.toLowerCase() as "get"]!;
      const input = route.traits.find(({ input }) => ["json", "form"].includes(input?.target ?? ""))?.input;
      for (const { schema } of Object.values(requestBody?.content ?? {}))
        expect({ [operation.id!]: z.safeParse(input!.schema, exampleOf(schema)).error }).toEqual({});
      for (const [status, answer] of Object.entries(operation.answers)) {
        if (typeof answer === "string") continue;
        const { content } = responses[status] as z.infer<typeof Response>;
        const example = exampleOf(content!["application/json"]!.schema);
        expect({ [operation.id!]: answer.safeParse(example).error }, status).toEqual({});
      }
    }
  });

  it("points clients of the first paths to the new ones", () => {
    const deprecated = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, each]) => (each.deprecated ? [`${method} ${path}`] : [])),
    );
    expect(deprecated.toSorted()).toEqual([
      "delete /api/auth/account",
      "get /api/auth/profile",
      "get /api/users",
      "put /api/auth/change-password",
      "put /api/auth/profile",
    ]);
    for (const { twinOf } of Object.values(contract)) if (twinOf) expect(names).toContain(twinOf);
  });

  it("names every error of the catalogue, and no other", () => {
    const reachable = new Set([...UNMATCHED, ...operations.flatMap((each) => errorsOf(each.route, each.operation))]);
    expect([...reachable].toSorted()).toEqual(ERROR_CODES.toSorted());
  });
});

describe("GET /docs", () => {
  it.each(["on", "off"])(
    "has an anchor for the type of every problem, without any script too, with PAGES=%s",
    async (PAGES) => {
      const { status, text, headers } = await get("/docs", { vars: { PAGES } });
      expect([status, headers.get("Content-Type")]).toEqual([200, "text/html; charset=UTF-8"]);
      for (const code of ERROR_CODES) expect(text).toContain(`id="${code}"`);
      expect(text).toContain('<a href="/openapi.json">');
      if (PAGES === "on") return;
      expect(text).not.toMatch(/<script|\son\w+=/);
      const policy = headers.get("Content-Security-Policy")!;
      const nonce = /style-src 'nonce-([^']+)'/.exec(policy)?.[1];
      expect(text).toContain(`<style nonce="${nonce}">`);
      expect(policy).toMatch(/^default-src 'none'; style-src 'nonce-[^ ]+'; img-src data:; form-action 'none'/);
    },
  );

  it("explains the errors in the reader's language", async () => {
    const { text } = await get("/docs", { headers: { "Accept-Language": "en" } });
    expect(text).toContain("Insufficient permission");
    expect((await get("/docs")).text).toContain("Permission insuffisante");
  });
});

describe("The check of every answer in these tests", () => {
  const answered = (status: number, body: unknown, type = "application/json"): Answer => ({
    status,
    body,
    text: JSON.stringify(body),
    headers: new Headers({ "Content-Type": type }),
  });

  it("accepts what is documented", () => {
    expect(breachOf("GET", "/health", answered(200, { status: "ok" }))).toBeUndefined();
  });

  it("refuses an undocumented field, status, code and form", async () => {
    const { body: problem } = await get("/nowhere");
    const type = "application/problem+json";
    expect(breachOf("GET", "/health", answered(200, { status: "ok", extra: 1 }))).toMatch(/extra/);
    expect(breachOf("GET", "/health", answered(204, {}))).toMatch(/neither/);
    expect(breachOf("GET", "/health", answered(200, { status: "ok" }, "text/plain"))).toMatch(/instead of JSON/);
    expect(breachOf("GET", "/health", answered(404, problem, type))).toMatch(/undocumented code not_found/);
    expect(breachOf("GET", "/nowhere", answered(404, problem, type))).toBeUndefined();
    expect(breachOf("GET", "/nowhere", answered(404, { ...problem, stack: "…" }, type))).toMatch(/stack/);
    expect(breachOf("GET", "/nowhere", answered(405, problem, type))).toMatch(/another status/);
  });
});
