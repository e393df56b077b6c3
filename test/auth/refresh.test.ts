import { describe, expect, it } from "vitest";
import { issueRefreshToken, parseRefreshToken } from "../../src/crypto/refresh-token.ts";
import { createSecrets } from "../../src/crypto/secrets.ts";
import { testBindings } from "../support/bindings.ts";
import { aRefreshToken, aToken, expectProblem } from "../support/contract.ts";
import { claimsOf, database, get, logIn, post, registerMember, type Member } from "../support/service.ts";

const ROTATION = /with current as/;
const secrets = createSecrets(testBindings("", "")["AUTH_SECRET"]!);

const refresh = (refreshToken: unknown) => post("/api/auth/refresh", { refreshToken });
const sidOf = (member: Pick<Member, "token">) => claimsOf(member.token)["sid"] as string;

interface SessionRow {
  generation: number;
  revoked: string | null;
}

async function sessionOf(member: Pick<Member, "token">): Promise<SessionRow> {
  const rows = await database.query<SessionRow>(
    "select generation, revoked_reason as revoked from refresh_tokens where session_id = $1",
    [sidOf(member)],
  );
  return rows[0]!;
}

const shift = (member: Pick<Member, "token">, assignments: string) =>
  database.query(`update refresh_tokens set ${assignments} where session_id = $1`, [sidOf(member)]);

async function rotate(refreshToken: string): Promise<string> {
  const { status, body, text } = await refresh(refreshToken);
  if (status !== 200) throw new Error(`refresh answered ${status}: ${text}`);
  return body.refreshToken;
}

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

  it("signs the role that the account has by now", async () => {
    const member = await registerMember();
    await database.query("update users set role_id = 1 where id = $1", [member.userId]);
    const { body } = await refresh(member.refreshToken);
    expect(claimsOf(body.token)).toMatchObject({ role: 1, permissions: ["*"] });
  });

  it("gives 50 parallel uses of one token one successor and one generation more, 20 times over", async () => {
    const member = await registerMember();
    let token = member.refreshToken;
    for (let round = 1; round <= 20; round++) {
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

  it("gives the same successor again within the grace: two tabs, a retry", async () => {
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

  describe("of a token that was used long ago", () => {
    it("ends the session, tells the owner, and writes it down", async () => {
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

    it("counts from its own rotation: two generations back is theft even a moment later", async () => {
      const member = await registerMember();
      const second = await rotate(member.refreshToken);
      const third = await rotate(second);
      expectProblem(await refresh(member.refreshToken), "refresh_token_reused");
      expect(await sessionOf(member)).toEqual({ generation: 2, revoked: "token_reused" });
      expectProblem(await refresh(third), "invalid_refresh_token");
    });

    it("is one event, though 20 come at once", async () => {
      const member = await registerMember();
      await rotate(member.refreshToken);
      await shift(member, "rotated_at = now() - interval '31 s'");
      await database.inject({ kind: "hold", count: 20 }, { match: ROTATION });
      const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(member.refreshToken)));
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([401]));
      expect(answers.filter((answer) => answer.body.code === "refresh_token_reused")).toHaveLength(1);
      expect(await database.query("select 1 from notifications where user_id = $1", [member.userId])).toHaveLength(1);
    });

    it("beats the newest one, used at the same time: the session is over", async () => {
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
  });

  describe("without a trip", () => {
    it("refuses what is forged, cut, glued or of another secret", async () => {
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
        // One's own header with another's MAC, and the other way round.
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

    it("refuses a body of the wrong type or length", async () => {
      for (const wrong of [7, {}, [], true, "", "x".repeat(8193)]) {
        expect((await refresh(wrong)).status).toBe(422);
      }
    });
  });

  it("refuses a token of ours whose session the database does not know, and a generation from the future", async () => {
    const unknown = await issueRefreshToken(secrets, { sessionId: crypto.randomUUID(), generation: 0 });
    expectProblem(await refresh(unknown), "invalid_refresh_token");
  });

  it.each([
    ["logged out", (member: Member) => post("/api/auth/logout", {}, { token: member.token })],
    ["disabled", ({ userId }: Member) => database.query("update users set is_active = false where id = $1", [userId])],
    ["deleted", ({ userId }: Member) => database.query("update users set deleted_at = now() where id = $1", [userId])],
    ["idle for too long", (member: Member) => shift(member, "expires_at = now() - interval '1 ms'")],
    ["revoked", (member: Member) => shift(member, "revoked_at = now(), revoked_reason = 'test'")],
  ])("refuses when the session is %s, and changes nothing", async (_, end) => {
    const member = await registerMember();
    await end(member);
    const before = await sessionOf(member);
    expectProblem(await refresh(member.refreshToken), "invalid_refresh_token");
    expect(await sessionOf(member)).toEqual(before);
    // Not a theft: nobody is alarmed.
    expect(await database.query("select 1 from notifications where user_id = $1", [member.userId])).toEqual([]);
  });

  it("moves the idle limit on by 30 days, and never beyond 90 days after the login", async () => {
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

  it("loses against a logout that comes at the same time: whichever is first, the session is over", async () => {
    for (let round = 0; round < 10; round++) {
      const member = await registerMember();
      await database.inject(
        { kind: "hold", count: 2 },
        { match: /refresh_tokens t set|revoked_at is null and session_id/ },
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

  it("goes on with the token that was issued before, and takes none that the former secret vouches for afterwards", async () => {
    const member = await registerMember();
    const { refreshToken } = (await refreshNow(member.refreshToken)).body;
    const forged = await issueRefreshToken(secrets, { sessionId: sidOf(member), generation: 1 });
    expect(forged).not.toBe(refreshToken);
    expectProblem(await refreshNow(forged), "invalid_refresh_token");
    expect(await sessionOf(member)).toEqual({ generation: 1, revoked: null });
    expect((await refreshNow(refreshToken)).status).toBe(200);
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
