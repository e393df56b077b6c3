/**
 * `npm run docs:client`: writes the SDK's types from the contract: each operation with its input, answer and codes.
 *
 * openapi-typescript would be the tool, but it builds on the compiler's API of TypeScript 5, which 7 no longer has.
 */
import document from "../../src/contract/openapi.json" with { type: "json" };
import { keepFresh } from "./generated-file.ts";

const FILE = "src/client/api.ts";
const HELP = `Usage: node scripts/docs/client-types.ts [--check]

Writes ${FILE} from src/contract/openapi.json; with --check it only reports whether the file is fresh.`;

/** The part of JSON Schema that the contract uses. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  items?: Schema;
  prefixItems?: Schema[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  format?: string;
}

interface Operation {
  summary: string;
  description?: string;
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, { $ref?: string; content?: Record<string, { schema: Schema }> }>;
}

const PRIMITIVES: Record<string, string> = {
  string: "string",
  integer: "number",
  number: "number",
  boolean: "boolean",
  null: "null",
  array: "unknown[]",
  object: "Record<string, unknown>",
};

function typeOf(schema: Schema): string {
  const { $ref, type, items, properties, additionalProperties, allOf } = schema;
  if ($ref) return `Schemas[${JSON.stringify(lastPart($ref))}]`;
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return union(schema.enum.map((value) => JSON.stringify(value)));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return union(choices.map(typeOf));
  if (allOf) return allOf.map((part) => `(${typeOf(part)})`).join(" & ");
  if (items) return `${inBrackets(typeOf(items))}[]`;
  if (properties) return shapeOf(schema);
  if (typeof additionalProperties === "object" && Object.keys(additionalProperties).length > 0)
    return `Record<string, ${typeOf(additionalProperties)}>`;
  if (type === undefined) return "unknown";
  return union([type].flat().map((name) => PRIMITIVES[name] ?? fail(`the type ${name}`)));
}

function shapeOf({ properties = {}, required = [] }: Schema): string {
  const fields = Object.entries(properties).map(
    // What is left out and what is undefined are the same in JSON.
    ([name, schema]) =>
      `${keyOf(name)}${required.includes(name) ? "" : "?"}: ${typeOf(schema)}${required.includes(name) ? "" : " | undefined"}`,
  );
  return `{ ${fields.join("; ")} }`;
}

function describeOperation(key: string, operation: Operation): string {
  const { summary, description, parameters = [], requestBody, responses } = operation;
  const named = (place: string) => {
    const own = parameters.filter((parameter) => parameter.in === place);
    const required = own.filter((parameter) => parameter.required).map(({ name }) => name);
    const types = own.map(({ name, schema }) => [name, place === "path" ? { type: ["string", "number"] } : schema]);
    if (own.length === 0) return [];
    return [
      `${place}${required.length > 0 ? "" : "?"}: ${shapeOf({ properties: Object.fromEntries(types), required })}`,
    ];
  };
  const [bodyType, body] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  const codes = Object.values(responses).flatMap(({ $ref }) => ($ref ? lastPart($ref).split(".") : []));
  const answers = Object.values(responses).flatMap(({ content }) => Object.values(content ?? {}));
  const fields = [
    ...named("path"),
    ...named("query"),
    ...(body
      ? [
          `body${requestBody?.required === false ? "?" : ""}: ${bodyType === "application/json" ? typeOf(body.schema) : "string"}`,
        ]
      : []),
    `answer: ${answers.length > 0 ? union(answers.map(({ schema }) => typeOf(schema))) : "unknown"}`,
    `code: ${union([...new Set(codes)].toSorted().map((code) => JSON.stringify(code)))}`,
  ];
  const text = [summary, description].filter(Boolean).join(". ").replaceAll("*/", "* /");
  return `  /** ${text} */\n  ${JSON.stringify(key)}: {\n${fields.map((field) => `    ${field};\n`).join("")}  };`;
}

/** What `string` contains adds nothing. */
const union = (types: string[]) =>
  [...new Set(types)].filter((type) => !types.includes("string") || !type.startsWith('"')).join(" | ");
const inBrackets = (type: string) => (/ [|&] /.test(type) ? `(${type})` : type);
const lastPart = (reference: string) => reference.split("/").at(-1)!;
const keyOf = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

function fail(what: string): never {
  throw new Error(`the contract has something new: ${what}`);
}

function makeTypes(): string {
  const paths = document.paths as unknown as Record<string, Record<string, Operation>>;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      // Only a WebSocket opens this one.
      .filter(() => path !== "/ws")
      .map(([method, operation]) => describeOperation(`${method.toUpperCase()} ${path}`, operation)),
  );
  const schemas = Object.entries(document.components.schemas as Record<string, Schema>).map(
    ([name, schema]) => `  ${keyOf(name)}: ${typeOf(schema)};`,
  );
  return `/** What the service takes and answers. Written by scripts/docs/client-types.ts from its OpenAPI document. */

/** By name: the bodies of requests and answers. Times are ISO 8601 in UTC, durations are in seconds. */
export interface Schemas {
${schemas.join("\n")}
}

/** By method and path: what an operation takes (path, query, body), what it answers, and the codes of its failures. */
export interface Operations {
${operations.join("\n")}
}

/** Every code of a failure that the service answers with. */
export type FailureCode = Operations[keyof Operations]["code"];
`;
}

await keepFresh({ file: FILE, command: "docs:client", help: HELP, make: makeTypes });
