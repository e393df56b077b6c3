/**
 * Checks every answer in a test against the published contract: an undocumented status, code or field fails the test.
 */
import * as z from "zod";
import { app } from "../../src/app.ts";
import { describeError, type ErrorCode } from "../../src/errors.ts";
import { errorsOf, Problem, readRoutes, UNMATCHED, type RouteTraits } from "../../src/contract/openapi.ts";
import { contract } from "../../src/contract/contract.ts";
import type { Answer } from "./answer.ts";

/** What the middleware before all routes may answer, with or without a matching route. */
const BEFORE_ROUTES: ErrorCode[] = [
  "payload_too_large",
  "unsupported_media_type",
  "incomplete_body",
  "internal_error",
  "service_unavailable",
];

let known: { route: RouteTraits; matches: RegExp }[] | undefined;

/** In the app's order: the first match answers. */
export function routeFor(method: string, path: string): RouteTraits | undefined {
  known ??= readRoutes(app.routes).map((route) => ({
    route,
    matches: new RegExp(`^${route.path.replaceAll(/:\w+/g, "[^/]+").replace(/\/\*$/, "(?:/.*)?")}$`),
  }));
  const wanted = method === "HEAD" ? "GET" : method;
  const { pathname } = new URL(path, "http://localhost:3001");
  return known.find(({ route, matches }) => route.method === wanted && matches.test(pathname))?.route;
}

/** The part of the answer that breaks the contract; undefined if none does. */
export function breachOf(method: string, path: string, answer: Answer): string | undefined {
  if (method === "OPTIONS") return undefined; // CORS
  const { status, body } = answer;
  const type = answer.headers.get("Content-Type")?.split(";")[0] ?? "";
  const route = routeFor(method, path);
  const operation = route && contract[`${route.method} ${route.path}`];
  if (route && !operation) return "the route is not in the contract";
  const documented = operation?.answers[status];
  if (documented === undefined) {
    const codes = operation ? errorsOf(route, operation) : [...UNMATCHED, ...BEFORE_ROUTES];
    if (method === "HEAD") return codes.some((code) => describeError(code).status === status) ? undefined : "status";
    if (type !== "application/problem+json") return `neither a documented status nor a problem, but ${type}`;
    const problem = Problem.safeParse(body);
    if (!problem.success) return z.prettifyError(problem.error);
    const code = problem.data.code as ErrorCode;
    if (!codes.includes(code)) return `undocumented code ${code}`;
    return describeError(code).status === status ? undefined : `${code} has another status`;
  }
  if (method === "HEAD" || status === 101 || status === 302 || status === 303) return undefined;
  if (typeof documented === "string")
    return documented.split(", ").includes(type) ? undefined : `${type} instead of ${documented}`;
  if (type !== "application/json") return `${type} instead of JSON`;
  const parsed = documented.safeParse(body);
  return parsed.success ? undefined : z.prettifyError(parsed.error);
}

/** @throws Error when an answer breaks the contract. */
export function holdToContract(method: string, path: string, answer: Answer): void {
  const breach = breachOf(method, path, answer);
  if (breach) throw new Error(`${method} ${path} answered ${answer.status} outside of the contract: ${breach}`);
}
