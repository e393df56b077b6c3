/**
 * After every test file: each statement that declares its rows returned exactly those columns, of those types, and null
 * only where the row allows it. A renamed column, a forgotten one and a wrong type are reported with the statement.
 */
import { afterAll, inject } from "vitest";
import { createControl } from "../../../scripts/neon/control.ts";
import { databaseUrl } from "../service.ts";
import { disagreements } from "./compare.ts";

const control = createControl(inject("endpointUrl"));

afterAll(async () => {
  const answered = await control.rows(databaseUrl());
  const declared = inject("declaredRows");
  const wrong = Object.entries(answered).flatMap(([site, columns]) =>
    disagreements(site, columns, declared[site] ?? {}),
  );
  if (wrong.length > 0) throw new Error(`Rows differ from the code:\n${wrong.join("\n")}`);
});
