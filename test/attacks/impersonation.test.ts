/** docs/security.md, "Impersonation": what support could do in somebody's place. */
import { beforeAll, describe, expect, it } from "vitest";
import { expectProblem } from "../support/contract.ts";
import { routesOfApp } from "../support/routes.ts";
import { auditOf, insertRole, noticesOf, registerAdmin, registerWithRole } from "../support/staff.ts";
import {
  claimsOf,
  database,
  del,
  get,
  mailbox,
  post,
  registerMember,
  request,
  type Member,
} from "../support/service.ts";

let admin: Member;
beforeAll(async () => {
  admin = await registerAdmin();
});

const open = (userId: number, by: { token: string } = admin, body: unknown = { reason: "Ticket 42" }) =>
  post(`/api/admin/users/${userId}/impersonate`, body, { token: by.token });

const NDJSON = { "Content-Type": "application/x-ndjson" };

/** The person's routes that need nothing but a session, and no freshness: they may be read. */
const isReadable = ({ method, guards }: ReturnType<typeof routesOfApp>[number]) =>
  method === "GET" && guards.some((guard) => guard.permission === undefined && !guard.fresh);

describe("with somebody's account open,", () => {
  it("calling any route but those that read what is the person's own", async () => {
    const ada = await registerMember();
    const { token } = (await open(ada.userId)).body;
    const stateOf = () => database.query("select to_jsonb(u) as row from users u where id = $1", [ada.userId]);
    const before = await stateOf();
    const read: string[] = [];
    const guarded = routesOfApp().filter(({ guards }) => guards.length > 0);
    expect(guarded.length).toBeGreaterThan(60);
    for (const route of guarded) {
      const { method, path } = route;
      const filled = path
        .replaceAll(/:(sessionId|broadcastId)/g, crypto.randomUUID())
        .replace("/webhooks/:id", `/webhooks/${crypto.randomUUID()}`)
        .replaceAll(/:\w+/g, String(ada.userId));
      const input = path.endsWith("/import") ? { rawBody: "{}", headers: NDJSON } : { body: {} };
      const answer = await request(method, filled, { token, ...(method !== "GET" && input) });
      const what = `${method} ${path}`;
      if (isReadable(route)) {
        expect(answer.status, what).toBe(200);
        read.push(what);
      } else if (method === "GET" && route.guards.every((guard) => guard.permission === undefined)) {
        expectProblem(answer, "reauthentication_required");
      } else expect([answer.status, answer.body.code], what).toEqual([401, "invalid_token"]);
    }
    expect(read).toContain("GET /api/users/me");
    expect(await stateOf()).toEqual(before);
    expect((await auditOf(ada.userId)).map(({ action }) => action)).toEqual(["user.impersonated"]);
  });

  it("going on after the person has ended it, or after ten minutes, or refreshing it", async () => {
    const ada = await registerMember();
    const { token, sessionId, ...rest } = (await open(ada.userId)).body;
    expect(rest).toEqual({ message: expect.any(String), expiresIn: 600 });
    const { data } = (await get("/api/security/sessions", { token: ada.token })).body;
    expect(data).toMatchObject([
      { id: sessionId, impersonated: true, current: false },
      { impersonated: false, current: true },
    ]);
    const { sessions } = (await get(`/api/admin/users/${ada.userId}`, { token: admin.token })).body;
    expect(sessions).toMatchObject([{ id: sessionId, impersonated: true }, { impersonated: false }]);
    expect((await get("/api/users/me", { token })).status).toBe(200);
    expect((await del(`/api/security/sessions/${sessionId}`, { token: ada.token })).status).toBe(200);
    expectProblem(await get("/api/users/me", { token }), "invalid_token");
    const late = (await open(ada.userId)).body.token;
    expect(claimsOf(late)).toMatchObject({
      sub: String(ada.userId),
      act: { sub: String(admin.userId) },
      permissions: [],
      amr: [],
    });
    expect(claimsOf(late)["exp"] - claimsOf(late)["iat"]).toBe(600);
    await database.query(
      "update refresh_tokens set expires_at = now() - interval '1 s' where impersonator_id is not null",
    );
    expectProblem(await get("/api/users/me", { token: late }), "invalid_token");
  });

  it("keeping it open after signing out of it, or signing the person out", async () => {
    const ada = await registerMember();
    const { token } = (await open(ada.userId)).body;
    expect((await post("/api/auth/logout", {}, { token })).status).toBe(200);
    expectProblem(await get("/api/users/me", { token }), "invalid_token");
    expect((await get("/api/users/me", { token: ada.token })).status).toBe(200);
    expect((await auditOf(ada.userId)).map(({ action }) => action)).toEqual(["user.impersonated"]);
  });

  it("being a person elsewhere: at another Worker, at the socket, with a permission that was granted meanwhile", async () => {
    const ada = await registerMember();
    const { token } = (await open(ada.userId)).body;
    expect((await post("/api/auth/verify-token", { token })).body).toMatchObject({ active: false });
    const upgrade = await get("/ws", { token, headers: { Upgrade: "websocket", Connection: "Upgrade" } });
    expectProblem(upgrade, "invalid_token");
    await database.query("update users set role_id = 1 where id = $1", [ada.userId]);
    expectProblem(await get("/api/admin/users", { token }), "invalid_token");
  });

  it("staying unseen", async () => {
    const ada = await registerMember();
    await mailbox.clear();
    const { sessionId } = (await open(ada.userId)).body;
    expect(await noticesOf(ada.userId)).toContain("impersonated");
    const mail = await mailbox.next(ada.email, "consulté");
    expect(mail.text).not.toContain("192.0.2.1");
    expect(await auditOf(ada.userId)).toMatchObject([
      { action: "user.impersonated", actor_id: admin.userId, metadata: { sessionId, reason: "Ticket 42" } },
    ]);
  });
});

describe("opening the account", () => {
  it("of oneself, of an administrator, or of somebody with more permissions", async () => {
    const support = await registerWithRole(await insertRole(["users:impersonate"]));
    const above = await registerWithRole(await insertRole(["articles:write"]));
    const reader = await registerWithRole(await insertRole(["stats:read"]));
    for (const userId of [admin.userId, support.userId, above.userId])
      expectProblem(await open(userId, support), "above_you");
    for (const userId of [admin.userId, reader.userId]) expectProblem(await open(userId), "above_you");
    expect((await open((await registerMember()).userId, support)).status).toBe(201);
  });

  it("that is disabled, deleted or unknown, or without a reason", async () => {
    const [off, gone] = [await registerMember(), await registerMember()];
    await database.query("update users set is_active = false where id = $1", [off.userId]);
    await database.query("update users set deleted_at = now() where id = $1", [gone.userId]);
    for (const userId of [off.userId, gone.userId, 999_999]) expectProblem(await open(userId), "not_found");
    const { userId } = await registerMember();
    for (const body of [{}, { reason: "" }, { reason: " " }, { reason: "x", silent: true }])
      expect((await open(userId, admin, body)).body.code, JSON.stringify(body)).toBe("validation_failed");
    expect(
      await database.query("select 1 from refresh_tokens where impersonator_id is not null and user_id = any($1)", [
        [off.userId, gone.userId, userId],
      ]),
    ).toEqual([]);
  });
});
