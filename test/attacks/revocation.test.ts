/** docs/security.md, "Revocation": what outlives its session, or the change that should have ended it. */
import { describe, expect, it, vi } from "vitest";
import { expectProblem } from "../support/contract.ts";
import { attempt, OPENING, storedHash } from "../support/login.ts";
import {
  database,
  get,
  logIn,
  NEW_PASSWORD,
  PASSWORD,
  patch,
  post,
  put,
  registerMember,
  sidOf,
  type Member,
} from "../support/service.ts";
import { askAbout } from "../support/sockets.ts";
import { registerAdmin, registerStaff } from "../support/staff.ts";

const PATH = "/api/users/me/notifications";
const login = (member: Member, password: string) => post("/api/auth/login", { email: member.email, password });
const change = ({ token }: { token: string }) =>
  put("/api/auth/change-password", { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }, { token });

describe("outliving the end:", () => {
  it("logging in with the old password at the same instant as its change", async () => {
    const member = await registerMember();
    const [changed, ...logins] = await Promise.all([
      change(member),
      ...Array.from({ length: 4 }, () => login(member, PASSWORD)),
    ]);
    expect(changed.status).toBe(200);
    for (const { status, body } of logins) {
      expect([200, 401]).toContain(status);
      if (status === 200) expectProblem(await get("/api/auth/profile", { token: body.token }), "invalid_token");
    }
    const live = await database.query<{ sid: string }>(
      "select session_id as sid from refresh_tokens where user_id = $1 and revoked_at is null",
      [member.userId],
    );
    expect(live.map(({ sid }) => sid)).toEqual([sidOf(member)]);

    // And another login finishes just before the change.
    const other = await registerMember();
    const { answer } = await database.holding(/update users set password_hash/, () => change(other));
    const between = await login(other, PASSWORD);
    await database.clear();
    expect([(await answer).status, between.status]).toEqual([200, 200]);
    expectProblem(await get("/api/auth/profile", { token: between.body.token }), "invalid_token");
  });

  it("changing the password with a session that ends meanwhile", async () => {
    const member = await registerMember();
    const before = await storedHash(member);
    const { answer } = await database.holding(/update users set password_hash/, () => change(member));
    await post("/api/auth/logout", {}, { token: member.token });
    await database.clear();
    expectProblem(await answer, "invalid_token");
    expect(await storedHash(member)).toBe(before);
    expect(await database.query("select 1 from audit_logs where actor_id = $1", [member.userId])).toEqual([]);
  });

  it("a token that still claims a role that was taken away", async () => {
    const admin = await registerAdmin();
    const staff = await registerStaff("users:read");
    expect((await get("/api/users", staff)).status).toBe(200);
    await patch(`/api/admin/users/${staff.userId}`, { roleId: 0 }, admin);
    expect(await get("/api/users", staff)).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect((await get("/api/users/me", staff)).status).toBe(200);
  });

  it("a token, a refresh token or a link of a disabled account", async () => {
    const admin = await registerAdmin();
    const member = await registerMember();
    await database.query(
      "insert into one_time_tokens (user_id, purpose, token, expires_at) values ($1, 'reset_password', 'link', now() + interval '1 h')",
      [member.userId],
    );
    expect(await patch(`/api/admin/users/${member.userId}`, { isActive: false }, admin)).toMatchObject({
      status: 200,
      body: { user: { isActive: false } },
    });
    expect((await get("/api/users/me", member)).status).toBe(401);
    expect((await post("/api/auth/refresh", { refreshToken: member.refreshToken })).status).toBe(401);
    expect((await post("/api/auth/login", { email: member.email, password: PASSWORD })).status).toBe(401);
    expect(
      await database.query("select from one_time_tokens where user_id = $1 and used_at is null", [member.userId]),
    ).toEqual([]);
    await patch(`/api/admin/users/${member.userId}`, { isActive: true }, admin);
    expect((await get("/api/users/me", member)).status).toBe(401);
    expect((await post("/api/auth/login", { email: member.email, password: PASSWORD })).status).toBe(200);
  });

  it("logging in while a change, a disabling or a deletion is not yet committed", async () => {
    for (const change of ["is_active = false", "deleted_at = now()", "password_hash = 'changed'"]) {
      const member = await registerMember();
      const { answer } = await database.holding(OPENING, () => attempt(member.email, PASSWORD));
      // This transaction locks the row until the login's second statement, released below, waits for it.
      const id = member.userId;
      const holder = database.query(
        `do $$ begin
          update users set ${change} where id = ${id};
          perform 'holder of ${id}';
          while clock_timestamp() < now() + interval '20 s' and not exists (
            select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
          ) loop
            perform pg_sleep(0.01), pg_stat_clear_snapshot();
          end loop;
        end $$`,
      );
      await vi.waitFor(async () => {
        const sleeping = await database.query(
          "select 1 from pg_stat_activity where wait_event = 'PgSleep' and query like $1",
          [`%holder of ${id}%`],
        );
        expect(sleeping, change).toHaveLength(1);
      });
      await database.clear();
      expectProblem(await answer, "invalid_credentials");
      await holder;
      expect(await database.query("select 1 from refresh_tokens where user_id = $1", [id]), change).toHaveLength(1);
    }
  });

  it("confirming one's own login, as its thief would", async () => {
    const member = await registerMember();
    const thief = await logIn(member);
    const id = await askAbout(member, thief.token);
    const refused = await post(`${PATH}/${id}/confirm`, undefined, { token: thief.token });
    expect(refused.body.code).toBe("forbidden");
    expect((await post(`${PATH}/${id}/deny`, undefined, { token: member.token })).status).toBe(200);
  });
});
