/// <reference types="@cloudflare/vitest-plugin/types" />
/** The service under test through its front door, on a database of the test file's own. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, beforeAll, inject, vi } from "vitest";
import type { Answer } from "./answer.ts";
import { holdToContract } from "./contract-check.ts";
import { createMailbox } from "./mailbox-control.ts";
import { noteAnswer, noteBindings, noteRequest } from "./secrets-seen.ts";
import worker from "../../src/index.ts";
import { createControl, type Fault, type FaultScope } from "../../scripts/neon/control.ts";

export type { Answer };

/** The mails of this test file. */
export const mailbox = createMailbox(inject("mailboxUrl"), crypto.randomUUID());

const control = createControl(inject("endpointUrl"));

let ownDatabaseUrl: string;
/** The file's database as its owner, whichever role the service has. */
export const databaseUrl = () => ownDatabaseUrl;

beforeAll(async () => {
  ownDatabaseUrl = await control.createDatabase("template_migrated");
  (env as { DATABASE_URL: string }).DATABASE_URL = ownDatabaseUrl;
  // The mailbox keeps mails apart by API key, like Resend.
  (env as { RESEND_API_KEY?: string }).RESEND_API_KEY = mailbox.key;
});

afterEach(() => control.clear(env.DATABASE_URL));

/** The file's database: direct SQL (no trip), counted trips, faults. */
export const database = {
  query: <Row = Record<string, unknown>>(sql: string, params?: unknown[]) =>
    control.query<Row>(env.DATABASE_URL, sql, params),
  /**
   * Injects faults into trips of requests; with `source: undefined` also into those of the queue's consumer and the
   * hubs.
   */
  inject: (fault: Fault, scope: Omit<FaultScope, "database"> = {}) =>
    control.inject(fault, { source: "request", ...scope, database: env.DATABASE_URL }),
  clear: () => control.clear(env.DATABASE_URL),
  /** The trips of requests since the last count began. */
  trips: () => control.trips(env.DATABASE_URL, "request"),
  statements: () => control.statements(env.DATABASE_URL),
  /**
   * Starts a request, and returns once its matching statement is held at the endpoint: so a test can put an event
   * between two trips of one request. `clear` releases it, and `answer` is the result.
   */
  async holding(match: RegExp, start: () => Promise<Answer>): Promise<{ answer: Promise<Answer> }> {
    await control.resetTrips(env.DATABASE_URL);
    await control.inject({ kind: "hold", count: 2 }, { database: env.DATABASE_URL, source: "request", match });
    const answer = start();
    await vi.waitFor(
      async () => {
        const statements = await control.statements(env.DATABASE_URL);
        if (!statements.some((text) => match.test(text))) throw new Error("the statement is not held yet");
      },
      { timeout: 25_000, interval: 20 },
    );
    return { answer };
  },
  /**
   * Runs `act` and returns the number of trips of its requests; or all trips, including those of the queue and the
   * hubs.
   */
  async tripsOf(act: () => Promise<unknown>, { all = false } = {}): Promise<number> {
    await outboxIsEmpty();
    await control.resetTrips(env.DATABASE_URL);
    await act();
    return control.trips(env.DATABASE_URL, all ? undefined : "request");
  },
};

/** What earlier requests still send after their answers must not be counted; where a test holds it back, this gives up. */
async function outboxIsEmpty(): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    const [{ rows } = { rows: 0 }] = await database.query<{ rows: number }>("select count(*)::int as rows from outbox");
    if (rows === 0) return;
  }
}

interface RequestOptions {
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  rawBody?: BodyInit;
  token?: string;
  headers?: Record<string, string>;
  /** Variables that differ from the test bindings for this request only. */
  vars?: Record<string, string>;
  /** Where the request comes from, according to the edge. */
  country?: string;
  /** The same, with the network and the coordinates. */
  cf?: { country?: string; asn?: number; latitude?: string; longitude?: string };
}

async function send(request: Request, vars: Record<string, string> | undefined): Promise<Response> {
  if (vars === undefined) return exports.default.fetch(request);
  const context = createExecutionContext();
  const response = await worker.fetch(request, { ...env, ...vars }, context);
  await waitOnExecutionContext(context);
  return response;
}

export async function request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
  const {
    body,
    rawBody,
    token,
    headers,
    vars = {},
    country,
    cf = country === undefined ? undefined : { country },
  } = options;
  const asked = new Request(`http://localhost:3001${path}`, {
    method,
    headers: {
      "CF-Connecting-IP": "192.0.2.1",
      ...(body !== undefined && { "Content-Type": "application/json" }),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(rawBody !== undefined ? { body: rawBody } : body !== undefined && { body: JSON.stringify(body) }),
    redirect: "manual",
    ...(cf !== undefined && { cf: cf as never }),
  });
  noteRequest(asked.headers, body);
  noteBindings(vars);
  const response = await send(asked, options.vars);
  const text = await response.text();
  const isJson = /[/+]json/.test(response.headers.get("Content-Type") ?? "");
  const answer: Answer = {
    status: response.status,
    headers: response.headers,
    body: isJson && text !== "" ? JSON.parse(text) : undefined,
    text,
  };
  noteAnswer(answer.headers, answer.body);
  holdToContract(method, path, answer);
  return answer;
}

export const get = (path: string, options?: RequestOptions) => request("GET", path, options);
export const post = (path: string, body?: unknown, options?: RequestOptions) =>
  request("POST", path, { body, ...options });
export const put = (path: string, body?: unknown, options?: RequestOptions) =>
  request("PUT", path, { body, ...options });
export const patch = (path: string, body: unknown, options?: RequestOptions) =>
  request("PATCH", path, { body, ...options });
export const del = (path: string, options?: RequestOptions) => request("DELETE", path, options);

export const PASSWORD = "Correct cheval pile agrafe";
/** The password after a change. */
export const NEW_PASSWORD = "Nouvelle batterie d'agrafes 42";

let registered = 0;

export interface Member {
  email: string;
  password: string;
  userId: number;
  token: string;
  refreshToken: string;
  user: Record<string, unknown>;
}

/** Registers an account with an address of its own, both e-mail and IP. */
export async function registerMember(fields: Record<string, unknown> = {}): Promise<Member> {
  const email = `membre-${++registered}@example.test`;
  const { status, body, text } = await post(
    "/api/auth/register",
    {
      prenom: "Ada",
      nom: "Lovelace",
      email,
      password: PASSWORD,
      ...fields,
    },
    { headers: { "CF-Connecting-IP": `198.51.${registered >> 8}.${registered & 255}` } },
  );
  if (status !== 201) throw new Error(`register answered ${status}: ${text}`);
  return {
    email,
    password: PASSWORD,
    userId: Number(body.user.id),
    token: body.token,
    refreshToken: body.refreshToken,
    user: body.user,
  };
}

/** Another device of the same member. */
export async function logIn(
  member: Pick<Member, "email" | "password">,
): Promise<{ token: string; refreshToken: string }> {
  const { status, body, text } = await post("/api/auth/login", { email: member.email, password: member.password });
  if (status !== 200) throw new Error(`login answered ${status}: ${text}`);
  return body;
}

/** The claims of a token, unverified. */
export function claimsOf(token: string): Record<string, any> {
  return JSON.parse(atob(token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/")));
}

/** The session of a token. */
export const sidOf = ({ token }: { token: string }): string => claimsOf(token)["sid"];
