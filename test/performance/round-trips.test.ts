/**
 * A trip is one request to the database, and at the edge the trips are the latency: these tests are the budget's
 * limits.
 */
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { ALLOWED_ORIGIN } from "../support/bindings.ts";
import { createPasskey } from "../support/passkeys/authenticator.ts";
import { loginChallenge, logInWithPasskey, registerPasskey, SYNCED } from "../support/passkeys/person.ts";
import { database, del, get, logIn, PASSWORD, post, put, registerMember } from "../support/service.ts";

/** Also checks that the measured operation succeeded. */
async function tripsOf(operation: () => Promise<{ status: number }>, status = 200): Promise<number> {
  return database.tripsOf(async () => expect(await operation()).toMatchObject({ status }));
}

describe("Round trips", () => {
  it.each(["/health", "/.well-known/jwks.json", "/.well-known/oauth-authorization-server"])(
    "GET %s: none",
    async (path) => {
      expect(await tripsOf(() => get(path))).toBe(0);
    },
  );

  it("a preflight, and every refusal before the work: none", async () => {
    const { email } = await registerMember();
    const preflight = { Origin: ALLOWED_ORIGIN, "Access-Control-Request-Method": "PUT" };
    expect(await tripsOf(() => get("/api/auth/profile"), 401)).toBe(0);
    expect(await tripsOf(() => get("/api/auth/profile", { token: "x" }), 401)).toBe(0);
    expect(await tripsOf(() => post("/api/auth/login", { email }), 422)).toBe(0);
    expect(await tripsOf(() => post("/api/auth/refresh", { refreshToken: "x" }), 401)).toBe(0);
    expect(await tripsOf(() => post("/api/auth/logout"))).toBe(0);
    expect(await tripsOf(() => get("/api/auth/profile", { headers: preflight }), 401)).toBe(0);
  });

  it("register: 1, also for a taken address", async () => {
    const fields = { prenom: "Ada", nom: "Lovelace", email: "trajets@example.test", password: PASSWORD };
    expect(await tripsOf(() => post("/api/auth/register", fields), 201)).toBe(1);
    expect(await tripsOf(() => post("/api/auth/register", fields), 409)).toBe(1);
  });

  it("login: 2, also when it rehashes", async () => {
    const { email, userId } = await registerMember();
    const login = () => post("/api/auth/login", { email, password: PASSWORD });
    expect(await tripsOf(login)).toBe(2);
    // bcrypt of PASSWORD, cost 4
    await database.query("update users set password_hash = $1 where id = $2", [
      "$2b$04$Cj8SMQVm.BxHTLW9vHBn8eQBu.ORY6skGQyHMXt8l0bapivw4txKW",
      userId,
    ]);
    expect(await tripsOf(login)).toBe(2);
  });

  it("passkeys: none for a login's options, then 2, or 1 with the key in KV; 1 for each step of an enrolment", async () => {
    const member = await registerMember();
    const { token } = member;
    const software = await createPasskey("ES256", { flags: SYNCED });
    let options: any;
    const starting = tripsOf(async () => {
      const answer = await post("/api/security/passkeys/options", {}, { token });
      options = answer.body;
      return answer;
    });
    expect(await starting).toBe(1);
    const { challenge } = options;
    expect(await tripsOf(() => registerPasskey(token, software, { challenge }), 201)).toBe(1);
    const own = { id: 0, passkey: software, userHandle: options.user.id as string };
    expect(await tripsOf(() => post("/api/auth/passkey/options", {}))).toBe(0);
    const login = async () => {
      const asked = await loginChallenge();
      return tripsOf(() => logInWithPasskey(own, { challenge: asked }));
    };
    expect(await login()).toBe(2);
    await vi.waitFor(async () => expect((await env.KV.list({ prefix: "passkey:" })).keys).toHaveLength(1));
    expect(await login()).toBe(1);
    expect(await tripsOf(() => post("/api/security/reauthenticate/options", {}, { token }))).toBe(1);
    expect(await tripsOf(() => get("/api/security/passkeys", { token }))).toBe(1);
  });

  it("login refused: 1 before the answer, and the history row after it", async () => {
    const { email, userId } = await registerMember();
    const failures = () =>
      database.query("select 1 from login_history where user_id = $1 and outcome <> 'success'", [userId]);
    for (const [password, status] of [
      ["faux", 401],
      [PASSWORD, 429],
    ] as const) {
      const before = (await failures()).length;
      // The history row waits at a barrier for a second request that never comes: an answer that waited for it would be
      // late.
      await database.inject({ kind: "hold", count: 2, timeoutMs: 15_000 }, { match: /insert into login_history/ });
      expect(await tripsOf(() => post("/api/auth/login", { email, password }), status)).toBeLessThanOrEqual(2);
      expect(await failures()).toHaveLength(before);
      await database.clear();
      await vi.waitFor(async () => expect(await failures()).toHaveLength(before + 1));
      expect((await database.statements()).length).toBe(2);
      await database.query("update login_throttles set locked_until = now() + interval '1 minute'");
    }
  });

  it("refresh: 1, whatever the outcome", async () => {
    const { refreshToken } = await registerMember();
    const refresh = () => post("/api/auth/refresh", { refreshToken });
    expect(await tripsOf(refresh)).toBe(1);
    expect(await tripsOf(refresh)).toBe(1);
    await database.query("update refresh_tokens set rotated_at = now() - interval '1 hour'");
    expect(await tripsOf(refresh, 401)).toBe(1);
    expect(await tripsOf(refresh, 401)).toBe(1);
  });

  it("logout: 1, by either token or both", async () => {
    const member = await registerMember();
    const other = await logIn(member);
    const third = await logIn(member);
    const { token, refreshToken } = member;
    expect(await tripsOf(() => post("/api/auth/logout", { refreshToken }))).toBe(1);
    expect(await tripsOf(() => post("/api/auth/logout", {}, { token: other.token }))).toBe(1);
    expect(await tripsOf(() => post("/api/auth/logout", { refreshToken }, { token: third.token }))).toBe(1);
    expect(await tripsOf(() => get("/api/auth/profile", { token }), 401)).toBe(1);
  });

  it("profile: 1 to read, 1 to change", async () => {
    const { token } = await registerMember();
    for (const path of ["/api/auth/profile", "/api/users/me"]) {
      expect(await tripsOf(() => get(path, { token })), path).toBe(1);
      expect(await tripsOf(() => put(path, { nom: "Byron" }, { token })), path).toBe(1);
    }
  });

  it("verify-token: none; strict: 1", async () => {
    const { token } = await registerMember();
    expect(await tripsOf(() => post("/api/auth/verify-token", { token }))).toBe(0);
    expect(await tripsOf(() => post("/api/auth/verify-token", { token, permission: "x", audience: "y" }))).toBe(0);
    expect(await tripsOf(() => post("/api/auth/verify-token", { token, strict: true }))).toBe(1);
  });

  it("readiness: 1", async () => {
    expect(await tripsOf(() => get("/health/ready"))).toBe(1);
  });

  // Last, since they send mail: the queue's work for them comes a second later.
  it("change of password: 2; refused: 1", async () => {
    const { token } = await registerMember();
    const change = (currentPassword: string) => () =>
      put("/api/auth/change-password", { currentPassword, newPassword: "Nouvelle batterie d'agrafes" }, { token });
    expect(await tripsOf(change("faux"), 422)).toBe(1);
    expect(await tripsOf(change(PASSWORD))).toBe(2);
  });

  it("deletion of the account: 1", async () => {
    const { token } = await registerMember();
    expect(await tripsOf(() => del("/api/auth/account", { token }))).toBe(1);
  });
});
