/** `npm run docs:postman`: the contract as a Postman collection (v2.1), made of what the service answers at `/openapi.json`. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PROJECT_FOLDER } from "../database/url.ts";
import { keepFresh } from "./generated-file.ts";

const FILE = "docs/auth-api.postman_collection.json";
const DOCUMENT = join(PROJECT_FOLDER, "src/contract/openapi.json");
const HELP = `Usage: node scripts/docs/postman.ts [--check]

Writes ${FILE}; with --check only says whether it is fresh.`;

interface Schema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  anyOf?: Schema[];
  items?: Schema;
  minimum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
}

interface Operation {
  tags: string[];
  summary: string;
  description?: string;
  security?: unknown[];
  parameters?: { name: string; in: string; required: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

interface Document {
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
}

/** Fields whose value can't be told from their schema. */
const EXAMPLES: Record<string, unknown> = {
  prenom: "Ada",
  nom: "Lovelace",
  email: "ada@example.com",
  password: "Correct cheval pile agrafe",
  currentPassword: "Correct cheval pile agrafe",
  newPassword: "Un autre cheval très correct",
  telephone: "+33 1 23 45 67 89",
  locale: "fr",
  token: "{{token}}",
  refreshToken: "{{refreshToken}}",
  twoFactorToken: "{{twoFactorToken}}",
  code: "123456",
  name: "editor",
  title: "Bonjour",
  content: "Un message",
};

/** Keeps what later requests need. */
const KEEP_TOKENS = [
  'if ((pm.response.headers.get("Content-Type") ?? "").startsWith("application/json")) {',
  "  const answer = pm.response.json();",
  '  for (const name of ["token", "refreshToken", "twoFactorToken"])',
  "    if (answer[name]) pm.collectionVariables.set(name, answer[name]);",
  "}",
];

function exampleOf(schema: Schema, name = ""): unknown {
  if (name in EXAMPLES) return EXAMPLES[name];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.anyOf) return exampleOf(schema.anyOf[0]!, name);
  if (schema.type === "object") {
    const { properties = {}, required = [] } = schema;
    // What may be left out is, unless there is something to say.
    const fields = Object.entries(properties).filter(([key]) => required.includes(key) || key in EXAMPLES);
    return Object.fromEntries(fields.map(([key, field]) => [key, exampleOf(field, key)]));
  }
  if (schema.type === "array") return [exampleOf(schema.items ?? {})];
  if (schema.type === "integer" || schema.type === "number") return Math.max(schema.minimum ?? 0, 0);
  return schema.type === "boolean" ? true : "";
}

function toRequest(path: string, method: string, operation: Operation) {
  const { summary, description, parameters = [], requestBody, security } = operation;
  const [body] = Object.entries(requestBody?.content ?? {});
  const segments = path
    .slice(1)
    .replaceAll(/\{(\w+)\}/g, ":$1")
    .split("/");
  return {
    name: summary,
    request: {
      method: method.toUpperCase(),
      description,
      ...(security ? {} : { auth: { type: "noauth" } }),
      header: body ? [{ key: "Content-Type", value: body[0] }] : [],
      ...(body && {
        body: { mode: "raw", raw: JSON.stringify(exampleOf(body[1].schema), null, body[0].endsWith("ndjson") ? 0 : 2) },
      }),
      url: {
        raw: `{{baseUrl}}/${segments.join("/")}`,
        host: ["{{baseUrl}}"],
        path: segments,
        variable: parameters.filter((each) => each.in === "path").map(({ name }) => ({ key: name, value: "" })),
        query: parameters
          .filter((each) => each.in === "query")
          .map(({ name, required }) => ({ key: name, value: "", disabled: !required })),
      },
    },
  };
}

function toCollection({ info, paths }: Document) {
  const folders = new Map<string, unknown[]>();
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods)) {
      const [tag = "service"] = operation.tags;
      folders.set(tag, [...(folders.get(tag) ?? []), toRequest(path, method, operation)]);
    }
  return {
    info: {
      name: info.title,
      version: info.version,
      schema: "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
    },
    auth: { type: "bearer", bearer: [{ key: "token", value: "{{token}}", type: "string" }] },
    variable: [
      { key: "baseUrl", value: "http://localhost:3001" },
      ...["token", "refreshToken", "twoFactorToken"].map((key) => ({ key, value: "" })),
    ],
    event: [{ listen: "test", script: { type: "text/javascript", exec: KEEP_TOKENS } }],
    item: [...folders].map(([name, item]) => ({ name, item })),
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
