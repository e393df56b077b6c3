/** After every test file: each batch that wrote an account's data had locked that account first. */
import { afterAll, inject } from "vitest";
import { createControl } from "../../../scripts/neon/control.ts";
import { databaseUrl } from "../service.ts";
import { breach } from "./breaches.ts";

const control = createControl(inject("endpointUrl"));

/** The tables with a foreign key to `users`, and `users` itself. */
export async function accountTables(): Promise<Set<string>> {
  const rows = await control.query<{ name: string }>(
    databaseUrl(),
    `select conrelid::regclass::text as name from pg_constraint
     where contype = 'f' and confrelid = 'users'::regclass union select 'users'`,
  );
  return new Set(rows.map(({ name }) => name));
}

afterAll(async () => {
  const tables = await accountTables();
  const wrong = (await control.batches(databaseUrl())).flatMap((batch) => {
    const what = breach(batch, tables);
    return what === undefined ? [] : [`${what}:\n${batch.join(";\n")}`];
  });
  if (wrong.length > 0) throw new Error(`Acts that break the lock rules:\n${wrong.join("\n\n")}`);
});
