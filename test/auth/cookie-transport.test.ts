import { describe, expect, it } from "vitest";
import { ALLOWED_ORIGIN } from "../support/bindings.ts";
import { expectGoodCookie, expectCleared, registerWithCookie, withCookie } from "../support/cookies.ts";
import { aToken, expectProblem, userShape } from "../support/contract.ts";
import { del, get, PASSWORD, post, registerMember } from "../support/service.ts";

describe("The refresh token as a cookie", () => {
  it("leaves the body at register and login, and is out of reach of scripts and other sites", async () => {
    const fields = {
      prenom: "Ada",
      nom: "Lovelace",
      email: "cookie@example.test",
      password: PASSWORD,
      transport: "cookie",
    };
    const user = userShape({ prenom: "Ada", nom: "Lovelace", email: fields.email });
    const registered = await post("/api/auth/register", fields);
    expect(registered.status).toBe(201);
    expect(registered.body).toEqual({ message: "Inscription réussie", token: aToken(), expiresIn: 600, user });
    const loggedIn = await post("/api/auth/login", fields);
    expect(loggedIn.body).toEqual({ message: "Connexion réussie", token: aToken(), expiresIn: 600, user });
    for (const answer of [registered, loggedIn]) {
      const token = expectGoodCookie(answer);
      expect(token).toMatch(/^art_[\w-]{71}$/);
      expect(answer.text).not.toContain(token);
    }
  });

  it("is not set unless requested", async () => {
    const member = await registerMember();
    const answers = [
      await post("/api/auth/login", { email: member.email, password: PASSWORD }),
      await post("/api/auth/login", { email: member.email, password: PASSWORD, transport: "body" }),
      await post("/api/auth/refresh", { refreshToken: member.refreshToken }),
    ];
    for (const answer of answers) {
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(answer.body).toHaveProperty("refreshToken");
    }
    expect(
      (await post("/api/auth/login", { email: member.email, password: PASSWORD, transport: "query" })).status,
    ).toBe(422);
  });

  it("is rotated by refresh from an allowed origin, and the new one stays a cookie", async () => {
    const { cookie } = await registerWithCookie();
    const answer = await withCookie("/api/auth/refresh", cookie, ALLOWED_ORIGIN);
    expect([answer.status, answer.body]).toEqual([200, { token: aToken(), expiresIn: 600 }]);
    const next = expectGoodCookie(answer);
    expect(next).not.toBe(cookie);
    expect((await withCookie("/api/auth/refresh", next, ALLOWED_ORIGIN, {})).status).toBe(200);
  });

  it("is not needed, nor an allowed origin, if the body has the token: the cookie is then left alone", async () => {
    const [member, { cookie }] = [await registerMember(), await registerWithCookie()];
    const answer = await withCookie("/api/auth/refresh", cookie, undefined, { refreshToken: member.refreshToken });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([200, []]);
    expect((await withCookie("/api/auth/refresh", cookie, ALLOWED_ORIGIN)).status).toBe(200);
  });

  it("is cleared at logout, and its session ended", async () => {
    const { cookie, token } = await registerWithCookie();
    const answer = await withCookie("/api/auth/logout", cookie, ALLOWED_ORIGIN);
    expect(answer.status).toBe(200);
    expectCleared(answer);
    expectProblem(await withCookie("/api/auth/refresh", cookie, ALLOWED_ORIGIN), "invalid_refresh_token");
    expectProblem(await get("/api/auth/profile", { token }), "invalid_token");
  });

  it.each(["/api/auth/account", "/api/users/me"])("is cleared when the account is deleted (%s)", async (path) => {
    const { cookie, token } = await registerWithCookie();
    const answer = await del(path, { token, headers: { Cookie: `__Host-refresh_token=${cookie}` } });
    expect(answer.status).toBe(200);
    expectCleared(answer);
    expectProblem(await withCookie("/api/auth/refresh", cookie, ALLOWED_ORIGIN), "invalid_refresh_token");
  });
});
