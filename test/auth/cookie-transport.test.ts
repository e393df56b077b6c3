import { describe, expect, it } from "vitest";
import { ALLOWED_ORIGIN } from "../support/bindings.ts";
import { aToken, expectProblem, userShape } from "../support/contract.ts";
import { database, del, get, PASSWORD, post, registerMember, type Answer } from "../support/service.ts";

const THIRTY_DAYS = 30 * 86_400;

/** The refresh cookie of an answer: its value, and its attributes in lower case. The device's own cookie may stand beside it. */
function cookieOf(answer: Answer): { value: string; attributes: Set<string> } {
  const cookies = answer.headers.getSetCookie().filter((cookie) => !cookie.startsWith("__Host-device="));
  expect(cookies).toHaveLength(1);
  const [pair, ...attributes] = cookies[0]!.split("; ");
  const [name, value] = pair!.split("=");
  expect(name).toBe("__Host-refresh_token");
  return { value: value!, attributes: new Set(attributes.map((attribute) => attribute.toLowerCase())) };
}

function expectGoodCookie(answer: Answer): string {
  const { value, attributes } = cookieOf(answer);
  expect(attributes).toEqual(new Set(["path=/", "httponly", "secure", "samesite=strict", `max-age=${THIRTY_DAYS}`]));
  return value;
}

function expectCleared(answer: Answer): void {
  const { value, attributes } = cookieOf(answer);
  expect(value).toBe("");
  expect(attributes).toContain("max-age=0");
  expect(attributes).toContain("secure");
  expect(attributes).toContain("path=/");
}

let members = 0;

async function registerWithCookie(): Promise<{ token: string; cookie: string; email: string }> {
  const email = `navigateur-${++members}@example.test`;
  const fields = { prenom: "Ada", nom: "Lovelace", email, password: PASSWORD, transport: "cookie" };
  const answer = await post("/api/auth/register", fields, { headers: { Origin: ALLOWED_ORIGIN } });
  return { email, token: answer.body.token, cookie: expectGoodCookie(answer) };
}

const withCookie = (path: string, cookie: string, origin?: string, body?: unknown) =>
  post(path, body, { headers: { Cookie: `a=b; __Host-refresh_token=${cookie}`, ...(origin && { Origin: origin }) } });

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

  it("is not set unless asked for", async () => {
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

  it.each([
    ["another site", "https://evil.example"],
    ["a lookalike", `${ALLOWED_ORIGIN}.evil.example`],
    ["http", ALLOWED_ORIGIN.replace("https:", "http:")],
    ["another port", `${ALLOWED_ORIGIN}:8443`],
    ["a sandboxed page", "null"],
    ["nowhere", undefined],
  ])("counts for nothing in a request from %s", async (_, origin) => {
    const { cookie, token } = await registerWithCookie();
    const trips = await database.tripsOf(async () => {
      for (const path of ["/api/auth/refresh", "/api/auth/logout"]) {
        const answer = await withCookie(path, cookie, origin);
        expectProblem(answer, "origin_not_allowed");
        expect(answer.status).toBe(403);
        expect(answer.headers.getSetCookie()).toEqual([]);
      }
    });
    expect(trips).toBe(0);
    expect((await get("/api/auth/profile", { token })).status).toBe(200);
    expect((await withCookie("/api/auth/refresh", cookie, ALLOWED_ORIGIN)).status).toBe(200);
  });

  it("is not needed, nor its origin, where the body brings the token: the cookie is then left alone", async () => {
    const [member, { cookie }] = [await registerMember(), await registerWithCookie()];
    const answer = await withCookie("/api/auth/refresh", cookie, undefined, { refreshToken: member.refreshToken });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([200, []]);
    expect((await withCookie("/api/auth/refresh", cookie, ALLOWED_ORIGIN)).status).toBe(200);
  });

  it("opens nothing by itself: the profile needs the Bearer token", async () => {
    const { cookie } = await registerWithCookie();
    const headers = { Cookie: `__Host-refresh_token=${cookie}`, Origin: ALLOWED_ORIGIN };
    expectProblem(await get("/api/auth/profile", { headers }), "authentication_required");
    // Nor does it count under a name that another subdomain could set.
    const unprefixed = { Cookie: `refresh_token=${cookie}`, Origin: ALLOWED_ORIGIN };
    expectProblem(await post("/api/auth/refresh", {}, { headers: unprefixed }), "invalid_refresh_token");
  });

  it("is cleared at logout, and its session over", async () => {
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

  it("is never taken from a query string, nor is any other credential", async () => {
    const member = await registerMember();
    expectProblem(await post(`/api/auth/refresh?refreshToken=${member.refreshToken}`, {}), "invalid_refresh_token");
    expectProblem(
      await get(`/api/auth/profile?token=${member.token}&access_token=${member.token}`),
      "authentication_required",
    );
    expect((await post(`/api/auth/login?email=${member.email}&password=${PASSWORD}`, {})).status).toBe(422);
  });
});
