/**
 * Applies migrations and rolls them back: each in one transaction, one runner at a time, recorded in the table of
 * drizzle-orm's own migrator.
 */

import pg from "pg";
import { readMigrations, type Migration, type Statement } from "./migration-files.ts";
import { connectionConfig } from "../neon/sql.ts";

export interface MigrationStatus {
  tag: string;
  /**
   * `changed`: applied, but the file has changed since. `unknown`: applied, but missing from this checkout's journal.
   */
  state: "applied" | "pending" | "changed" | "unknown";
}

interface Options {
  /** A drizzle folder; the project's own by default. */
  folder?: string;
  /** Called with one line for each migration. */
  log?: (line: string) => void;
  /** Called before each statement, since one on a large table may take minutes. */
  progress?: (text: string) => void;
}

// Any constant works, as long as every runner uses the same.
const LOCK = 7_203_114;

const CREATE_RECORD = `
  CREATE SCHEMA IF NOT EXISTS drizzle;
  CREATE TABLE IF NOT EXISTS drizzle.__drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint);`;

/**
 * Applies what is pending, and returns the tags that it applied.
 * @throws Error that names the migration, the line and PostgreSQL's reason; that migration then left nothing behind.
 * Also when a migration has no way down, was edited after it was applied, or is unknown here (a newer checkout made
 * it).
 */
export async function migrate(
  databaseUrl: string,
  { folder, log = () => {}, progress }: Options = {},
): Promise<string[]> {
  const migrations = readMigrations(folder);
  const withoutDown = migrations.find(({ down }) => !down);
  if (withoutDown) throw new Error(missingDown(withoutDown.tag));
  return withClient(databaseUrl, async (client) => {
    const done: string[] = [];
    for (;;) {
      const applied = await inTransaction(client, async () => {
        await client.query(CREATE_RECORD);
        const status = await readStatus(client, migrations);
        refuseSurprises(status);
        const next = migrations.find(({ tag }) => status.some((each) => each.tag === tag && each.state === "pending"));
        if (!next) return undefined;
        await runStatements(client, next, next.up, "drizzle", progress);
        await client.query("INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ($1, $2)", [
          next.hash,
          next.when,
        ]);
        return next.tag;
      });
      if (applied === undefined) return done;
      log(`Applied ${applied}`);
      done.push(applied);
    }
  });
}

/** Every migration, in order, with its state in the database. Changes nothing. */
export async function migrationStatus(databaseUrl: string, { folder }: Options = {}): Promise<MigrationStatus[]> {
  return withClient(databaseUrl, (client) => readStatus(client, readMigrations(folder)));
}

/**
 * Rolls back the last migration, or all, newest first; returns their tags.
 * @throws Error when a way down is missing or fails; that migration then stays fully applied.
 */
export async function rollback(
  databaseUrl: string,
  { folder, log = () => {}, progress, all = false }: Options & { all?: boolean } = {},
): Promise<string[]> {
  const migrations = readMigrations(folder);
  return withClient(databaseUrl, async (client) => {
    const done: string[] = [];
    for (;;) {
      const undone = await inTransaction(client, async () => {
        const status = await readStatus(client, migrations);
        const stranger = status.find(({ state }) => state === "unknown");
        if (stranger) throw new Error(unknownMigration(stranger.tag));
        const last = migrations.findLast(({ tag }) =>
          status.some((each) => each.tag === tag && each.state !== "pending"),
        );
        if (!last) return undefined;
        if (!last.down) throw new Error(missingDown(last.tag));
        await runStatements(client, last, last.down, "drizzle/down", progress);
        await client.query("DELETE FROM drizzle.__drizzle_migrations WHERE created_at = $1", [last.when]);
        return last.tag;
      });
      if (undone === undefined) return done;
      log(`Took back ${undone}`);
      done.push(undone);
      if (!all) return done;
    }
  });
}

async function readStatus(client: pg.Client, migrations: Migration[]): Promise<MigrationStatus[]> {
  const exists = await client.query("SELECT to_regclass('drizzle.__drizzle_migrations') IS NOT NULL AS found");
  const { rows } = exists.rows[0].found
    ? await client.query<{ hash: string; when: number }>(
        `SELECT hash, created_at::float8 AS "when" FROM drizzle.__drizzle_migrations ORDER BY created_at`,
      )
    : { rows: [] };
  const known = migrations.map(({ tag, when, hash }): MigrationStatus => {
    const row = rows.find((each) => each.when === when);
    return { tag, state: row === undefined ? "pending" : row.hash === hash ? "applied" : "changed" };
  });
  const unknown = rows
    .filter(({ when }) => !migrations.some((migration) => migration.when === when))
    .map(({ when }): MigrationStatus => ({ tag: `of ${new Date(when).toISOString()}`, state: "unknown" }));
  return [...known, ...unknown];
}

function refuseSurprises(status: MigrationStatus[]): void {
  for (const { tag, state } of status) {
    if (state === "changed")
      throw new Error(
        `Migration ${tag} was edited after it was applied: put the file back and write a new migration instead.`,
      );
    if (state === "unknown") throw new Error(unknownMigration(tag));
  }
}

/** A transaction of its own: the lock ends with it, even behind a pooler that shares sessions. */
async function inTransaction<T>(client: pg.Client, run: () => Promise<T>): Promise<T> {
  await client.query("BEGIN");
  try {
    await client.query("SELECT pg_advisory_xact_lock($1)", [LOCK]);
    // A long wait for a table's lock would block every query queued behind us.
    await client.query("SET LOCAL lock_timeout = '10s'");
    const result = await run();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

async function runStatements(
  client: pg.Client,
  migration: Migration,
  statements: Statement[],
  folder: string,
  progress: Options["progress"],
): Promise<void> {
  for (const [at, { sql, line }] of statements.entries()) {
    progress?.(`${migration.tag}: statement ${at + 1} of ${statements.length}`);
    try {
      await client.query(sql);
    } catch (error) {
      const { message, position } = error as pg.DatabaseError;
      const offset = sql.slice(0, position ? Number(position) - 1 : sql.search(/\S/)).split("\n").length - 1;
      throw new Error(
        `${folder}/${migration.tag}.sql, line ${line + offset}: ${message}. Nothing of this migration was kept.`,
        { cause: error },
      );
    }
  }
}

async function withClient<T>(databaseUrl: string, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(connectionConfig(databaseUrl));
  client.on("error", () => {});
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

function missingDown(tag: string): string {
  return `Migration ${tag} has no way down: write drizzle/down/${tag}.sql.`;
}

function unknownMigration(tag: string): string {
  return `The database has a migration (${tag}) that this checkout doesn't know: is the code older than the database?`;
}
