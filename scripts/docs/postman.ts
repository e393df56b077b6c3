/** `npm run docs:postman`: the contract as a Postman collection (v2.1), made of what the service answers at `/openapi.json`. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PROJECT_FOLDER } from "../database/url.ts";
import { keepFresh } from "./generated-file.ts";

const FILE = "docs/auth-api.postman_collection.json";
const DOCUMENT = join(PROJECT_FOLDER, "src/contract/openapi.json");
const HELP = `Usage: node scripts/docs/postman.ts [--check]

Writes ${FILE}; with --check only says whether it is fresh.`;

interface Operation {
  tags: string[];
  summary: string;
  description?: string;
  security: unknown[];
  parameters?: { name: string; in: string; required: boolean }[];
  requestBody?: { content: Record<string, { schema: { $ref: string } }> };
}

interface Document {
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { examples: Record<string, unknown>[] }> };
}

/** What earlier requests have answered stands for the example. */
const KEPT = ["token", "refreshToken", "twoFactorToken"];

/** Keeps what later requests need. */
const KEEP_TOKENS = [
  'if ((pm.response.headers.get("Content-Type") ?? "").startsWith("application/json")) {',
  "  const answer = pm.response.json();",
  '  for (const name of ["token", "refreshToken", "twoFactorToken"])',
  "    if (answer[name]) pm.collectionVariables.set(name, answer[name]);",
  "}",
];

function exampleOf({ $ref }: { $ref: string }, { schemas }: Document["components"]): unknown {
  const example = schemas[$ref.split("/").at(-1)!]!.examples[0]!;
  return Object.fromEntries(
    Object.entries(example).map(([name, value]) => [name, KEPT.includes(name) ? `{{${name}}}` : value]),
  );
}

function toRequest(path: string, method: string, operation: Operation, components: Document["components"]) {
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
      ...(security.length > 0 ? {} : { auth: { type: "noauth" } }),
      header: body ? [{ key: "Content-Type", value: body[0] }] : [],
      ...(body && {
        body: {
          mode: "raw",
          raw: JSON.stringify(exampleOf(body[1].schema, components), null, body[0].endsWith("ndjson") ? 0 : 2),
        },
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

function toCollection({ info, paths, components }: Document) {
  const folders = new Map<string, unknown[]>();
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods)) {
      const [tag = "service"] = operation.tags;
      folders.set(tag, [...(folders.get(tag) ?? []), toRequest(path, method, operation, components)]);
    }
  return {
    info: {
      name: info.title,
      version: info.version,
      schema: "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
    },
    auth: { type: "bearer", bearer: [{ key: "token", value: "{{token}}", type: "string" }] },
    variable: [{ key: "baseUrl", value: "http://localhost:3001" }, ...KEPT.map((key) => ({ key, value: "" }))],
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
