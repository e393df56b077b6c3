/** docs/security.md, "Web and input": what another page, a wrong header or a hostile address can cause. */
import { describe, expect, it } from "vitest";
import { ALLOWED_ORIGIN } from "../support/bindings.ts";
import { expectProblem } from "../support/contract.ts";
import { registerWithCookie, withCookie } from "../support/cookies.ts";
import { database, get, mailbox, PASSWORD, post, put, registerMember, request } from "../support/service.ts";

describe("from the web:", () => {
  it.each([
    ["another site", "https://evil.example"],
    ["a lookalike", `${ALLOWED_ORIGIN}.evil.example`],
    ["http", ALLOWED_ORIGIN.replace("https:", "http:")],
    ["another port", `${ALLOWED_ORIGIN}:8443`],
    ["a sandboxed page", "null"],
    ["nowhere", undefined],
  ])("a request with the cookie from %s", async (_, origin) => {
    const { cookie, token } = await registerWithCookie();
    const trips = await database.tripsOf(async () => {
      for (const path of ["/api/auth/refresh", "/api/auth/logout"]) {
        const answer = await withCookie(path, cookie, origin);
        expectProblem(answer, "origin_not_allowed");
        expect(answer.status, path).toBe(403);
        expect(answer.headers.getSetCookie(), path).toEqual([]);
      }
    });
    expect(trips).toBe(0);
    expect((await get("/api/auth/profile", { token })).status).toBe(200);
    expect((await withCookie("/api/auth/refresh", cookie, ALLOWED_ORIGIN)).status).toBe(200);
  });

  it("the cookie alone, or under a name that another host could set", async () => {
    const { cookie } = await registerWithCookie();
    const headers = { Cookie: `__Host-refresh_token=${cookie}`, Origin: ALLOWED_ORIGIN };
    expectProblem(await get("/api/auth/profile", { headers }), "authentication_required");
    // A cookie under a name that another subdomain could set doesn't count either.
    const unprefixed = { Cookie: `refresh_token=${cookie}`, Origin: ALLOWED_ORIGIN };
    expectProblem(await post("/api/auth/refresh", {}, { headers: unprefixed }), "invalid_refresh_token");
  });

  it("credentials in a query string", async () => {
    const member = await registerMember();
    expectProblem(await post(`/api/auth/refresh?refreshToken=${member.refreshToken}`, {}), "invalid_refresh_token");
    expectProblem(
      await get(`/api/auth/profile?token=${member.token}&access_token=${member.token}`),
      "authentication_required",
    );
    expect((await post(`/api/auth/login?email=${member.email}&password=${PASSWORD}`, {})).status).toBe(422);
  });

  it("a second recipient through a list, a display name or a line break in an address", async () => {
    const { token } = await registerMember();
    const hostile = [
      "a@example.test,b@example.test",
      "a@example.test;b@example.test",
      "a@example.test b@example.test",
      "a@example.test\r\nBcc: b@example.test",
      "a\r\nBcc:b@example.test",
      "<a@example.test>",
      '"a" <a@example.test>',
      '"a,b"@example.test',
      "a@example.test%0aBcc:b@example.test",
      "a@b@example.test",
      "a@example.test\u2028b@example.test",
    ];
    for (const email of hostile) {
      for (const path of ["/api/auth/forgot-password", "/api/auth/verify-email/resend"]) {
        expect((await post(path, { email })).status, email).toBe(422);
      }
      expect((await put("/api/users/me", { email }, { token })).status, email).toBe(422);
    }
    const odd = await registerMember({ email: "o'hara+tag{x}=?&|@example.test" });
    expect(odd.userId).toBeGreaterThan(0);
    expect((await mailbox.next("o'hara+tag{x}=?&|@example.test")).to).toEqual(["o'hara+tag{x}=?&|@example.test"]);
  });

  it("echoing a request with its headers, by TRACE", async () => {
    const secret = "Bearer not to be echoed";
    for (const path of ["/", "/health", "/api/auth/login", "/api/users/me"]) {
      const answer = await request("TRACE", path, { headers: { Authorization: secret } });
      expect(answer.body.code, path).toBe("method_not_allowed");
      expect(answer.text + JSON.stringify([...answer.headers]), path).not.toContain(secret);
    }
  });
});
