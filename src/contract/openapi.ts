/**
 * The OpenAPI 3.1 document, read from the app's own routes: what guards, limits and schemas say of themselves on the
 * function, and what contract/contract.ts says of the answers. scripts/docs/openapi.ts writes it to src/contract/openapi.json, which the
 * Worker answers with: neither this file nor the schemas of answers are in the bundle.
 */
import type { RouterRoute } from "hono/types";
import * as z from "zod";
import type { $ZodType } from "zod/v4/core";
import { describeError, type ErrorCode } from "../errors.ts";
import { exampleOf } from "./examples.ts";

type Json = Record<string, unknown>;

/** One route's answers when all goes well, and the ways to fail that its middleware does not tell of. */
export interface Operation {
  /** What a generated client calls it. Without one it is for browsers, and not in the document. */
  id?: string;
  summary: string;
  /** The name of its body's schema, where that is not the operation's own. */
  body?: string;
  /** The route that clients should ask instead. */
  twinOf?: string;
  /** Status → schema of the body, or the media type of one that is not JSON. */
  answers: Record<number, z.ZodType | string>;
  errors?: readonly ErrorCode[];
}

/** What middleware says of itself on the function: guards.ts, rate-limit.ts, validate.ts, ndjson.ts. */
interface Traits {
  guard?: { permission?: string; fresh?: boolean; changesFactors?: boolean };
  limit?: string;
  input?: { target: string; schema: $ZodType; mediaType?: string };
}

export interface RouteTraits {
  method: string;
  path: string;
  traits: Traits[];
}

/** What a path or a method that no route has answers. */
export const UNMATCHED: readonly ErrorCode[] = ["not_found", "method_not_allowed"];

/** The app's own routes with all that their middleware says of itself. */
export function readRoutes(routes: RouterRoute[]): RouteTraits[] {
  const byRoute = new Map<string, RouteTraits>();
  for (const { method, path, handler } of routes) {
    if (method === "ALL") continue;
    const key = `${method} ${path}`;
    const route = byRoute.get(key) ?? { method, path, traits: [] };
    route.traits.push(handler as Traits);
    byRoute.set(key, route);
  }
  return [...byRoute.values()];
}

/** Every code that a route may answer with, by what guards it. */
export function errorsOf({ method, traits }: RouteTraits, operation: Operation): ErrorCode[] {
  const codes = new Set<ErrorCode>(["internal_error", "service_unavailable", ...(operation.errors ?? [])]);
  const add = (...more: ErrorCode[]) => more.forEach((code) => codes.add(code));
  // Refused before the route is reached, whether it reads a body or not.
  if (method !== "GET") add("payload_too_large", "unsupported_media_type", "incomplete_body");
  for (const { guard, limit, input } of traits) {
    if (guard) add("authentication_required", "invalid_token");
    if (guard?.permission) add("forbidden", "two_factor_required");
    if (guard?.fresh) add("reauthentication_required");
    if (guard?.changesFactors) add("two_factor_required");
    if (limit) add("rate_limited");
    if (input) add("validation_failed");
    if (input?.target === "json") add("invalid_json");
    if (input?.target === "query" && propertiesOf(input.schema)["cursor"]) add("invalid_cursor");
  }
  return [...codes].toSorted();
}

/** Where an operation belongs, by the first that its path begins with. */
const TAGS: [name: string, description: string, paths: RegExp][] = [
  ["Notifications", "What the signed-in user is told, in lists and by WebSocket.", /^\/(ws$|api\/users\/me\/(not|ws))/],
  ["Account", "The signed-in user's own account.", /^\/api\/(users\/me|auth\/(profile|change-password|account)$)/],
  ["Authentication", "Getting in, staying in, getting out.", /^\/api\/auth\//],
  ["Security", "How one's account is protected, and where it is signed in.", /^\/api\/security\//],
  ["Administration", "Accounts, roles and the audit log, for those whose role says so.", /^\/api\/(admin|users)/],
  ["Service", "What anyone may ask of the service itself.", /^/],
];

/** @param version the package's. The service runs in many places: its address is wherever the document was found. */
export function describeApi(routes: RouteTraits[], operations: Record<string, Operation>, version: string): Json {
  const paths: Record<string, Json> = {};
  const responses: Json = {};
  const schemas: Schemas = { Problem: { ...toSchema(Problem), examples: [PROBLEM_EXAMPLE] } };
  for (const route of routes) {
    const operation = operations[`${route.method} ${route.path}`];
    if (operation?.id === undefined) continue;
    const path = (paths[route.path.replaceAll(/:(\w+)/g, "{$1}")] ??= {});
    const failures = describeErrors(errorsOf(route, operation));
    Object.assign(responses, failures.components);
    path[route.method.toLowerCase()] = {
      ...describeOperation(route, operation),
      ...describeInput(route, operation, schemas),
      responses: { ...describeAnswers(operation, schemas), ...failures.references },
    };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Auth API",
      version,
      description: "Authentication and accounts. `/docs` explains every error.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: TAGS.map(([name, description]) => ({ name, description })).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    paths,
    components: {
      responses,
      schemas: withExamples(schemas),
      securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
    },
  };
}

/** By name; each that a request or an answer is, or that one of them holds. */
type Schemas = Record<string, Json>;

/** What a parameter means, whichever route takes it; one that is missing here fails a test. */
const PARAMETERS: Record<string, string> = {
  id: "Of what the path names, as the lists have it",
  method: "Of the second step",
  limit: "How many at most",
  cursor: "`nextCursor` of the page before",
  q: "A part of a name or an address",
  role: "The number of a role",
  status: "The state of the accounts",
  sort: "What the list goes by; `-` for the other way around",
  replacementId: "The role that its accounts get",
  actor: "Who did it, by the number of the account",
  action: "What was done",
  target: "To what, as `type:id`",
  from: "Not before",
  to: "Not after",
  anchor: "Of a verification before, as `id:hash`",
};

/** Puts a schema among the components, with the named ones that it refers to, which zod gives it as `$defs`. */
function refer(schemas: Schemas, name: string, { $defs, ...schema }: Json): Json {
  const here = (value: unknown) =>
    JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
  const added = { ...($defs as Schemas | undefined), ...(schema["$ref"] === undefined && { [name]: schema }) };
  for (const [each, described] of Object.entries(added)) {
    const known = (schemas[each] ??= here(described));
    if (JSON.stringify(known) !== JSON.stringify(here(described))) throw new Error(`${each} names two schemas`);
  }
  return { $ref: `#/components/schemas/${name}` };
}

/** One for each schema that a request or an answer is: what it holds is shown there. */
function withExamples(schemas: Schemas): Schemas {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      schema["examples"] ? schema : { ...schema, examples: [exampleOf(schema, schemas, name)] },
    ]),
  );
}

/** RFC 9457, as http/problem.ts writes it. */
export const Problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  message: z.string(),
  code: z.string(),
  errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })).optional(),
  requestId: z.string(),
});

const PROBLEM_EXAMPLE = {
  type: "https://auth.example.com/docs#validation_failed",
  title: "Validation failed",
  status: 422,
  detail: "The data sent is not valid",
  message: "The data sent is not valid",
  code: "validation_failed",
  errors: [{ pointer: "#/email", detail: "Invalid e-mail address" }],
  requestId: "9d3b1f7e2a6c4058",
};

function describeOperation(route: RouteTraits, operation: Operation): Json {
  const guard = route.traits.find((traits) => traits.guard)?.guard;
  const notes = [
    operation.twinOf && `The same as \`${operation.twinOf}\`, which new clients ask.`,
    guard ? "For whoever is signed in." : "For anyone.",
    guard?.permission && `Permission: \`${guard.permission}\`.`,
    guard?.fresh && "Needs an authentication of the last 10 minutes.",
    guard?.changesFactors && "Where an authenticator is on, needs a session that has shown it, or a recovery code.",
  ].filter(Boolean);
  return {
    tags: [TAGS.find(([, , paths]) => paths.test(route.path))![0]],
    operationId: operation.id,
    summary: operation.summary,
    description: notes.join(" "),
    ...(operation.twinOf && { deprecated: true }),
    security: guard ? [{ bearer: [] }] : [],
  };
}

function describeInput({ traits }: RouteTraits, { id, body: named }: Operation, schemas: Schemas): Json {
  const inputs = traits.flatMap(({ input }) => (input ? [input] : []));
  const body = inputs.find(({ target }) => target === "json");
  const parameters = inputs
    .filter(({ target }) => target === "param" || target === "query")
    .flatMap(({ target, schema }) => {
      const required = (toSchema(schema, "input")["required"] as string[] | undefined) ?? [];
      return Object.entries(propertiesOf(schema)).map(([name, property]) => ({
        name,
        in: target === "param" ? "path" : "query",
        description: PARAMETERS[name]!,
        required: target === "param" || required.includes(name),
        schema: property,
      }));
    });
  const name = named ?? `${id![0]!.toUpperCase()}${id!.slice(1)}Request`;
  return {
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        // No body is the empty object (body.ts).
        required: !z.safeParse(body.schema, {}).success,
        content: {
          [body.mediaType ?? "application/json"]: { schema: refer(schemas, name, toSchema(body.schema, "input")) },
        },
      },
    }),
  };
}

function describeAnswers({ answers }: Operation, schemas: Schemas): Json {
  const described = Object.entries(answers).map(([status, body]) => {
    if (status === "101") return [status, { description: "Switching protocols" }];
    if (typeof body === "string") return [status, { description: "Success", content: { [body]: {} } }];
    const name = z.globalRegistry.get(body)?.id;
    if (name === undefined) throw new Error("an answer has no name (answers.ts)");
    const content = { "application/json": { schema: refer(schemas, name, toSchema(body)) } };
    return [status, { description: "Success", content }];
  });
  return Object.fromEntries(described) as Json;
}

/** By status. Many routes fail alike, so each way is described once and referred to: by its codes. */
function describeErrors(codes: ErrorCode[]): { references: Json; components: Json } {
  const [references, components]: [Json, Json] = [{}, {}];
  for (const [status, group] of Map.groupBy(codes, (code) => describeError(code).status)) {
    const name = group.join(".");
    references[status] = { $ref: `#/components/responses/${name}` };
    components[name] = {
      description: group.map((code) => `\`${code}\`: ${describeError(code).title}`).join("; "),
      content: {
        "application/problem+json": {
          schema: {
            allOf: [
              { $ref: "#/components/schemas/Problem" },
              { type: "object", properties: { code: { enum: group } }, required: ["code"] },
            ],
          },
        },
      },
    };
  }
  return { references, components };
}

function propertiesOf(schema: $ZodType): Json {
  return (toSchema(schema, "input")["properties"] as Json | undefined) ?? {};
}

function toSchema(schema: $ZodType, io: "input" | "output" = "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    // Answers are strict for our tests; a client must not mind a field that is added later.
    override({ jsonSchema }) {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      // A number that is read from text (lists.ts).
      if (jsonSchema.type === "integer") delete jsonSchema.pattern;
      // The format says it, in a word.
      if (["date", "date-time", "uuid"].includes(jsonSchema.format ?? "")) delete jsonSchema.pattern;
    },
  });
  return rest;
}
