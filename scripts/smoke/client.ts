/**
 * How the smoke test speaks to a deployment: one request with a time limit, no redirect followed, the answer read
 * whole; and what it expects.
 */

import { isDeepStrictEqual } from "node:util";

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** Parsed where the answer says that it is JSON. */
  body: any;
}

export interface RequestOptions {
  method?: string;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is, instead of `json`. */
  body?: string;
  token?: string;
  headers?: Record<string, string>;
}

export interface Deployment {
  /** The origin that is tested. */
  origin: string;
  /** What the deployment calls itself: the same, except behind a proxy. */
  issuer: string;
  /** Milliseconds for a request, all of it. */
  timeoutMs: number;
}

export interface Check {
  name: string;
  /** Throws an Error, one line, that says what is wrong; may answer what it has seen, or that it doesn't apply. */
  run: (deployment: Deployment) => Promise<string | void>;
}

export async function send(
  { origin, timeoutMs }: Deployment,
  path: string,
  { method, json, body, token, headers }: RequestOptions = {},
): Promise<Answer> {
  const content = body ?? (json === undefined ? undefined : JSON.stringify(json));
  const response = await fetch(`${origin}${path}`, {
    method: method ?? (content === undefined ? "GET" : "POST"),
    headers: {
      "User-Agent": "auth-api-smoke",
      ...(json !== undefined && { "Content-Type": "application/json" }),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(content !== undefined && { body: content }),
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  const isJson = /[/+]json\b/.test(response.headers.get("Content-Type") ?? "");
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== "" ? parse(text) : undefined,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("the answer says that it is JSON, and is not");
  }
}

/** @throws Error `message` unless `condition` holds. */
export function expect(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** @throws Error that names both statuses and the problem's code, never the answer, which may hold a token. */
export function expectStatus(answer: Answer, status: number): void {
  const code = typeof answer.body?.code === "string" ? ` ${answer.body.code}` : "";
  expect(answer.status === status, `expected ${status}, got ${answer.status}${code}`);
}

const PROBLEM_FIELDS = ["code", "detail", "message", "requestId", "status", "title", "type"];

/** RFC 9457 as docs/auth-api.md promises it: these fields, `errors` for invalid data, and nothing else. */
export function expectProblem(answer: Answer, status: number, code: string): void {
  expectStatus(answer, status);
  const type = answer.headers.get("Content-Type") ?? "none";
  expect(type.startsWith("application/problem+json"), `expected application/problem+json, got ${type}`);
  const fields = Object.keys(answer.body).filter((field) => field !== "errors");
  expect(
    isDeepStrictEqual(new Set(fields), new Set(PROBLEM_FIELDS)),
    `the problem's fields are ${fields.toSorted().join(", ")}`,
  );
  expect(answer.body.code === code, `expected the code ${code}, got ${answer.body.code}`);
  expect(answer.body.status === status, `the body says ${answer.body.status}, the answer ${status}`);
  expect(
    answer.body.requestId === answer.headers.get("X-Request-Id"),
    "the problem's requestId is not the X-Request-Id of the answer",
  );
}
