import { describe, expect, it } from "vitest";
import { aRefreshToken, aToken, expectProblem, userShape } from "../support/contract.ts";
import { claimsOf, database, logIn, PASSWORD, post, registerMember } from "../support/service.ts";

const ADA = { prenom: "Ada", nom: "Lovelace", email: "ada@example.test", password: PASSWORD };

describe("POST /api/auth/register", () => {
  it("answers the published contract", async () => {
    const { status, body, headers } = await post("/api/auth/register", ADA);
    expect(status).toBe(201);
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(headers.get("Content-Type")).toBe("application/json");
    expect(body).toEqual({
      message: "Inscription réussie",
      token: aToken(),
      refreshToken: aRefreshToken(),
      deviceToken: expect.any(String),
      expiresIn: 600,
      user: userShape({ prenom: "Ada", nom: "Lovelace", email: "ada@example.test" }),
    });
    expect(claimsOf(body.token)).toMatchObject({ sub: body.user.id, role: 0, permissions: [], amr: ["pwd"] });
  });

  it("answers in English when asked, and remembers it", async () => {
    const fields = { ...ADA, email: "grace@example.test", telephone: " +33 6 12 34 56 78 " };
    const { body } = await post("/api/auth/register", fields, {
      headers: { "Accept-Language": "en-GB,en;q=0.9,fr;q=0.5" },
    });
    expect(body.message).toBe("Registration successful");
    expect(body.user).toEqual(
      userShape({ prenom: "Ada", nom: "Lovelace", email: fields.email, telephone: "+33 6 12 34 56 78", locale: "en" }),
    );
  });

  it("refuses a taken address, in every spelling of it", async () => {
    const { email } = await registerMember();
    for (const spelling of [email, email.toUpperCase(), ` ${email}\r\n`]) {
      const answer = await post("/api/auth/register", { ...ADA, email: spelling });
      expectProblem(answer, "email_taken");
      expect(answer.status).toBe(409);
      expect(answer.body.message).toBe("Cette adresse email est déjà utilisée");
    }
  });

  it("makes one account from 20 parallel registrations of one address, in different case and Unicode form", async () => {
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
    const rows = await database.query(
      "select count(distinct u.id)::int as users, count(t.id)::int as sessions from users u join refresh_tokens t on t.user_id = u.id where email = 'zoé@example.test'",
    );
    expect(rows).toEqual([{ users: 1, sessions: 1 }]);
  });

  it("ignores __proto__", async () => {
    const json = JSON.stringify({ ...ADA, email: "proto@example.test" });
    const polluting = `${json.slice(0, -1)},"__proto__":{"role":1,"isVerified":true,"transport":"cookie"}}`;
    const headers = { "Content-Type": "application/json" };
    const { status, body } = await post("/api/auth/register", undefined, { rawBody: polluting, headers });
    expect(status).toBe(201);
    expect(body.user).toEqual(userShape({ prenom: "Ada", nom: "Lovelace", email: "proto@example.test" }));
    expect(body.refreshToken).toEqual(aRefreshToken());
    // A field that is only inherited does not count as given.
    const inherited = `{"__proto__":${JSON.stringify({ ...ADA, email: "inherited@example.test" })}}`;
    expect((await post("/api/auth/register", undefined, { rawBody: inherited, headers })).status).toBe(422);
  });

  it("stores neither password nor refresh token, and the stored hash accepts the password", async () => {
    const member = await registerMember();
    const rows = await database.query<Record<string, string>>(
      "select u.password_hash as hash, u::text || t::text as everything from users u join refresh_tokens t on t.user_id = u.id where u.id = $1",
      [member.userId],
    );
    expect(rows[0]!["hash"]).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[^$]{22}\$[^$]{43}$/);
    expect(rows[0]!["everything"]).not.toContain(PASSWORD);
    expect(rows[0]!["everything"]).not.toContain(member.refreshToken);
    expect(await logIn(member)).toHaveProperty("token");
  });
});
