/**
 * PostgreSQL returns each statement's row as the code declares it: support/rows/check.ts checks this after every file,
 * and these tests show that it notices a difference.
 */
import { describe, expect, inject, it } from "vitest";
import { createControl } from "../../scripts/neon/control.ts";
import { databaseUrl, get, registerMember } from "../support/service.ts";
import { disagreements } from "../support/rows/compare.ts";

const answered = [
  { name: "id", type: 23, holdsNull: false },
  { name: "email", type: 1043, holdsNull: true },
];

describe("a row and its columns", () => {
  it.each([
    ["agree", { id: ["number"], email: ["string", "null"] }, []],
    [
      "a row without a column of a declared name",
      { id: ["number"], email: ["string", "null"], nom: ["string"] },
      ["nom is declared"],
    ],
    ["a column is not declared", { id: ["number"] }, ["email is answered"]],
    ["the types differ", { id: ["string"], email: ["string", "null"] }, ["id is number, declared as string"]],
    ["a null is not allowed", { id: ["number"], email: ["string"] }, ["email was null"]],
  ])("%s: reported by name", (_, row, wanted) => {
    const declared = Object.fromEntries(
      Object.entries(row).map(([name, [type, nullable]]) => [name, { type: type!, nullable: nullable !== undefined }]),
    );
    const found = disagreements("src/x.ts:1", answered, declared);
    expect(found).toEqual(wanted.map((fault) => expect.stringContaining(`src/x.ts:1: ${fault}`)));
  });

  it("are recorded for the statements of a request, with the place of each in the source", async () => {
    const member = await registerMember();
    expect((await get("/api/users/me", { token: member.token })).status).toBe(200);
    const rows = await createControl(inject("endpointUrl")).rows(databaseUrl());
    const profile = Object.entries(rows).find(([site]) => site.startsWith("src/services/accounts/profile.ts:"));
    expect(profile?.[1].map(({ name }) => name)).toContain("telephone");
    expect(inject("declaredRows")[profile![0]]).toHaveProperty("telephone", { type: "string", nullable: true });
  });
});
