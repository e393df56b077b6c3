/**
 * The OpenAPI 3.1 document, built from the app's own routes: guards, limits and schemas describe themselves on the
 * function, and contract/contract.ts describes the answers. scripts/docs/openapi.ts writes it to
 * src/contract/openapi.json, which the Worker serves: neither this file nor the response schemas are in the bundle.
 */
import type { RouterRoute } from "hono/types";
import * as z from "zod";
import type { $ZodType } from "zod/v4/core";
import { describeError, type ErrorCode } from "../errors.ts";
import { exampleOf } from "./examples.ts";

type Json = Record<string, unknown>;

/** One route's successful answers, and the failures that its middleware does not declare. */
export interface Operation {
  /** The name in generated clients. Without one, the operation is for browsers and not in the document. */
  id?: string;
  summary: string;
  /** The name of its body's schema, unless it is the operation's own. */
  body?: string;
  /** The route that clients should call instead. */
  twinOf?: string;
  /** Status → schema of the body, or its media type if it is not JSON: several, where it depends. */
  answers: Record<number, z.ZodType | string>;
  errors?: readonly ErrorCode[];
}

/** What middleware declares about itself on the function: guards.ts, rate-limit.ts, validate.ts, ndjson.ts. */
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

/** Answers for a path or a method without a route. */
export const UNMATCHED: readonly ErrorCode[] = ["not_found", "method_not_allowed"];

/** The app's own routes with everything that their middleware declares. */
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

/** Every error code of a route, by its guards. */
export function errorsOf({ method, traits }: RouteTraits, operation: Operation): ErrorCode[] {
  const codes = new Set<ErrorCode>(["internal_error", "service_unavailable", ...(operation.errors ?? [])]);
  const add = (...more: ErrorCode[]) => more.forEach((code) => codes.add(code));
  // Refused before the route is reached, whether or not it reads a body.
  if (method !== "GET") add("payload_too_large", "unsupported_media_type", "incomplete_body");
  for (const { guard, limit, input } of traits) {
    if (guard) add("authentication_required", "invalid_token");
    if (guard?.permission) add("forbidden", "two_factor_required");
    if (guard?.fresh) add("reauthentication_required");
    if (guard?.changesFactors) add("two_factor_required");
    if (limit) add("rate_limited");
    // An OAuth endpoint says so in its own words, as answers of the contract.
    if (input && input.target !== "form") add("validation_failed");
    if (input?.target === "json") add("invalid_json");
    if (input?.target === "query" && propertiesOf(input.schema)["cursor"]) add("invalid_cursor");
  }
  return [...codes].toSorted();
}

/** The tag of an operation: the first whose prefix its path has. */
const TAGS: [name: string, description: string, paths: RegExp][] = [
  [
    "Notifications",
    "The signed-in user's notifications, in lists and by WebSocket.",
    /^\/(ws$|api\/users\/me\/(not|ws))/,
  ],
  ["Account", "The signed-in user's own account.", /^\/api\/(users\/me|auth\/(profile|change-password|account)$)/],
  ["Applications", "What applications call, in the words of OAuth.", /^\/oauth\//],
  ["Authentication", "Getting in, staying in, getting out.", /^\/api\/auth\//],
  ["Security", "Second factors, sessions and login history of the signed-in user.", /^\/api\/security\//],
  ["Webhooks", "Where events are sent, and what receivers get.", /^\/api\/admin\/webhooks/],
  ["Administration", "Accounts, roles and the audit log, for roles with the permission.", /^\/api\/(admin|users)/],
  ["Service", "Public information about the service itself.", /^/],
];

/** @param version the package's. The service runs in many places: its address is where the document was fetched. */
export function describeApi(
  routes: RouteTraits[],
  operations: Record<string, Operation>,
  { version, webhooks }: { version: string; webhooks: Record<string, z.ZodType> },
): Json {
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
      responses: { ...failures.references, ...describeAnswers(operation, schemas) },
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
    webhooks: Object.fromEntries(Object.entries(webhooks).map(([type, body]) => [type, describeWebhook(type, body)])),
    components: {
      responses,
      schemas: withExamples(schemas),
      securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
    },
  };
}

/** Signed as Standard Webhooks 1.0 says; any 2xx says that it was taken. */
function describeWebhook(type: string, body: z.ZodType): Json {
  return {
    post: {
      operationId: `on${type.replaceAll(/(?:^|[._])(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
      tags: ["Webhooks"],
      summary: `\`${type}\``,
      description: "Signed as Standard Webhooks 1.0 says: `webhook-id`, `webhook-timestamp`, `webhook-signature`.",
      security: [],
      requestBody: { required: true, content: { "application/json": { schema: toSchema(body) } } },
      responses: { "2XX": { description: "Taken" }, "410": { description: "Gone: the webhook is turned off" } },
    },
  };
}

/** By name: every schema of a request or an answer, and those nested in it. */
type Schemas = Record<string, Json>;

/** What each parameter means on every route; one that is missing here fails a test. */
const PARAMETERS: Record<string, string> = {
  id: "The id in the path, as in the lists",
  deliveryId: "The delivery's id, as in the list",
  sessionId: "The session's id, as in the account's details",
  keyId: "The API key's id, as its list has it",
  broadcastId: "The broadcast's id, as it was answered when it was sent",
  method: "The challenge of the second step",
  limit: "Maximum number of items",
  cursor: "`nextCursor` of the previous page",
  q: "Part of a name or an address",
  role: "The role's number",
  status: "The state of the accounts",
  sort: "Sort field; a leading `-` reverses the order",
  replacementId: "The new role of its accounts",
  actor: "The actor, by account number",
  action: "The action",
  target: "To what, as `type:id`",
  from: "Not before",
  to: "Not after",
  anchor: "From an earlier verification, as `id:hash`",
};

/** Adds a schema to the components, with the named schemas it refers to, which zod returns as `$defs`. */
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

/** One per schema of a request or an answer, shown there. */
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
    operation.twinOf && `The same as \`${operation.twinOf}\`, which new clients call.`,
    guard ? "Requires a signed-in user." : "For anyone.",
    guard?.permission && `Permission: \`${guard.permission}\`.`,
    guard?.fresh && "Requires an authentication in the last 10 minutes.",
    guard?.changesFactors &&
      "If an authenticator or a passkey is on, the session must have used one of them or a recovery code.",
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
  const body = inputs.find(({ target }) => target === "json" || target === "form");
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
        // No body counts as the empty object (body.ts).
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
    return [status, { description: Number(status) < 400 ? "Success" : "Refused", content }];
  });
  return Object.fromEntries(described) as Json;
}

/** By status. Many routes fail alike, so each combination of codes is described once and referenced by name. */
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
    // Answers are strict in our tests; clients must ignore fields that are added later.
    override({ jsonSchema }) {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      // A number that is read from text (lists.ts).
      if (jsonSchema.type === "integer") delete jsonSchema.pattern;
      // The format says it in one word.
      if (["date", "date-time", "uuid"].includes(jsonSchema.format ?? "")) delete jsonSchema.pattern;
    },
  });
  return rest;
}
