import { beforeEach, describe, expect, it, vi } from "vitest";
import { expectProblem } from "../support/contract.ts";
import {
  database,
  get,
  logIn,
  mailbox,
  NEW_PASSWORD,
  PASSWORD,
  post,
  put,
  registerMember,
  type Member,
} from "../support/service.ts";

const login = (member: Member, password: string) => post("/api/auth/login", { email: member.email, password });

const PATHS = ["/api/auth/change-password", "/api/users/me/password"] as const;

const change = (
  session: { token: string },
  currentPassword: unknown = PASSWORD,
  newPassword: unknown = NEW_PASSWORD,
  path: string = PATHS[0],
) => put(path, { currentPassword, newPassword }, { token: session.token });

beforeEach(() => database.query("delete from login_throttles"));

describe.each(PATHS)("PUT %s", (path) => {
  it("answers the published contract, in both languages", async () => {
    const member = await registerMember();
    const { status, body } = await change(member, PASSWORD, NEW_PASSWORD, path);
    expect([status, body]).toEqual([200, { message: "Mot de passe changé avec succès" }]);
    const english = await put(
      path,
      { currentPassword: NEW_PASSWORD, newPassword: PASSWORD },
      { token: member.token, headers: { "Accept-Language": "en" } },
    );
    expect(english.body).toEqual({ message: "Password changed successfully" });
  });

  it("accepts the new password and not the old one, and keeps the session that asked", async () => {
    const member = await registerMember();
    const others = [await logIn(member), await logIn(member)];
    const bystander = await registerMember();
    expect((await change(member, PASSWORD, NEW_PASSWORD, path)).status).toBe(200);
    expectProblem(await login(member, PASSWORD), "invalid_credentials");
    expect((await login(member, NEW_PASSWORD)).status).toBe(200);
    expect((await get("/api/auth/profile", { token: member.token })).status).toBe(200);
    expect((await post("/api/auth/refresh", { refreshToken: member.refreshToken })).status).toBe(200);
    for (const other of others) {
      expectProblem(await get("/api/auth/profile", { token: other.token }), "invalid_token");
      expectProblem(await post("/api/auth/refresh", { refreshToken: other.refreshToken }), "invalid_refresh_token");
    }
    expect((await post("/api/auth/refresh", { refreshToken: bystander.refreshToken })).status).toBe(200);
    expect((await login(bystander, PASSWORD)).status).toBe(200);
  });
});

describe("A change of password", () => {
  it("invalidates outstanding links, writes the audit log and tells the owner", async () => {
    const [member, bystander] = [await registerMember(), await registerMember()];
    for (const { userId } of [member, bystander]) {
      // The link that registration mails arrives in its own time.
      await mailbox.next((userId === member.userId ? member : bystander).email);
      await database.query(
        `insert into one_time_tokens (user_id, purpose, token, expires_at)
         select $1, purpose, purpose || $1::int, now() + interval '1 hour' from unnest(array['reset_password', 'change_email', 'login_challenge']) as purpose`,
        [userId],
      );
    }
    const answer = await change(member);
    const live = "select count(*)::int as n from one_time_tokens where used_at is null and user_id = $1";
    expect(await database.query(live, [member.userId])).toEqual([{ n: 0 }]);
    expect(await database.query(live, [bystander.userId])).toEqual([{ n: 4 }]);
    expect(
      await database.query(
        "select actor_id, action, target_type, target_id, request_id from audit_logs where actor_id = $1",
        [member.userId],
      ),
    ).toEqual([
      {
        actor_id: member.userId,
        action: "password.changed",
        target_type: "user",
        target_id: String(member.userId),
        request_id: answer.headers.get("X-Request-Id"),
      },
    ]);
    expect(await database.query("select type, title from notifications where user_id = $1", [member.userId])).toEqual([
      { type: "password_changed", title: "Mot de passe modifié" },
    ]);
    expect(await database.query("select 1 from notifications where user_id = $1", [bystander.userId])).toEqual([]);
  });

  it("refuses a new password that is weak or unchanged, and counts no guess for it", async () => {
    const member = await registerMember();
    for (let time = 1; time <= 6; time++) {
      const answer = await change(member, PASSWORD, "court");
      expectProblem(answer, "validation_failed", [
        { pointer: "#/newPassword", detail: "Le mot de passe doit contenir au moins 8 caractères" },
      ]);
      await vi.waitFor(async () =>
        expect(await database.query("select 1 from login_throttles where failures > 0")).toEqual([]),
      );
    }
    for (const same of [PASSWORD, PASSWORD.replace("C", "Ｃ")]) {
      expectProblem(await change(member, PASSWORD, same), "validation_failed", [
        { pointer: "#/newPassword", detail: "Le nouveau mot de passe doit être différent de l'actuel" },
      ]);
    }
    expect((await change(member, PASSWORD, "x".repeat(2_000))).body.errors[0].pointer).toBe("#/newPassword");
    expect((await login(member, PASSWORD)).status).toBe(200);
  });

  it("refuses an ended session before checking any password", async () => {
    const member = await registerMember();
    await post("/api/auth/logout", {}, { token: member.token });
    const trips = await database.tripsOf(async () => {
      expectProblem(await change(member), "invalid_token");
    });
    expect(trips).toBe(1);
    expect(await database.query("select 1 from login_throttles")).toEqual([]);
    expectProblem(
      await put(PATHS[0], { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }),
      "authentication_required",
    );
  });
});
