/**
 * The OpenAPI 3.1 document, read from the app's own routes: what guards, limits and schemas say of themselves on the
 * function, and what contract/contract.ts says of the answers. scripts/docs/openapi.ts writes it to src/contract/openapi.json, which the
 * Worker answers with: neither this file nor the schemas of answers are in the bundle.
 */
import type { RouterRoute } from "hono/types";
import * as z from "zod";
import type { $ZodType } from "zod/v4/core";
import { describeError, type ErrorCode } from "../errors.ts";

type Json = Record<string, unknown>;

/** One route's answers when all goes well, and the ways to fail that its middleware does not tell of. */
export interface Operation {
  summary: string;
  /** Status → schema of the body, or the media type of one that is not JSON. */
  answers: Record<number, z.ZodType | string>;
  errors?: readonly ErrorCode[];
}

/** What middleware says of itself on the function: guards.ts, rate-limit.ts, validate.ts, ndjson.ts. */
interface Traits {
  guard?: { permission?: string; fresh?: boolean };
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
    if (limit) add("rate_limited");
    if (input) add("validation_failed");
    if (input?.target === "json") add("invalid_json");
    if (input?.target === "query" && propertiesOf(input.schema)["cursor"]) add("invalid_cursor");
  }
  return [...codes].toSorted();
}

/** Of the contract, not of a release: it counts up when a client that goes by it must change. */
const VERSION = "1.0.0";

/** The service runs in many places: its address is wherever the document was found. */
export function describeApi(routes: RouteTraits[], operations: Record<string, Operation>): Json {
  const paths: Record<string, Json> = {};
  const responses: Json = {};
  for (const route of routes) {
    const operation = operations[`${route.method} ${route.path}`];
    if (!operation) continue;
    const path = (paths[route.path.replaceAll(/:(\w+)/g, "{$1}")] ??= {});
    const failures = describeErrors(errorsOf(route, operation));
    Object.assign(responses, failures.components);
    path[route.method.toLowerCase()] = describeOperation(route, operation, failures.references);
  }
  const { document, schemas } = hoist({ paths, problem: toSchema(Problem) });
  return {
    openapi: "3.1.0",
    info: { title: "Auth API", version: VERSION },
    servers: [{ url: "/" }],
    paths: document["paths"],
    components: {
      responses,
      schemas: { ...schemas, Problem: document["problem"] },
      securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
    },
  };
}

/** Zod gives each schema the named ones that it refers to, as `$defs` of its own: here they become components. */
function hoist(described: Json): { document: Json; schemas: Json } {
  const schemas: Json = {};
  const text = JSON.stringify(described, (key, value: unknown) => {
    if (key !== "$defs") return value;
    Object.assign(schemas, value);
    return undefined;
  });
  const refer = (json: string) => JSON.parse(json.replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
  return { document: refer(text), schemas: refer(JSON.stringify(schemas)) };
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

function describeOperation(route: RouteTraits, operation: Operation, failures: Json): Json {
  const guard = route.traits.find((traits) => traits.guard)?.guard;
  const notes = [
    guard?.permission && `Permission: \`${guard.permission}\`.`,
    guard?.fresh && "Needs an authentication of the last 10 minutes.",
  ].filter(Boolean);
  return {
    tags: [route.path.startsWith("/api/") ? route.path.split("/")[2] : "service"],
    operationId: `${route.method.toLowerCase()}${route.path.replaceAll(/[^\w]+(\w?)/g, (_, next: string) => next.toUpperCase())}`,
    summary: operation.summary,
    ...(notes.length > 0 && { description: notes.join(" ") }),
    ...(guard && { security: [{ bearer: [] }] }),
    ...describeInput(route.traits),
    responses: { ...describeAnswers(operation), ...failures },
  };
}

function describeInput(traits: Traits[]): Json {
  const inputs = traits.flatMap(({ input }) => (input ? [input] : []));
  const body = inputs.find(({ target }) => target === "json");
  const parameters = inputs
    .filter(({ target }) => target === "param" || target === "query")
    .flatMap(({ target, schema }) => {
      const required = (toSchema(schema, "input")["required"] as string[] | undefined) ?? [];
      return Object.entries(propertiesOf(schema)).map(([name, property]) => ({
        name,
        in: target === "param" ? "path" : "query",
        required: target === "param" || required.includes(name),
        schema: property,
      }));
    });
  return {
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        // No body is the empty object (body.ts).
        required: !z.safeParse(body.schema, {}).success,
        content: { [body.mediaType ?? "application/json"]: { schema: toSchema(body.schema, "input") } },
      },
    }),
  };
}

function describeAnswers({ answers }: Operation): Json {
  const described = Object.entries(answers).map(([status, body]) => {
    if (status === "101") return [status, { description: "Switching protocols" }];
    const content = typeof body === "string" ? { [body]: {} } : { "application/json": { schema: toSchema(body) } };
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
          schema: { allOf: [{ $ref: "#/components/schemas/Problem" }, { properties: { code: { enum: group } } }] },
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
    },
  });
  return rest;
}
