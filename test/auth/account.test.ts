import { describe, expect, it } from "vitest";
import { expectProblem, fingerprint } from "../support/contract.ts";
import { database, del, get, logIn, PASSWORD, post, registerMember, type Member } from "../support/service.ts";

const twoFactor = (member: Member, confirmedAt: "now()" | "null") =>
  database.query(
    `insert into two_factor_methods (user_id, type, secret, confirmed_at) values ($1, 'totp', 'x', ${confirmedAt})`,
    [member.userId],
  );

const age = (member: Member, minutes: number) =>
  database.query(
    "update refresh_tokens set authenticated_at = now() - make_interval(mins => $2::int) where user_id = $1",
    [member.userId, minutes],
  );

describe.each(["/api/auth/account", "/api/users/me"])("DELETE %s", (path) => {
  it("answers the published contract, in both languages", async () => {
    const { status, body } = await del(path, { token: (await registerMember()).token });
    expect([status, body]).toEqual([200, { message: "Compte supprimé avec succès" }]);
    const { token } = await registerMember();
    const english = await del(path, { token, headers: { "Accept-Language": "en-US" } });
    expect(english.body).toEqual({ message: "Account deleted successfully" });
  });

  it("ends every session and link at once; the login no longer knows the address", async () => {
    const member = await registerMember();
    const other = await logIn(member);
    await database.query(
      "insert into one_time_tokens (user_id, purpose, token, expires_at) values ($1, 'reset_password', $2, now() + interval '1 hour')",
      [member.userId, `lien-${member.userId}`],
    );
    const bystander = await registerMember();
    const answer = await del(path, { token: member.token });

    for (const session of [member, other]) {
      expectProblem(await get("/api/auth/profile", { token: session.token }), "invalid_token");
      expectProblem(await post("/api/auth/refresh", { refreshToken: session.refreshToken }), "invalid_refresh_token");
      expectProblem(await del(path, { token: session.token }), "invalid_token");
    }
    const refused = await post("/api/auth/login", { email: member.email, password: PASSWORD });
    expectProblem(refused, "invalid_credentials");
    const unknown = await post("/api/auth/login", { email: "jamais-vue@example.test", password: PASSWORD });
    expect(fingerprint(refused)).toBe(fingerprint(unknown));
    const verdict = await post("/api/auth/verify-token", { token: member.token, strict: true });
    expect(verdict.body).toEqual({ active: false, reason: "session_revoked" });

    expect(
      await database.query(
        `select deleted_at is not null as deleted,
           (select count(*)::int from refresh_tokens t where t.user_id = u.id and revoked_reason = 'account_deleted') as ended,
           (select count(*)::int from one_time_tokens o where o.user_id = u.id and used_at is null) as links,
           (select json_agg(type) from notifications n where n.user_id = u.id) as notifications,
           (select json_agg(json_build_array(action, target_type, target_id, request_id)) from audit_logs a where a.actor_id = u.id) as audit
         from users u where id = $1`,
        [member.userId],
      ),
    ).toEqual([
      {
        deleted: true,
        ended: 2,
        links: 0,
        notifications: ["account_deleted"],
        audit: [["user.deleted", "user", String(member.userId), answer.headers.get("X-Request-Id")]],
      },
    ]);
    expect((await get("/api/auth/profile", { token: bystander.token })).status).toBe(200);
  });
});

describe("A deletion of the account", () => {
  const path = "/api/auth/account";

  it("frees the address: it can be registered again as a new account", async () => {
    const member = await registerMember();
    await del(path, { token: member.token });
    const again = await registerMember({ email: member.email, prenom: "Neuve" });
    expect(again.userId).not.toBe(member.userId);
    expectProblem(await get("/api/auth/profile", { token: member.token }), "invalid_token");
    const { body } = await post("/api/auth/login", { email: member.email, password: PASSWORD });
    expect(body.user).toMatchObject({ id: String(again.userId), prenom: "Neuve" });
  });

  it("asks for a fresh authentication if a second factor is on, and otherwise not", async () => {
    const plain = await registerMember();
    await twoFactor(plain, "null");
    await age(plain, 1_000);
    expect((await del(path, { token: plain.token })).status).toBe(200);

    const guarded = await registerMember();
    await twoFactor(guarded, "now()");
    await age(guarded, 11);
    const answer = await del(path, { token: guarded.token });
    expectProblem(answer, "reauthentication_required");
    expect(answer.status).toBe(403);
    expect((await get("/api/auth/profile", { token: guarded.token })).status).toBe(200);
    expect(await database.query("select 1 from audit_logs where actor_id = $1", [guarded.userId])).toEqual([]);
    await age(guarded, 9);
    expect((await del(path, { token: guarded.token })).status).toBe(200);
  });

  it("asks for a session, and for JSON or nothing as a body", async () => {
    expectProblem(await del(path), "authentication_required");
    const { token } = await registerMember();
    const form = { headers: { "Content-Type": "application/x-www-form-urlencoded" }, rawBody: "a=b", token };
    expectProblem(await del(path, form), "unsupported_media_type");
    expect((await del(path, { body: {}, token })).status).toBe(200);
  });

  it("happens once, even if 10 requests ask at the same time", async () => {
    const member = await registerMember();
    await database.inject({ kind: "hold", count: 10 }, { match: /update users set deleted_at/ });
    const answers = await Promise.all(Array.from({ length: 10 }, () => del(path, { token: member.token })));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    for (const answer of answers) if (answer.status !== 200) expectProblem(answer, "invalid_token");
    expect(await database.query("select 1 from notifications where user_id = $1", [member.userId])).toHaveLength(1);
    expect(await database.query("select 1 from audit_logs where actor_id = $1", [member.userId])).toHaveLength(1);
  });

  it("leaves no session behind, even if logins race it", async () => {
    const member = await registerMember();
    const [deleted, ...logins] = await Promise.all([
      del(path, { token: member.token }),
      ...Array.from({ length: 4 }, () => post("/api/auth/login", { email: member.email, password: PASSWORD })),
    ]);
    expect(deleted.status).toBe(200);
    for (const { status } of logins) expect([200, 401]).toContain(status);
    const live = await database.query("select 1 from refresh_tokens where user_id = $1 and revoked_at is null", [
      member.userId,
    ]);
    expect(live).toEqual([]);
  });
});
