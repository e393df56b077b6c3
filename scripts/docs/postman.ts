/**
 * `npm run docs:postman`: the contract as a Postman collection (v2.1): the flow of postman-flow.ts, with the requests
 * of the OpenAPI document.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PROJECT_FOLDER } from "../database/url.ts";
import { keepFresh } from "./generated-file.ts";
import { FLOW, type Step } from "./postman-flow.ts";

const FILE = "docs/auth-api.postman_collection.json";
const DOCUMENT = join(PROJECT_FOLDER, "src/contract/openapi.json");
const HELP = `Usage: node scripts/docs/postman.ts [--check]

Writes ${FILE}; with --check it only reports whether the file is fresh.`;

interface Operation {
  operationId: string;
  summary: string;
  description: string;
  security: unknown[];
  parameters?: { name: string; in: string; required: boolean }[];
  requestBody?: { content: Record<string, { schema: { $ref: string } }> };
  /** By status: an answer, or failures, whose codes make up its name. */
  responses: Record<string, { $ref?: string; content?: Record<string, { schema?: { $ref: string } }> }>;
}

interface Schema {
  required?: string[];
  examples: Record<string, unknown>[];
}

interface Document {
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const schemaOf = ({ components }: Document, { $ref }: { $ref: string }) => components.schemas[$ref.split("/").at(-1)!]!;

/** Whose token the request sends. */
const TOKENS = { member: "{{token}}", administrator: "{{adminToken}}" };

/** The flow's expectation of a request, as a test that Postman and newman run. */
function toTest(document: Document, operation: Operation, step: Step): string[] {
  const { expect, check = [], keep = {} } = step;
  if (typeof expect === "string") {
    const [status] = Object.entries(operation.responses).find(([, { $ref }]) =>
      $ref?.split("/").at(-1)!.split(".").includes(expect),
    ) ?? [undefined];
    if (status === undefined) throw new Error(`${operation.operationId} never answers ${expect}`);
    return [
      `pm.test("${status} ${expect}", () => {`,
      `  pm.expect(pm.response.code, pm.response.text()).to.equal(${status});`,
      `  pm.expect(pm.response.json().code).to.equal("${expect}");`,
      "});",
    ];
  }
  const { schema } = operation.responses[expect]?.content?.["application/json"] ?? {};
  const required = (schema && schemaOf(document, schema).required) ?? [];
  return [
    `pm.test("${expect}", () => {`,
    `  pm.expect(pm.response.code, pm.response.text()).to.equal(${expect});`,
    "  const answer = pm.response.json();",
    ...(required.length > 0 ? [`  pm.expect(answer).to.include.all.keys(${JSON.stringify(required)});`] : []),
    ...check.map((line) => `  ${line}`),
    ...Object.entries(keep).map(([name, place]) => `  pm.collectionVariables.set("${name}", answer.${place});`),
    "});",
  ];
}

function toBody(document: Document, { requestBody, operationId }: Operation, { body: changes = {} }: Step) {
  const [content] = Object.entries(requestBody?.content ?? {});
  if (!content) return {};
  const [type, { schema }] = content;
  const [example] = schemaOf(document, schema).examples;
  if (!example) throw new Error(`${operationId} has no example of its body`);
  const sent = Object.entries({ ...example, ...changes }).filter(([, value]) => value !== undefined);
  const raw = type.endsWith("urlencoded")
    ? // Not encoded: Postman fills in its variables here.
      sent.map(([name, value]) => `${name}=${String(value)}`).join("&")
    : JSON.stringify(Object.fromEntries(sent), null, type.endsWith("ndjson") ? 0 : 2);
  return { header: [{ key: "Content-Type", value: type }], body: { mode: "raw", raw } };
}

function toItem(document: Document, step: Step) {
  const found = operationsOf(document).find(({ operation }) => operation.operationId === step.id);
  if (!found) throw new Error(`scripts/docs/postman-flow.ts has ${step.id}, which no longer exists`);
  const { path, method, operation } = found;
  const segments = path
    .slice(1)
    .replaceAll(/\{(\w+)\}/g, ":$1")
    .split("/");
  const parameters = (place: string) => (operation.parameters ?? []).filter((each) => each.in === place);
  return {
    name: step.name ?? operation.summary,
    event: [
      ...(step.before ? [{ listen: "prerequest", script: { type: "text/javascript", exec: step.before } }] : []),
      { listen: "test", script: { type: "text/javascript", exec: toTest(document, operation, step) } },
    ],
    request: {
      method: method.toUpperCase(),
      description: operation.description,
      auth: step.as
        ? { type: "bearer", bearer: [{ key: "token", value: TOKENS[step.as], type: "string" }] }
        : { type: "noauth" },
      header: [],
      ...toBody(document, operation, step),
      url: {
        raw: `{{baseUrl}}/${segments.join("/")}`,
        host: ["{{baseUrl}}"],
        path: segments,
        variable: parameters("path").map(({ name }) => ({ key: name, value: step.path?.[name] ?? "" })),
        query: parameters("query").map(({ name, required }) => ({ key: name, value: "", disabled: !required })),
      },
    },
  };
}

const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

function toCollection(document: Document) {
  const steps = new Set(Object.values(FLOW).flatMap((folder) => folder.map(({ id }) => id)));
  const missing = operationsOf(document).flatMap(({ operation: { operationId: id } }) => (steps.has(id) ? [] : [id]));
  if (missing.length > 0) throw new Error(`scripts/docs/postman-flow.ts has no step for ${missing.join(", ")}`);
  return {
    info: {
      name: document.info.title,
      version: document.info.version,
      description: "Run it in order: each request stores what later ones need. Set adminEmail and adminPassword.",
      schema: "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
    },
    variable: ["baseUrl", "adminEmail", "adminPassword"].map((key) => ({
      key,
      value: key === "baseUrl" ? "http://localhost:3001" : "",
    })),
    item: Object.entries(FLOW).map(([name, folder]) => ({ name, item: folder.map((step) => toItem(document, step)) })),
  };
}

await keepFresh({
  file: FILE,
  command: "docs:postman",
  help: HELP,
  async make() {
    const document = JSON.parse(await readFile(DOCUMENT, "utf8")) as Document;
    return `${JSON.stringify(toCollection(document), null, 2)}\n`;
  },
});
