/**
 * After every test file: each statement that declares its rows answered with those columns and no others, of those types,
 * and null only where the row may hold it. A renamed column, a forgotten one and a wrong type are told by the statement.
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
  if (wrong.length > 0) throw new Error(`Rows are not what the code says:\n${wrong.join("\n")}`);
});
