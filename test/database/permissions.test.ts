/** Two places decide who has a permission, the database and token verification: they must always agree. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { hasPermission } from "../../src/verifier/contract.ts";
import { database } from "../support/service.ts";

const word = fc.constantFrom("*", "", "users", "user", "users ", "roles", "read", "write", "read:all", "é", "?");
const permission = fc.oneof(
  word,
  fc.tuple(word, word).map((parts) => parts.join(":")),
  fc.tuple(word, word, word).map((parts) => parts.join(":")),
);
const question = fc.record({ granted: fc.array(permission, { maxLength: 5 }), needed: permission });

it("has_permission in SQL and hasPermission in TypeScript agree on any set and any permission", async () => {
  const questions = fc.sample(question, 5_000);
  const answers = await database.query<{ held: boolean }>(
    `select has_permission(question -> 'granted', question ->> 'needed') as held
     from jsonb_array_elements($1::jsonb) with ordinality as asked (question, at) order by at`,
    [JSON.stringify(questions)],
  );
  const differences = questions.filter(
    ({ granted, needed }, at) => hasPermission(granted, needed) !== answers[at]!.held,
  );
  expect(differences).toEqual([]);
  const held = answers.filter((answer) => answer.held).length;
  expect(held, "questions answered with yes").toBeGreaterThan(100);
  expect(answers.length - held, "questions answered with no").toBeGreaterThan(100);
});
