import { describe, expect, it } from "vitest";
import { ALLOWED_ORIGIN } from "../support/bindings.ts";
import { goodClaims, signWithOtherKey, signWithOurKey } from "../support/access-tokens.ts";
import { expectProblem } from "../support/contract.ts";
import { database, get, logIn, post, registerMember, sidOf, type Member } from "../support/service.ts";

const DONE = { message: "Déconnecté avec succès" };

async function expectOver(session: { token: string; refreshToken: string }): Promise<void> {
  expectProblem(await get("/api/auth/profile", { token: session.token }), "invalid_token");
  expectProblem(await post("/api/auth/refresh", { refreshToken: session.refreshToken }), "invalid_refresh_token");
}

const isLive = async (session: { token: string }) =>
  (await get("/api/auth/profile", { token: session.token })).status === 200;

const expired = (member: Member) => {
  const then = Math.floor(Date.now() / 1000) - 86_400;
  return signWithOurKey({ ...goodClaims(member.userId, sidOf(member)), iat: then, exp: then + 600 });
};

describe("POST /api/auth/logout", () => {
  it("answers the published contract, in both languages", async () => {
    const member = await registerMember();
    const { status, body } = await post("/api/auth/logout", { refreshToken: member.refreshToken });
    expect([status, body]).toEqual([200, DONE]);
    const english = await post("/api/auth/logout", {}, { headers: { "Accept-Language": "en" } });
    expect([english.status, english.body]).toEqual([200, { message: "Logged out successfully" }]);
  });

  it("ends only the session that the body, the Bearer token or the cookie names, at once", async () => {
    const ways: ((member: Member) => Promise<unknown>)[] = [
      (member) => post("/api/auth/logout", { refreshToken: member.refreshToken }),
      (member) => post("/api/auth/logout", {}, { token: member.token }),
      // No body at all, as the published clients send it.
      (member) => post("/api/auth/logout", undefined, { token: member.token }),
      async (member) => post("/api/auth/logout", undefined, { token: await expired(member) }),
      (member) =>
        post("/api/auth/logout", undefined, {
          headers: { Cookie: `__Host-refresh_token=${member.refreshToken}`, Origin: ALLOWED_ORIGIN },
        }),
      // What a client without a refresh token sends.
      (member) => post("/api/auth/logout", { refreshToken: null }, { token: member.token }),
      (member) => post("/api/auth/logout", { refreshToken: "" }, { token: member.token }),
      (member) => post("/api/auth/logout", { refreshToken: "junk" }, { token: member.token }),
      (member) => post("/api/auth/logout", { refreshToken: member.refreshToken }, { token: "junk" }),
    ];
    for (const logOut of ways) {
      const member = await registerMember();
      const other = await logIn(member);
      expect(await logOut(member)).toMatchObject({ status: 200, body: DONE });
      await expectOver(member);
      expect(await isLive(other)).toBe(true);
      const rows = await database.query("select revoked_reason from refresh_tokens where session_id = $1", [
        sidOf(member),
      ]);
      expect(rows).toEqual([{ revoked_reason: "logout" }]);
    }
  });

  it("takes a refresh token that has been rotated since, and still ends its session", async () => {
    const member = await registerMember();
    const { body } = await post("/api/auth/refresh", { refreshToken: member.refreshToken });
    expect((await post("/api/auth/logout", { refreshToken: member.refreshToken })).body).toEqual(DONE);
    await expectOver(body);
  });

  it("ends both when body and Bearer token name two sessions", async () => {
    const member = await registerMember();
    const other = await logIn(member);
    await post("/api/auth/logout", { refreshToken: other.refreshToken }, { token: member.token });
    await expectOver(member);
    await expectOver(other);
  });

  it("answers the same for nothing, for junk and for a second logout, without a trip if no session is named", async () => {
    const member = await registerMember();
    const forged = await signWithOtherKey(goodClaims(member.userId, sidOf(member)));
    const trips = await database.tripsOf(async () => {
      for (const answer of [
        await post("/api/auth/logout"),
        await post("/api/auth/logout", {}),
        await post("/api/auth/logout", { refreshToken: "junk" }),
        await post("/api/auth/logout", { refreshToken: 7 }),
        await post("/api/auth/logout", { refreshToken: { $gt: "" } }),
        await post("/api/auth/logout", { refreshToken: "x".repeat(9_000) }),
        await post("/api/auth/logout", {}, { token: "junk" }),
        await post("/api/auth/logout", {}, { token: forged }),
        await post("/api/auth/logout", {}, { headers: { Authorization: "Basic eDp5" } }),
      ]) {
        expect([answer.status, answer.body]).toEqual([200, DONE]);
      }
    });
    expect(trips).toBe(0);
    expect(await isLive(member)).toBe(true);
    for (let time = 1; time <= 2; time++) {
      expect((await post("/api/auth/logout", { refreshToken: member.refreshToken })).body).toEqual(DONE);
    }
    await expectOver(member);
  });

  it("leaves other members signed in", async () => {
    const [member, bystander] = [await registerMember(), await registerMember()];
    await post("/api/auth/logout", {}, { token: member.token });
    expect(await isLive(bystander)).toBe(true);
  });
});
