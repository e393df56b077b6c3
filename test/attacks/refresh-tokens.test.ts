/**
 * docs/security.md, "Sessions and tokens": refresh tokens that are forged, stolen, reused, or outlive their session.
 */
import { describe, expect, it } from "vitest";
import { issueRefreshToken } from "../../src/crypto/refresh-token.ts";
import { createSecrets } from "../../src/crypto/secrets.ts";
import { expectProblem } from "../support/contract.ts";
import { refresh, rotate, ROTATION, secrets, sessionOf, shift } from "../support/refresh-tokens.ts";
import { database, get, logIn, post, registerMember, sidOf, type Member } from "../support/service.ts";

describe("a refresh token that is refused:", () => {
  it("a forged one: cut, glued, of another session's MAC, of the next generation, of another secret, of any other character", async () => {
    const [member, other] = [await registerMember(), await registerMember()];
    const token = member.refreshToken;
    const foreign = createSecrets("another secret for tests, long enough too");
    const next = { sessionId: sidOf(member), generation: 1 };
    const forgeries: string[] = [
      "x",
      "art_",
      "x".repeat(75),
      member.token,
      token.slice(0, -1),
      token.slice(0, 40),
      `${token}A`,
      ` ${token}`,
      `${token}\n`,
      `${token}=`,
      token.slice(4),
      token.toUpperCase(),
      // One token's header with another's MAC, and the reverse.
      token.slice(0, 32) + other.refreshToken.slice(32),
      other.refreshToken.slice(0, 32) + token.slice(32),
      // The next generation under the MAC of this one.
      (await issueRefreshToken(secrets, next)).slice(0, 32) + token.slice(32),
      await issueRefreshToken(foreign, { sessionId: sidOf(member), generation: 0 }),
      `art_${token.slice(4).replaceAll("_", "/").replaceAll("-", "+")}=`,
      "é".repeat(75),
      "x".repeat(8192),
    ];
    // Every single character, changed.
    for (let i = 0; i < token.length; i++) {
      forgeries.push(`${token.slice(0, i)}${token[i] === "A" ? "B" : "A"}${token.slice(i + 1)}`);
    }
    const trips = await database.tripsOf(async () => {
      for (const forgery of forgeries) {
        expectProblem(await refresh(forgery), "invalid_refresh_token");
      }
      expectProblem(await post("/api/auth/refresh", {}), "invalid_refresh_token");
      expectProblem(await post("/api/auth/refresh"), "invalid_refresh_token");
    });
    expect(trips).toBe(0);
    expect(await sessionOf(member)).toEqual({ generation: 0, revoked: null });
    await rotate(token);
  });

  it("one that was used long ago, as a thief would use it", async () => {
    const member = await registerMember();
    const other = await logIn(member);
    const bystander = await registerMember();
    const newest = await rotate(member.refreshToken);
    await shift(member, "rotated_at = now() - interval '31 s'");

    const reuse = await refresh(member.refreshToken);
    expectProblem(reuse, "refresh_token_reused");
    expect(reuse.headers.get("WWW-Authenticate")).toMatch(/^Bearer error="invalid_token"/);

    expect(await sessionOf(member)).toEqual({ generation: 1, revoked: "token_reused" });
    expectProblem(await refresh(newest), "invalid_refresh_token");
    expectProblem(await refresh(member.refreshToken), "invalid_refresh_token");
    expectProblem(await get("/api/auth/profile", { token: member.token }), "invalid_token");
    expect(
      await database.query(
        "select action, target_type, metadata, request_id from audit_logs where action = 'session.reuse_detected' and target_id = $1",
        [String(member.userId)],
      ),
    ).toEqual([
      {
        action: "session.reuse_detected",
        target_type: "user",
        metadata: { sessionId: sidOf(member) },
        request_id: reuse.headers.get("X-Request-Id"),
      },
    ]);
    expect(
      await database.query("select type, title, read_at from notifications where user_id = $1", [member.userId]),
    ).toEqual([{ type: "session_reuse_detected", title: "Session interrompue", read_at: null }]);

    await rotate(other.refreshToken);
    await rotate(bystander.refreshToken);
    expect(await database.query("select 1 from notifications where user_id = $1", [bystander.userId])).toEqual([]);
  });

  it("one from two generations back, within the grace of the last", async () => {
    const member = await registerMember();
    const second = await rotate(member.refreshToken);
    const third = await rotate(second);
    expectProblem(await refresh(member.refreshToken), "refresh_token_reused");
    expect(await sessionOf(member)).toEqual({ generation: 2, revoked: "token_reused" });
    expectProblem(await refresh(third), "invalid_refresh_token");
  });

  it("one that was used long ago, twenty times at the same instant", async () => {
    const member = await registerMember();
    await rotate(member.refreshToken);
    await shift(member, "rotated_at = now() - interval '31 s'");
    await database.inject({ kind: "hold", count: 20 }, { match: ROTATION });
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(member.refreshToken)));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([401]));
    expect(answers.filter((answer) => answer.body.code === "refresh_token_reused")).toHaveLength(1);
    expect(await database.query("select 1 from notifications where user_id = $1", [member.userId])).toHaveLength(1);
  });

  it("a used one and the newest one at the same instant", async () => {
    for (let round = 0; round < 5; round++) {
      const member = await registerMember();
      const newest = await rotate(member.refreshToken);
      await shift(member, "rotated_at = now() - interval '31 s'");
      await database.inject({ kind: "hold", count: 2 }, { match: ROTATION });
      const [reuse, use] = await Promise.all([refresh(member.refreshToken), refresh(newest)]);
      expectProblem(reuse, "refresh_token_reused");
      expect([200, 401]).toContain(use.status);
      expect((await sessionOf(member)).revoked).toBe("token_reused");
      expectProblem(await refresh(use.body.refreshToken ?? newest), "invalid_refresh_token");
    }
  });

  it.each([
    ["logged out", (member: Member) => post("/api/auth/logout", {}, { token: member.token })],
    ["disabled", ({ userId }: Member) => database.query("update users set is_active = false where id = $1", [userId])],
    ["deleted", ({ userId }: Member) => database.query("update users set deleted_at = now() where id = $1", [userId])],
    ["idle for too long", (member: Member) => shift(member, "expires_at = now() - interval '1 ms'")],
    ["revoked", (member: Member) => shift(member, "revoked_at = now(), revoked_reason = 'test'")],
  ])("one of a session that is %s", async (_, end) => {
    const member = await registerMember();
    await end(member);
    const before = await sessionOf(member);
    expectProblem(await refresh(member.refreshToken), "invalid_refresh_token");
    expect(await sessionOf(member)).toEqual(before);
    // Not a theft, so nobody is alarmed.
    expect(await database.query("select 1 from notifications where user_id = $1", [member.userId])).toEqual([]);
  });

  it("a refresh at the same instant as the logout", async () => {
    for (let round = 0; round < 10; round++) {
      const member = await registerMember();
      await database.inject(
        { kind: "hold", count: 2 },
        { match: /rotate_session|revoked_at is null and \(session_id/ },
      );
      const [refreshed, loggedOut] = await Promise.all([
        refresh(member.refreshToken),
        post("/api/auth/logout", { refreshToken: member.refreshToken }),
      ]);
      expect(loggedOut.status).toBe(200);
      expect((await sessionOf(member)).revoked).toBe("logout");
      const newest = refreshed.status === 200 ? refreshed.body : member;
      expectProblem(await refresh(newest.refreshToken), "invalid_refresh_token");
      expectProblem(await get("/api/auth/profile", { token: newest.token }), "invalid_token");
    }
  });
});
