/** Each statement's row as the code declares it is what PostgreSQL answers: held after every file (support/rows/check.ts), and shown to notice here. */
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
      "one has no column of a declared name",
      { id: ["number"], email: ["string", "null"], nom: ["string"] },
      ["nom is declared"],
    ],
    ["a column is not declared", { id: ["number"] }, ["email is answered"]],
    ["the types differ", { id: ["string"], email: ["string", "null"] }, ["id is number, declared as string"]],
    ["a null is not allowed", { id: ["number"], email: ["string"] }, ["email was null"]],
  ])("%s: said by name", (_, row, wanted) => {
    const declared = Object.fromEntries(
      Object.entries(row).map(([name, [type, nullable]]) => [name, { type: type!, nullable: nullable !== undefined }]),
    );
    const found = disagreements("src/x.ts:1", answered, declared);
    expect(found).toEqual(wanted.map((fault) => expect.stringContaining(`src/x.ts:1: ${fault}`)));
  });

  it("are recorded for the statements that a request runs, under the place where each stands", async () => {
    const member = await registerMember();
    expect((await get("/api/users/me", { token: member.token })).status).toBe(200);
    const rows = await createControl(inject("endpointUrl")).rows(databaseUrl());
    const profile = Object.entries(rows).find(([site]) => site.startsWith("src/services/accounts/profile.ts:"));
    expect(profile?.[1].map(({ name }) => name)).toContain("telephone");
    expect(inject("declaredRows")[profile![0]]).toHaveProperty("telephone", { type: "string", nullable: true });
  });
});
