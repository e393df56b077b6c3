import { describe, expect, it } from "vitest";
import { database, PASSWORD, post, registerMember } from "../support/service.ts";

const ADA = { prenom: "Ada", nom: "Lovelace", email: "ada@example.test", password: PASSWORD };

describe("POST /api/auth/register", () => {
  it("answers the published contract", async () => {
    const { status, body, headers } = await post("/api/auth/register", ADA);
    expect(status).toBe(201);
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(body).toEqual({
      message: "Inscription réussie",
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      refreshToken: expect.any(String),
      deviceToken: expect.any(String),
      expiresIn: 600,
      user: {
        id: expect.stringMatching(/^\d+$/),
        prenom: "Ada",
        nom: "Lovelace",
        email: "ada@example.test",
        role: 0,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        telephone: null,
        isVerified: false,
        twoFactorEnabled: false,
        permissions: [],
        locale: "fr",
      },
    });
  });

  it("makes one account of 20 parallel registrations of one address, in different case and Unicode form", async () => {
    const spellings = [
      "Zoé@Example.test",
      "zoé@example.test",
      "ZOÉ@EXAMPLE.TEST",
      " zoe\u0301@example.test ",
      "ｚoé@ｅxample.test",
    ];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        post("/api/auth/register", { ...ADA, email: spellings[i % spellings.length] }),
      ),
    );
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([201, ...Array(19).fill(409)]);
    const taken = answers.find((answer) => answer.status === 409)!;
    expect(taken.body).toMatchObject({ code: "email_taken", message: "Cette adresse email est déjà utilisée" });
    expect(await database.query("select count(*)::int as n from users where email = 'zoé@example.test'")).toEqual([
      { n: 1 },
    ]);
  });

  it("takes one trip", async () => {
    expect(await database.tripsOf(() => registerMember())).toBe(1);
  });
});
