/**
 * The Worker's own database role: created once, with the grants of scripts/database/application-role.sql renewed after
 * every migration.
 */

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { connectionConfig } from "../neon/sql.ts";

export const APPLICATION_ROLE = "auth_api";
const GRANTS = path.join(import.meta.dirname, "application-role.sql");

/**
 * Creates the role, or gives it a new password; then grants. By SQL on purpose: a role created in Neon's console is a
 * member of neon_superuser and may do everything.
 * @returns the connection string for the Worker, the only time that its password is shown.
 */
export async function createApplicationRole(ownerUrl: string): Promise<string> {
  const password = randomBytes(24).toString("base64url");
  await withOwner(ownerUrl, async (client) => {
    const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [APPLICATION_ROLE]);
    // No parameters are allowed here; the password has no character that needs escaping.
    await client.query(`${rowCount ? "ALTER" : "CREATE"} ROLE ${APPLICATION_ROLE} LOGIN PASSWORD '${password}'`);
    await client.query(readFileSync(GRANTS, "utf8"));
  });
  const url = new URL(ownerUrl);
  url.username = APPLICATION_ROLE;
  url.password = password;
  return url.href;
}

/** @throws Error of one line, if the role does not exist yet. */
export async function grantToApplicationRole(ownerUrl: string): Promise<void> {
  await withOwner(ownerUrl, async (client) => {
    const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [APPLICATION_ROLE]);
    if (!rowCount) throw new Error(`There is no role ${APPLICATION_ROLE} yet: run \`npm run db:role\` once.`);
    await client.query(readFileSync(GRANTS, "utf8"));
  });
}

/** One transaction: the Worker never sees the moment between a revoke and its grant. */
async function withOwner(ownerUrl: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client(connectionConfig(ownerUrl));
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query("BEGIN");
    await work(client);
    await client.query("COMMIT");
  } finally {
    // Closing the connection ends an open transaction.
    await client.end();
  }
}
