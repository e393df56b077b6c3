/** The only account that the API can't create: the first administrator. */

import { argon2Sync, randomBytes } from "node:crypto";
import { domainToASCII } from "node:url";
import pg from "pg";
import { connectionConfig } from "../neon/sql.ts";

export interface NewAdmin {
  email: string;
  prenom?: string | undefined;
  nom?: string | undefined;
  /** A random one when absent. */
  password?: string;
}

export type AdminOutcome =
  /** The only time that the password is shown. */
  | { outcome: "created"; email: string; password: string }
  /**
   * The account existed. It keeps its password, unless its mailbox was never proven: then a stranger may have
   * registered it.
   */
  | { outcome: "promoted"; email: string; password?: string }
  | { outcome: "already"; email: string };

const ADMIN_ROLE = 1;

/**
 * Creates an administrator with a random password, or promotes the account with the address.
 * @throws Error of one line, for an invalid address, or a database without the migrations.
 */
export async function createAdmin(
  databaseUrl: string,
  { email, prenom = "Admin", nom = "Admin", password = newPassword() }: NewAdmin,
): Promise<AdminOutcome> {
  const address = canonicalAddress(email);
  const client = new pg.Client(connectionConfig(databaseUrl));
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query("BEGIN");
    const inserted = await client.query<{ id: number }>(
      `INSERT INTO users (email, password_hash, prenom, nom, role_id, is_active, is_verified) VALUES ($1, $2, $3, $4, $5, true, true)
       ON CONFLICT (email) WHERE deleted_at IS NULL DO NOTHING RETURNING id`,
      [address, hashPassword(password), prenom, nom, ADMIN_ROLE],
    );
    const created = inserted.rows[0];
    const promoted = created
      ? undefined
      : await client.query<{ id: number; unproven: boolean }>(
          `UPDATE users u SET role_id = $2, is_active = true, is_verified = true, updated_at = now(),
             password_hash = CASE WHEN former.is_verified THEN u.password_hash ELSE $3 END
           FROM (SELECT id, is_verified FROM users WHERE email = $1 AND deleted_at IS NULL FOR NO KEY UPDATE) former
           WHERE u.id = former.id AND NOT (u.role_id = $2 AND u.is_active AND u.is_verified)
           RETURNING u.id, NOT former.is_verified AS unproven`,
          [address, ADMIN_ROLE, hashPassword(password)],
        );
    const existing = promoted?.rows[0];
    const changed = created ?? existing;
    if (changed) {
      await client.query(
        `INSERT INTO audit_logs (action, target_type, target_id, metadata) VALUES ($1, 'user', $2, '{"by": "create-admin"}')`,
        [created ? "admin.created" : "admin.promoted", String(changed.id)],
      );
    }
    await client.query("COMMIT");
    if (created) return { outcome: "created", email: address, password };
    if (!existing) return { outcome: "already", email: address };
    return { outcome: "promoted", email: address, ...(existing.unproven && { password }) };
  } catch (error) {
    if ((error as pg.DatabaseError).code === "42P01")
      throw new Error("The database has no tables yet: run `npm run db:migrate` first.", { cause: error });
    throw error;
  } finally {
    // Closing the connection ends an open transaction.
    await client.end();
  }
}

export function newPassword(): string {
  return randomBytes(18).toString("base64url");
}

/** Whether the account exists and that password signs in to it. */
export async function hasPassword(
  databaseUrl: string,
  { email, password }: { email: string; password: string },
): Promise<boolean> {
  const client = new pg.Client(connectionConfig(databaseUrl));
  client.on("error", () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ password_hash: string | null }>(
      "SELECT password_hash FROM users WHERE email = $1 AND is_active AND deleted_at IS NULL",
      [canonicalAddress(email)],
    );
    const stored = rows[0]?.password_hash ?? "";
    const salt = stored.split("$")[4] ?? "";
    // Different parameters mean another hash: the password has been changed since.
    return salt !== "" && stored === hashPassword(password, Buffer.from(salt, "base64"));
  } finally {
    await client.end();
  }
}

/** Whether this database has an administrator. */
export async function hasAdmin(databaseUrl: string): Promise<boolean> {
  const client = new pg.Client(connectionConfig(databaseUrl));
  client.on("error", () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ found: boolean }>(
      "SELECT EXISTS (SELECT FROM users WHERE role_id = $1 AND deleted_at IS NULL) AS found",
      [ADMIN_ROLE],
    );
    return rows[0]!.found;
  } finally {
    await client.end();
  }
}

/** Like the service: trimmed, NFKC, lower case, the domain in punycode. */
function canonicalAddress(input: string): string {
  const address = input.trim().normalize("NFKC").toLowerCase();
  const at = address.lastIndexOf("@");
  const canonical = `${address.slice(0, at + 1)}${domainToASCII(address.slice(at + 1))}`;
  if (!/^[^\s@]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(canonical) || canonical.length > 254)
    throw new Error(`Not an e-mail address: ${input}`);
  return canonical;
}

/** The same hash as src/crypto/password-hash.ts, by Node's own argon2: OWASP's parameters, in the PHC format. */
function hashPassword(password: string, salt = randomBytes(16)): string {
  const tag = argon2Sync("argon2id", {
    message: password,
    nonce: salt,
    parallelism: 1,
    tagLength: 32,
    memory: 19_456,
    passes: 2,
  });
  const encode = (bytes: Buffer) => bytes.toString("base64").replaceAll("=", "");
  return `$argon2id$v=19$m=19456,t=2,p=1$${encode(salt)}$${encode(tag)}`;
}
