/** The operations of clients: the same list is counted in trips and measured as the database grows. */
import { TOTP } from "otpauth";
import { createOneTimeToken } from "../../src/crypto/one-time-token.ts";
import { describeFailure } from "../process/command.ts";
import { credentialsOf, newRegistration, PASSWORD, runSql, type Client, type Member } from "./service.ts";
import type { Cell } from "./table.ts";

export interface Operation {
  name: string;
  /** Trips that the client waits for, at most (docs/performance.md). */
  budget: number;
  /** The role that it needs. */
  roleId?: number;
  /** Runs before each measurement; its result is passed to `run`. */
  prepare?: (client: Client, member: Member) => Promise<any>;
  run: (client: Client, member: Member, prepared: any) => Promise<unknown>;
}

const ADMIN = 1;

/** Reads with the member's token. */
const read =
  (path: string): Operation["run"] =>
  (client, { token }) =>
    client.request("GET", path, { token });

/** For operations that end a session or guess a password: each run uses its own account. */
const newMember = (client: Client) => client.createMember();

export const OPERATIONS: Operation[] = [
  {
    name: "register",
    budget: 1,
    run: (client) => client.request("POST", "/api/auth/register", { body: newRegistration() }),
  },
  { name: "login", budget: 2, run: (client, member) => client.logIn(member) },
  {
    name: "login, wrong password",
    budget: 1,
    prepare: newMember,
    run: (client, _, { email }) =>
      client.request("POST", "/api/auth/login", { body: { email, password: "Faux cheval pile agrafe" } }),
  },
  {
    name: "login/2fa",
    budget: 2,
    prepare: async (client) => {
      const member = await client.createMember();
      const [code] = await turnOnRecovery(client, member);
      const { twoFactorToken } = await client.request("POST", "/api/auth/login", { body: credentialsOf(member) });
      return { twoFactorToken, method: "recovery_code", code };
    },
    run: (client, _, body) => client.request("POST", "/api/auth/login/2fa", { body }),
  },
  {
    name: "refresh",
    budget: 1,
    run: async (client, member) => {
      const { refreshToken } = member;
      Object.assign(member, await client.request("POST", "/api/auth/refresh", { body: { refreshToken } }));
    },
  },
  {
    name: "logout",
    budget: 1,
    prepare: newMember,
    run: (client, _, { refreshToken }) => client.request("POST", "/api/auth/logout", { body: { refreshToken } }),
  },
  {
    name: "verify-token",
    budget: 0,
    run: (client, { token }) => client.request("POST", "/api/auth/verify-token", { body: { token } }),
  },
  {
    name: "verify-token, strict",
    budget: 1,
    run: (client, { token }) => client.request("POST", "/api/auth/verify-token", { body: { token, strict: true } }),
  },
  { name: "profile", budget: 1, run: read("/api/users/me") },
  {
    name: "profile change",
    budget: 1,
    run: (client, { token }) => client.request("PUT", "/api/users/me", { token, body: { prenom: "Grace" } }),
  },
  {
    name: "password change",
    budget: 2,
    prepare: newMember,
    run: (client, _, { token }) => {
      const body = { currentPassword: PASSWORD, newPassword: `${PASSWORD} neuve` };
      return client.request("PUT", "/api/users/me/password", { token, body });
    },
  },
  {
    name: "forgot-password",
    budget: 0,
    prepare: newMember,
    run: (client, _, { email }) => client.request("POST", "/api/auth/forgot-password", { body: { email } }),
  },
  {
    name: "reset-password",
    budget: 2,
    prepare: async (client) => {
      const { userId } = await client.createMember();
      const { token, tokenHash } = await createOneTimeToken();
      await runSql(
        client.databaseUrl,
        `insert into one_time_tokens (user_id, purpose, token, expires_at)
         values ($1, 'reset_password', $2, now() + interval '1 hour')`,
        [userId, tokenHash],
      );
      return token;
    },
    run: (client, _, token) =>
      client.request("POST", "/api/auth/reset-password", { body: { token, password: `${PASSWORD} neuve` } }),
  },
  { name: "session list", budget: 1, run: read("/api/security/sessions") },
  { name: "login history", budget: 1, run: read("/api/security/login-history") },
  { name: "notifications", budget: 1, run: read("/api/users/me/notifications") },
  { name: "admin: accounts", budget: 1, roleId: ADMIN, run: read("/api/admin/users") },
  { name: "admin: accounts, search", budget: 1, roleId: ADMIN, run: read("/api/admin/users?q=lovelace") },
  {
    name: "admin: one account",
    budget: 1,
    roleId: ADMIN,
    run: (client, { token, userId }) => client.request("GET", `/api/admin/users/${userId}`, { token }),
  },
  {
    name: "admin: change an account",
    budget: 2,
    roleId: ADMIN,
    prepare: newMember,
    run: (client, { token }, { userId }) =>
      client.request("PATCH", `/api/admin/users/${userId}`, { token, body: { prenom: "Grace" } }),
  },
  { name: "admin: audit log", budget: 1, roleId: ADMIN, run: read("/api/admin/audit-logs") },
  {
    name: "admin: audit log of one actor",
    budget: 1,
    roleId: ADMIN,
    run: (client, { token, userId }) => client.request("GET", `/api/admin/audit-logs?actor=${userId}`, { token }),
  },
  { name: "admin: statistics", budget: 1, roleId: ADMIN, run: read("/api/admin/stats") },
];

/** One row each; a failing operation only loses its own row. */
export async function measureEach(
  operations: Operation[],
  measure: (operation: Operation) => Promise<Cell[]>,
): Promise<Cell[][]> {
  const rows: Cell[][] = [];
  for (const operation of operations) {
    const cells = await measure(operation).catch((error: unknown) => [`FAILED: ${describeFailure(error)}`]);
    rows.push([operation.name, ...cells]);
  }
  return rows;
}

/** Turns the second factor on, and returns the recovery codes. */
async function turnOnRecovery(client: Client, { token }: Member): Promise<string[]> {
  const { secret } = await client.request("POST", "/api/security/2fa/totp", { token });
  const code = new TOTP({ secret }).generate();
  return (await client.request("POST", "/api/security/2fa/totp/verify", { token, body: { code } })).recoveryCodes;
}
