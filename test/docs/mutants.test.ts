/** The tables of mutants fit the code and the tests as they are: `npm run mutants`, which takes hours, would start. */
import { expect, test } from "vitest";
import { resolve } from "node:path";
import { findMisfits, mutantsByTest } from "../../scripts/check/mutants.ts";

test("each attack has a mutant, each mutant its test, and each text stands in its file exactly once", () => {
  expect(Object.keys(mutantsByTest()).length).toBeGreaterThan(20);
  expect(findMisfits(resolve(import.meta.dirname, "../.."))).toEqual([]);
});
