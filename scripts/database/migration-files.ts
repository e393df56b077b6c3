/** The migrations as files: drizzle-kit's journal, its SQL files, and each one's way down. */

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

export interface Migration {
  /** `0000_accounts` */
  tag: string;
  /** The journal's time, in milliseconds: it identifies the migration in the database. */
  when: number;
  /** SHA-256 of the file, hex, as drizzle-orm's own migrator records it. */
  hash: string;
  /** The statements, each with the line that it starts on. */
  up: Statement[];
  /** Absent if there is no file. */
  down: Statement[] | undefined;
}

export interface Statement {
  sql: string;
  line: number;
}

/** The project's own migrations. */
export const MIGRATIONS_FOLDER = path.resolve(import.meta.dirname, "../..", "drizzle");

/**
 * Reads every migration of a drizzle folder, in journal order.
 * @throws Error of one line, when the journal or one of its files is missing.
 */
export function readMigrations(folder: string = MIGRATIONS_FOLDER): Migration[] {
  const journalFile = path.join(folder, "meta", "_journal.json");
  if (!existsSync(journalFile)) throw new Error(`No migrations in ${folder}: meta/_journal.json is missing.`);
  const journal = JSON.parse(readFileSync(journalFile, "utf8")) as { entries: { tag: string; when: number }[] };
  return journal.entries.map(({ tag, when }) => {
    const upFile = path.join(folder, `${tag}.sql`);
    const downFile = path.join(folder, "down", `${tag}.sql`);
    if (!existsSync(upFile)) throw new Error(`Migration ${tag} is in the journal, but ${tag}.sql is missing.`);
    const text = readFileSync(upFile, "utf8");
    return {
      tag,
      when,
      hash: createHash("sha256").update(text).digest("hex"),
      up: splitStatements(text),
      down: existsSync(downFile) ? splitStatements(readFileSync(downFile, "utf8")) : undefined,
    };
  });
}

function splitStatements(text: string): Statement[] {
  let line = 1;
  const statements: Statement[] = [];
  for (const part of text.split("--> statement-breakpoint")) {
    if (part.trim() !== "") statements.push({ sql: part, line });
    line += part.split("\n").length - 1;
  }
  return statements;
}
