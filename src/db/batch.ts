/** What a statement of a batch can know of those before it. */
import { sql, type SQL } from "drizzle-orm";

/** Keeps what a statement found (jsonb) for the later ones of its transaction: `remembered` is its value there. */
export function remember(value: SQL): SQL {
  return sql`set_config('auth_api.remembered', (${value})::text, true)`;
}

export const remembered: SQL = sql`current_setting('auth_api.remembered')::jsonb`;

/** Condition: this transaction has written the row of `table` (its name or alias in the statement). */
export function writtenHere(table: string): SQL {
  return sql`${sql.identifier(table)}.xmin = pg_current_xact_id()::xid`;
}
