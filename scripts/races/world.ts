/** What a schedule needs of the service: its front door, its database, and the pause points between the two. */
import type { Secrets } from "../../src/crypto/secrets.ts";
import type { Issuer } from "../../test/support/identity-provider.ts";
import type { Control } from "../neon/control.ts";

export interface Answer {
  status: number;
  headers: Headers;
  body: any;
}

export interface Request {
  method: string;
  path: string;
  body?: unknown;
  /** Sent instead of JSON. */
  form?: Record<string, string>;
  /** A browser's. */
  cookie?: string;
  token?: string | undefined;
  /** By which its trips are watched. */
  requestId?: string;
}

export interface World {
  databaseUrl: string;
  secrets: Secrets;
  /** A right hash of PASSWORD. */
  passwordHash: string;
  /** The identity provider that the service trusts. */
  provider: Issuer;
  /** The tokens of two administrators, with `*`. */
  admins: string[];
  /** A role that may do little. */
  lowRoleId: number;
  /** Whether this process was stopped meanwhile, as on a laptop that sleeps: trips time out then. `since`: of Date.now. */
  stoodStill?: (since: number) => boolean;
  pauses: Pick<Control, "watch" | "held" | "go" | "blockedAt" | "forget">;
  send: (request: Request) => Promise<Answer>;
  /** No trip. */
  query: <Row = Record<string, unknown>>(sql: string, params: unknown[]) => Promise<Row[]>;
  sign(session: {
    userId: number;
    sessionId: string;
    role: number;
    permissions: string[];
    methods: string[];
  }): Promise<string>;
}

export const PASSWORD = "Correct cheval pile agrafe";
export const NEW_PASSWORD = "Nouvelle batterie d'agrafes 42";
