/** The service as it would be deployed, on a temporary PostgreSQL, and a client for it. */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { importKeySet, signAccessToken } from "../../src/crypto/access-token.ts";
import { testBindings } from "../../test/support/bindings.ts";
import { connectionConfig } from "../neon/sql.ts";
import type { NeonEndpoint } from "../neon/endpoint.ts";
import { migrate } from "../database/migrations.ts";
import type { Bundle } from "../check/bundle.ts";

export const PASSWORD = "Correct cheval pile agrafe";

/** Everything that a table may need. */
export interface Stage {
  /** Fewer and shorter rounds, smaller volumes: checks that it runs, but measures little. */
  quick: boolean;
  endpoint: NeonEndpoint;
  /** An empty database with every migration, or those that `prepare` applies, by name. */
  createDatabase: (name: string, prepare?: (url: string) => Promise<unknown>) => Promise<string>;
  /** The folder of another checkout, to compare with. */
  beside?: string | undefined;
  /** The variables of a service on that database. */
  variables: (databaseUrl: string) => Record<string, string>;
  /** The service, and the other Worker beside it. */
  bundles: { service: Bundle; companion: Bundle };
  log: (line: string) => void;
}

export function serviceVariables(endpointUrl: string, databaseUrl: string): Record<string, string> {
  return {
    ...testBindings(endpointUrl, "http://127.0.0.1:9"),
    BREACH_CHECK: "off",
    // The simulator, which accepts every mail.
    MAIL_PROVIDER: "cloudflare",
    DATABASE_URL: databaseUrl,
    RATE_LIMIT_SCALE: "1000000",
    ACCESS_TOKEN_TTL: "3600",
    TWO_FACTOR_REQUIRED_FOR_ADMIN: "off",
  };
}

export async function createMigratedDatabase(
  serverUrl: string,
  name: string,
  prepare: (url: string) => Promise<unknown> = migrate,
): Promise<string> {
  await runSql(serverUrl, `create database ${pg.escapeIdentifier(name)}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  await prepare(url.href);
  return url.href;
}

/** On a connection of its own: no trip. */
export async function runSql<Row = Record<string, unknown>>(
  databaseUrl: string,
  text: string,
  parameters: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client(connectionConfig(databaseUrl));
  await client.connect();
  try {
    return (await client.query(text, parameters)).rows as Row[];
  } finally {
    await client.end();
  }
}

/** An account with a session, from its client's view. */
export interface Member {
  userId: number;
  email: string;
  token: string;
  refreshToken: string;
  deviceToken?: string;
}

export interface Client {
  url: URL;
  databaseUrl: string;
  /** The answer's body. @throws Error on any refusal except that of a wrong password. */
  request(method: string, path: string, input?: { body?: unknown; token?: string }): Promise<any>;
  /** Registers an account; with a role of the database, if given. */
  createMember(roleId?: number): Promise<Member>;
  logIn(member: Member): Promise<void>;
}

export function createClient(url: URL, databaseUrl: string): Client {
  const client: Client = {
    url,
    databaseUrl,

    async request(method, path, { body, token } = {}) {
      const response = await fetch(new URL(path, url), {
        method,
        headers: {
          ...(body !== undefined && { "Content-Type": "application/json" }),
          ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const answer = text ? JSON.parse(text) : undefined;
      if (!response.ok && answer.code !== "invalid_credentials")
        throw new Error(`${method} ${path.split("?")[0]}: ${response.status} ${answer.code}`);
      return answer;
    },

    async createMember(roleId) {
      const body = newRegistration();
      const { user, ...tokens } = await client.request("POST", "/api/auth/register", { body });
      const member: Member = { ...tokens, userId: Number(user.id), email: user.email };
      if (roleId === undefined) return member;
      await runSql(databaseUrl, "update users set role_id = $1 where id = $2", [roleId, member.userId]);
      await client.logIn(member);
      return member;
    },

    async logIn(member) {
      Object.assign(member, await client.request("POST", "/api/auth/login", { body: credentialsOf(member) }));
    },
  };
  return client;
}

export function newRegistration() {
  return { prenom: "Ada", nom: "Lovelace", email: `${randomUUID()}@example.test`, password: PASSWORD };
}

export function credentialsOf({ email, deviceToken }: Member) {
  return { email, password: PASSWORD, ...(deviceToken !== undefined && { deviceToken }) };
}

/** An access token signed like those of the service with these variables. */
export async function createSigner(variables: Record<string, string>) {
  const keySet = await importKeySet(variables["JWT_KEYS"]!);
  return async ({ userId, sessionId }: { userId: number; sessionId: string }): Promise<string> => {
    const { token } = await signAccessToken(keySet, {
      issuer: variables["ISSUER"]!,
      audience: variables["AUDIENCE"]!,
      subject: String(userId),
      sessionId,
      role: 0,
      permissions: [],
      amr: ["pwd"],
      authenticatedAt: new Date(),
      ttlSeconds: 3600,
    });
    return token;
  };
}
