import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { claimsOf, del, database, get, post, registerMember } from "../support/service.ts";

const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";

const logIn = ({ email, password }: { email: string; password: string }, userAgent = IPHONE) =>
  post(
    "/api/auth/login",
    { email, password },
    { headers: { "User-Agent": userAgent, "CF-Connecting-IP": "::ffff:c000:263" } },
  );

describe("GET /api/security/sessions", () => {
  it("lists the signed-in devices, newest first, and marks the caller's", async () => {
    const member = await registerMember();
    const { body: phone } = await logIn(member);
    await database.query("update refresh_tokens set country = 'FR', city = 'Lyon' where user_agent = $1", [IPHONE]);
    let answer: any;
    const trips = await database.tripsOf(async () => {
      answer = await get("/api/security/sessions", { token: phone.token });
    });
    expect(trips).toBe(1);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(answer.body.pagination).toEqual({ limit: 20, nextCursor: null });
    expect(answer.body.data).toEqual([
      {
        id: expect.any(String),
        current: true,
        impersonated: false,
        device: { browser: "Safari", os: "iOS", type: "mobile" },
        ipAddress: "192.0.2.99",
        country: "FR",
        city: "Lyon",
        methods: ["pwd"],
        createdAt: time,
        authenticatedAt: time,
        lastUsedAt: time,
        expiresAt: time,
      },
      expect.objectContaining({ current: false, device: { browser: null, os: null, type: null } }),
    ]);
  });

  it("pages, and leaves out ended and other users' sessions", async () => {
    const member = await registerMember();
    const other = await registerMember();
    const tokens = [member.token];
    for (let i = 0; i < 3; i++) tokens.push((await logIn(member)).body.token);
    await post("/api/auth/logout", {}, { token: tokens[1]! });
    const seen: string[] = [];
    let cursor = "";
    do {
      const { body } = await get(`/api/security/sessions?limit=2${cursor && `&cursor=${cursor}`}`, {
        token: tokens[3]!,
      });
      seen.push(...body.data.map(({ id }: { id: string }) => id));
      cursor = body.pagination.nextCursor;
    } while (cursor);
    expect(new Set(seen).size).toBe(3);
    expect(seen).toHaveLength(3);
    const { body } = await get("/api/security/sessions", { token: other.token });
    expect(seen).not.toContain(body.data[0].id);
    expect((await get("/api/security/sessions?cursor=junk", { token: other.token })).body.code).toBe("invalid_cursor");
  });
});

describe("POST /api/auth/login with a hundred sessions open", () => {
  it("ends those unused for longest, in the trips of every login", async () => {
    const ada = await registerMember();
    const { body: oldest } = await logIn(ada);
    await database.query(
      `insert into refresh_tokens (user_id, session_id, token, methods, last_used_at, expires_at)
       select $1, gen_random_uuid(), 'open ' || n, '{pwd}', now() - n * interval '1 minute', now() + interval '1 day'
       from generate_series(1, 110) n`,
      [ada.userId],
    );
    const session = claimsOf(oldest.token)["sid"];
    await database.query("update refresh_tokens set last_used_at = now() - interval '1 day' where session_id = $1", [
      session,
    ]);
    const other = await registerMember();
    expect(await database.tripsOf(() => logIn(ada))).toBe(2);
    const live = "from refresh_tokens where user_id = $1 and revoked_at is null";
    expect(await database.query(`select count(*)::int as n ${live}`, [ada.userId])).toEqual([{ n: 100 }]);
    // The registration, this login, and the 98 used since.
    expect(
      await database.query(
        `select max(n)::int as n from (select substr(token, 6)::int as n ${live} and token like 'open %') t`,
        [ada.userId],
      ),
    ).toEqual([{ n: 98 }]);
    expect((await get("/api/users/me", { token: oldest.token })).status).toBe(401);
    expect((await get("/api/users/me", { token: ada.token })).status).toBe(200);
    expect((await get("/api/users/me", { token: other.token })).status).toBe(200);
    await vi.waitFor(async () => expect(await env.KV.get(`revoked:s:${session}`)).not.toBeNull());
  });
});

describe("DELETE /api/security/sessions/:id", () => {
  it("ends one session at once, with an audit row, and no one else's", async () => {
    const member = await registerMember();
    const { body: phone } = await logIn(member);
    const stranger = await registerMember();
    const { body } = await get("/api/security/sessions", { token: member.token });
    const { id } = body.data[0];
    expect((await del(`/api/security/sessions/${id}`, { token: stranger.token })).status).toBe(404);
    expect((await get("/api/users/me", { token: phone.token })).status).toBe(200);
    expect((await del(`/api/security/sessions/${id}`, { token: member.token })).status).toBe(200);
    expect((await get("/api/users/me", { token: phone.token })).status).toBe(401);
    expect((await post("/api/auth/refresh", { refreshToken: phone.refreshToken })).status).toBe(401);
    expect((await del(`/api/security/sessions/${id}`, { token: member.token })).status).toBe(404);
    expect((await del("/api/security/sessions/junk", { token: member.token })).status).toBe(422);
    const audit = await database.query("select action from audit_logs where target_id = $1", [id]);
    expect(audit).toEqual([{ action: "session.revoked" }]);
  });
});

describe("DELETE /api/security/sessions", () => {
  it("ends all others and keeps this one", async () => {
    const member = await registerMember();
    const others = [(await logIn(member)).body, (await logIn(member)).body];
    const { body } = await del("/api/security/sessions", { token: member.token });
    expect(body).toEqual({ message: "Autres sessions fermées", ended: 2 });
    for (const { token } of others) expect((await get("/api/users/me", { token })).status).toBe(401);
    expect((await get("/api/users/me", { token: member.token })).status).toBe(200);
  });
});

describe("GET /api/security/login-history", () => {
  it("lists successes and failures with reason, device and place, newest first, in pages", async () => {
    const member = await registerMember();
    await logIn(member);
    await logIn({ ...member, password: "wrong password" });
    await expect
      .poll(() => database.query("select 1 from login_history where user_id = $1", [member.userId]))
      .toHaveLength(3);
    const { body } = await get("/api/security/login-history?limit=2", { token: member.token });
    expect(body.data).toEqual([
      {
        id: expect.any(Number),
        outcome: "failure",
        reason: "wrong_password",
        method: "pwd",
        sessionId: null,
        ipAddress: "192.0.2.99",
        country: null,
        city: null,
        device: { browser: "Safari", os: "iOS", type: "mobile" },
        createdAt: expect.stringMatching(/Z$/),
      },
      expect.objectContaining({ outcome: "success", method: "pwd", sessionId: expect.any(String) }),
    ]);
    const next = await get(`/api/security/login-history?limit=2&cursor=${body.pagination.nextCursor}`, {
      token: member.token,
    });
    expect(next.body.data).toEqual([expect.objectContaining({ method: "registration" })]);
    expect(next.body.pagination.nextCursor).toBeNull();
  });
});
