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

interface Update {
  table: "users" | "roles";
  id: number;
  /** What is set. */
  values: SQL;
  /** The columns that a change is told by, under their names there. */
  facts: Record<string, string>;
}

/** Statement: changes one row and remembers what became different: `{ before, after }`, without what stayed. */
export function updateRemembering({ table, id, values, facts }: Update): SQL {
  const factsOf = (row: string) =>
    sql`jsonb_build_object(${sql.join(
      Object.entries(facts).map(
        ([name, column]) => sql`${name}::text, ${sql.identifier(row)}.${sql.identifier(column)}`,
      ),
      sql`, `,
    )})`;
  return sql`
    with before as (select * from ${sql.identifier(table)} where id = ${id}), after as (
      update ${sql.identifier(table)} set ${values}, updated_at = now() where id = ${id} returning *
    )
    select ${remember(sql`changed_fields(${factsOf("before")}, ${factsOf("after")})`)} as change from before, after`;
}

/** Condition: it has made a difference. */
export const changedSomething: SQL = sql`${remembered} -> 'after' <> '{}'`;
