import { describe, expect, inject, it } from "vitest";
import { issueRefreshToken, parseRefreshToken } from "../../src/crypto/refresh-token.ts";
import { testBindings } from "../support/bindings.ts";
import { aRefreshToken, aToken, expectProblem } from "../support/contract.ts";
import { refresh, rotate, ROTATION, secrets, sessionOf, shift } from "../support/refresh-tokens.ts";
import { claimsOf, database, get, post, registerMember, sidOf } from "../support/service.ts";

describe("POST /api/auth/refresh", () => {
  it("answers with new tokens of the same session", async () => {
    const member = await registerMember();
    const { status, body, headers } = await refresh(member.refreshToken);
    expect(status).toBe(200);
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(body).toEqual({ token: aToken(), refreshToken: aRefreshToken(), expiresIn: 600 });
    expect(body.refreshToken).not.toBe(member.refreshToken);
    const [before, after] = [claimsOf(member.token), claimsOf(body.token)];
    expect(after).toMatchObject({
      sid: before["sid"],
      sub: before["sub"],
      amr: ["pwd"],
      auth_time: before["auth_time"],
    });
    expect(after["jti"]).not.toBe(before["jti"]);
    expect((await get("/api/auth/profile", { token: body.token })).status).toBe(200);
  });

  it("signs the account's current role", async () => {
    const member = await registerMember();
    await database.query("update users set role_id = 1 where id = $1", [member.userId]);
    const { body } = await refresh(member.refreshToken);
    expect(claimsOf(body.token)).toMatchObject({ role: 1, permissions: ["*"] });
  });

  it("gives 50 parallel uses of one token the same successor and moves one generation on, many times in a row", async () => {
    const member = await registerMember();
    let token = member.refreshToken;
    for (let round = 1; round <= (inject("whole") ? 20 : 5); round++) {
      const current = token;
      const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(current)));
      expect(answers.map((answer) => answer.status)).toEqual(Array(50).fill(200));
      const successors = new Set<string>(answers.map((answer) => answer.body.refreshToken));
      expect(successors.size).toBe(1);
      [token] = [...successors] as [string];
      expect(await sessionOf(member)).toEqual({ generation: round, revoked: null });
    }
  });

  it("does so when all 50 start from the same instant", async () => {
    for (let round = 0; round < 3; round++) {
      const member = await registerMember();
      await database.inject({ kind: "hold", count: 50 }, { match: ROTATION });
      const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(member.refreshToken)));
      expect(answers.map((answer) => answer.status)).toEqual(Array(50).fill(200));
      expect(new Set(answers.map((answer) => answer.body.refreshToken)).size).toBe(1);
      expect(await sessionOf(member)).toEqual({ generation: 1, revoked: null });
    }
  });

  it("gives the same successor again within the grace: for two tabs, or a retry", async () => {
    const member = await registerMember();
    const successor = await rotate(member.refreshToken);
    await shift(member, "rotated_at = now() - interval '25 s'");
    expect(await rotate(member.refreshToken)).toBe(successor);
    expect(await sessionOf(member)).toEqual({ generation: 1, revoked: null });
  });

  it.each(["cut-after", "truncate"] as const)(
    "gives the successor to a client whose answer was lost (%s)",
    async (kind) => {
      const member = await registerMember();
      await database.inject({ kind }, { match: ROTATION });
      expectProblem(await refresh(member.refreshToken), "service_unavailable");
      expect(await sessionOf(member)).toEqual({ generation: 1, revoked: null });
      const { status, body } = await refresh(member.refreshToken);
      expect(status).toBe(200);
      expect(await sessionOf(member)).toEqual({ generation: 1, revoked: null });
      expect(await rotate(body.refreshToken)).toEqual(aRefreshToken());
    },
  );

  describe("without a trip", () => {
    it("refuses a body of the wrong type or length", async () => {
      for (const wrong of [7, {}, [], true, "", "x".repeat(8193)]) {
        expect((await refresh(wrong)).status, JSON.stringify(wrong).slice(0, 9)).toBe(422);
      }
    });
  });

  it("refuses a token of ours whose session the database does not know", async () => {
    const unknown = await issueRefreshToken(secrets, { sessionId: crypto.randomUUID(), generation: 0 });
    expectProblem(await refresh(unknown), "invalid_refresh_token");
  });

  it.each([1, 2, 1_000, 0x7fff_ffff, 0xffff_fffe])(
    "takes a token %i generations from the future for a theft, and ends the session",
    async (ahead) => {
      const member = await registerMember();
      const future = await issueRefreshToken(secrets, { sessionId: sidOf(member), generation: ahead });
      expectProblem(await refresh(future), "refresh_token_reused");
      expect(await sessionOf(member)).toEqual({ generation: 0, revoked: "token_reused" });
    },
  );

  it("moves the idle limit to 30 days from now, and never beyond 90 days after the login", async () => {
    const member = await registerMember();
    const limits = async () =>
      (
        await database.query<{ idle: string; absolute: string }>(
          `select extract(epoch from expires_at - now()) / 86400 as idle,
             extract(epoch from expires_at - created_at) / 86400 as absolute
           from refresh_tokens where session_id = $1`,
          [sidOf(member)],
        )
      ).map(({ idle, absolute }) => [Math.round(Number(idle)), Math.round(Number(absolute) * 1e6) / 1e6])[0];
    expect(await limits()).toEqual([30, 30]);
    await shift(member, "created_at = now() - interval '20 days', expires_at = now() + interval '1 day'");
    const second = await rotate(member.refreshToken);
    expect(await limits()).toEqual([30, expect.closeTo(50, 2)]);
    await shift(member, "created_at = now() - interval '85 days'");
    const third = await rotate(second);
    expect(await limits()).toEqual([5, 90]);
    await shift(member, "created_at = now() - interval '89.9999 days'");
    const fourth = await rotate(third);
    expect((await limits())![1]).toBe(90);
    await shift(member, "created_at = created_at - interval '1 hour', expires_at = expires_at - interval '1 hour'");
    expectProblem(await refresh(fourth), "invalid_refresh_token");
  });

  it("carries generation and session, and nothing that the database has not checked", async () => {
    const member = await registerMember();
    expect(await parseRefreshToken(secrets, member.refreshToken)).toEqual({ sessionId: sidOf(member), generation: 0 });
    expect(await parseRefreshToken(secrets, await rotate(member.refreshToken))).toEqual({
      sessionId: sidOf(member),
      generation: 1,
    });
  });
});

describe("After a rotation of AUTH_SECRET", () => {
  const present = "another secret for tests alone, long enough too";
  const vars = { AUTH_SECRET: present, AUTH_SECRET_PREVIOUS: testBindings("", "")["AUTH_SECRET"]! };
  const refreshNow = (refreshToken: string) => post("/api/auth/refresh", { refreshToken }, { vars });

  it("accepts a token issued before, and afterwards none that only the previous secret signed", async () => {
    const member = await registerMember();
    const { refreshToken } = (await refreshNow(member.refreshToken)).body;
    const forged = await issueRefreshToken(secrets, { sessionId: sidOf(member), generation: 1 });
    expect(forged).not.toBe(refreshToken);
    expectProblem(await refreshNow(forged), "invalid_refresh_token");
    expect(await sessionOf(member)).toEqual({ generation: 1, revoked: null });
    expect((await refreshNow(refreshToken)).status).toBe(200);
  });

  it("accepts no forgery of any generation, at refresh or logout, in the grace or after it", async () => {
    const member = await registerMember();
    let { refreshToken } = (await refreshNow(member.refreshToken)).body;
    ({ refreshToken } = (await refreshNow(refreshToken)).body);
    for (const age of ["0 seconds", "10 minutes"]) {
      await database.query("update refresh_tokens set rotated_at = now() - $2::interval where session_id = $1::uuid", [
        sidOf(member),
        age,
      ]);
      for (const generation of [0, 1, 2, 3, 4]) {
        const forged = await issueRefreshToken(secrets, { sessionId: sidOf(member), generation });
        expectProblem(await refreshNow(forged), "invalid_refresh_token");
        await post("/api/auth/logout", { refreshToken: forged }, { vars });
        expect([age, generation, await sessionOf(member)]).toEqual([age, generation, { generation: 2, revoked: null }]);
      }
    }
    expect((await refreshNow(refreshToken)).status).toBe(200);
  });

  it("knows the token that it replaced last: valid again in the grace, a theft after it, and valid for a logout", async () => {
    for (const [age, status, revoked] of [
      ["0 seconds", 200, null],
      ["10 minutes", 401, "token_reused"],
    ] as const) {
      const member = await registerMember();
      await refreshNow(member.refreshToken);
      await database.query("update refresh_tokens set rotated_at = now() - $2::interval where session_id = $1::uuid", [
        sidOf(member),
        age,
      ]);
      expect((await refreshNow(member.refreshToken)).status, age).toBe(status);
      expect((await sessionOf(member)).revoked, age).toBe(revoked);
    }
    const member = await registerMember();
    await refreshNow(member.refreshToken);
    await post("/api/auth/logout", { refreshToken: member.refreshToken }, { vars });
    expect((await sessionOf(member)).revoked).toBe("logout");
  });

  it("continues with either successor, if the answer under the other secret was lost or reached another tab", async () => {
    for (const [first, second] of [
      [{}, vars],
      [vars, {}],
    ]) {
      const member = await registerMember();
      const use = (refreshToken: string, secrets: object) =>
        post("/api/auth/refresh", { refreshToken }, { vars: { ...secrets } });
      await use(member.refreshToken, first!);
      const repeated = await use(member.refreshToken, second!);
      expect(repeated.status).toBe(200);
      expect((await refreshNow(repeated.body.refreshToken)).status).toBe(200);
      expect((await sessionOf(member)).revoked).toBeNull();
    }
  });
});

describe("Parallel refreshes of different sessions", () => {
  it("never mix", async () => {
    const members = await Promise.all(Array.from({ length: 10 }, () => registerMember()));
    const answers = await Promise.all(
      members.flatMap((member) => [member, member, member]).map((m) => refresh(m.refreshToken)),
    );
    answers.forEach(({ status, body }, i) => {
      const member = members[Math.floor(i / 3)]!;
      expect([status, claimsOf(body.token)["sub"], claimsOf(body.token)["sid"]]).toEqual([
        200,
        String(member.userId),
        sidOf(member),
      ]);
    });
  });
});
