/**
 * Runs the service with its production role: the grants of scripts/database/application-role.sql suffice for everything
 * it does.
 */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { createControl } from "../../scripts/neon/control.ts";
import grants from "../../scripts/database/application-role.sql?raw";
import { database, del, get, logIn, PASSWORD, post, put, registerMember } from "../support/service.ts";

const control = createControl(inject("endpointUrl"));
let ownerUrl: string;

beforeAll(async () => {
  ownerUrl = env.DATABASE_URL;
  await control.query(
    ownerUrl,
    `DO $$ BEGIN CREATE ROLE auth_api LOGIN PASSWORD 'application'; EXCEPTION WHEN duplicate_object THEN END $$`,
  );
  await control.query(ownerUrl, grants);
  const url = Object.assign(new URL(ownerUrl), { username: "auth_api", password: "application" });
  (env as { DATABASE_URL: string }).DATABASE_URL = url.href;
});

describe("as the role auth_api", () => {
  test("the service registers, signs in, refreshes, changes, signs out and deletes", async () => {
    expect(await database.query("SELECT current_user AS name")).toEqual([{ name: "auth_api" }]);
    expect((await get("/health/ready")).status).toBe(200);

    const member = await registerMember();
    expect((await post("/api/auth/login", { email: member.email, password: "wrong" })).status).toBe(401);
    expect((await post("/api/auth/login", { email: "nobody@example.test", password: "wrong" })).status).toBe(401);
    const { refreshToken } = await logIn(member);
    const first = await post("/api/auth/refresh", { refreshToken });
    const second = await post("/api/auth/refresh", { refreshToken: first.body.refreshToken });
    expect([first.status, second.status]).toEqual([200, 200]);
    // Two generations old: revokes, tells the owner and writes the audit log, all in one statement.
    const reused = await post("/api/auth/refresh", { refreshToken });
    expect(reused.body.code).toBe("refresh_token_reused");

    const { token } = await logIn(member);
    expect((await put("/api/users/me", { prenom: "Grace" }, { token })).body.user.prenom).toBe("Grace");
    expect((await get("/api/auth/profile", { token })).status).toBe(200);
    expect((await post("/api/auth/verify-token", { token, strict: true })).body.active).toBe(true);
    const passwords = { currentPassword: PASSWORD, newPassword: "Une autre pile de chevaux" };
    expect((await put("/api/auth/change-password", passwords, { token })).status).toBe(200);
    expect((await del("/api/auth/account", { token })).status).toBe(200);
    expect((await post("/api/auth/logout", {}, { token })).status).toBe(200);
  });

  test("writes after the answer succeed too", async () => {
    await expect
      .poll(() => database.query("SELECT DISTINCT outcome, reason FROM login_history WHERE outcome = 'failure'"))
      .toHaveLength(2);
    const acts = await database.query("SELECT action FROM audit_logs ORDER BY id");
    expect(acts.map(({ action }) => action)).toEqual(["session.reuse_detected", "password.changed", "user.deleted"]);
  });

  test.each(["UPDATE audit_logs SET actor_id = 1", "DELETE FROM audit_logs", "CREATE TABLE mine (a int)"])(
    "the database refuses: %s",
    async (sql) => {
      await expect(database.query(sql)).rejects.toMatchObject({ code: "42501" });
    },
  );
});
