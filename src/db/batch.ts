/** Lets a statement of a batch read what earlier statements found or wrote. */
import { sql, type SQL } from "drizzle-orm";

/** Stores what a statement found (jsonb) for the later statements of its transaction; `remembered` reads it there. */
export function remember(value: SQL): SQL {
  return sql`set_config('auth_api.remembered', (${value})::text, true)`;
}

export const remembered: SQL = sql`current_setting('auth_api.remembered')::jsonb`;

/** Condition: this transaction has written the row of `table` (its name or alias in the statement). */
export function writtenHere(table: string): SQL {
  return sql`${sql.identifier(table)}.xmin = pg_current_xact_id()::xid`;
}
