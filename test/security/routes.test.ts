import { describe, expect, it } from "vitest";
import { createOneTimeToken } from "../../src/crypto/one-time-token.ts";
import { routesOfApp } from "../support/routes.ts";
import { challengeOf, enrolTotp } from "../support/second-factor.ts";
import { database, post, registerMember, request } from "../support/service.ts";
import { ageSessions } from "../support/staff.ts";

/** The routes of the security group, and what each requires of the session. */
const FRESHNESS = `
GET    /api/security/identities         any
POST   /api/security/identities         fresh
DELETE /api/security/identities/:id     fresh
GET    /api/security/2fa                any
POST   /api/security/2fa/totp           fresh, authenticator shown
POST   /api/security/2fa/totp/verify    fresh, authenticator shown
POST   /api/security/2fa/email          fresh, authenticator shown
POST   /api/security/2fa/email/verify   fresh, authenticator shown
POST   /api/security/2fa/recovery-codes fresh, authenticator shown
DELETE /api/security/2fa/:method        fresh, authenticator shown
POST   /api/security/reauthenticate     any
POST   /api/security/reauthenticate/options any
GET    /api/security/sessions           any
DELETE /api/security/sessions           any
DELETE /api/security/sessions/:id       any
GET    /api/security/login-history      any
GET    /api/security/passkeys           any
POST   /api/security/passkeys/options   fresh, authenticator shown
POST   /api/security/passkeys           fresh, authenticator shown
PATCH  /api/security/passkeys/:id       any
DELETE /api/security/passkeys/:id       fresh, authenticator shown
GET    /api/security/api-keys           any
POST   /api/security/api-keys           fresh
PATCH  /api/security/api-keys/:id       any
POST   /api/security/api-keys/:id/rotate fresh
DELETE /api/security/api-keys/:id       any
GET    /api/security/applications       any
DELETE /api/security/applications/:id   any`;

const concrete = (path: string) =>
  path
    .replace(":method", "totp")
    .replace("passkeys/:id", "passkeys/1")
    .replace("applications/:id", "applications/app_0123456789abcdef")
    .replace("identities/:id", "identities/1")
    .replace("api-keys/:id", "api-keys/0123456789abcdef")
    .replace(/:\w+/g, "00000000-0000-4000-8000-000000000000");
const BODIES: Record<string, object> = {
  "/api/security/2fa/totp/verify": { code: "000000" },
  "/api/security/2fa/email/verify": { code: "000000" },
  "/api/security/identities": { provider: "nobody" },
  "/api/security/api-keys": { name: "Nightly backup" },
  "/api/security/passkeys": {
    credential: {
      id: "AAAA",
      rawId: "AAAA",
      type: "public-key",
      response: { clientDataJSON: "AAAA", attestationObject: "AAAA" },
    },
  },
};

describe("every route", () => {
  it("has exactly one limit", () => {
    const wrong = routesOfApp().filter((route) => route.limits.length !== 1);
    expect(wrong.map((route) => `${route.method} ${route.path}: ${route.limits.join(", ")}`)).toEqual([]);
  });

  it("of the security group requires the session that the table lists", () => {
    const table = routesOfApp()
      .filter((route) => route.path.startsWith("/api/security"))
      .map(({ method, path, guards: [guard] }) => {
        const asked = `${guard?.fresh ? "fresh" : "any"}${guard?.changesFactors ? ", authenticator shown" : ""}`;
        return `${method.padEnd(6)} ${path.padEnd(32)} ${asked}`;
      });
    expect(`\n${table.join("\n")}`).toBe(FRESHNESS);
  });

  it("that is guarded refuses a token of another kind", async () => {
    const member = await enrolTotp(await registerMember());
    const login = await post("/api/auth/login", { email: member.email, password: "wrong password" });
    expect(login.status).toBe(401);
    const { token, tokenHash } = await createOneTimeToken();
    await database.query(
      "insert into one_time_tokens (user_id, purpose, token, expires_at) values ($1, 'ws_ticket', $2, now() + interval '1 hour')",
      [member.userId, tokenHash],
    );
    const others = [await challengeOf(member), token, member.refreshToken, "junk"];
    for (const { method, path, guards } of routesOfApp()) {
      if (guards.length === 0) continue;
      for (const other of others) {
        const { status, body } = await request(method, concrete(path), {
          token: other,
          ...(method !== "GET" && { body: {} }),
          ...(path.endsWith("/import") && { headers: { "Content-Type": "application/x-ndjson" } }),
        });
        expect({ path, status, code: body.code }).toEqual({ path, status: 401, code: "invalid_token" });
      }
    }
  });

  it("that needs a fresh session refuses a stale one, and a fresh one passes the guard", async () => {
    const stale = await registerMember();
    const fresh = await registerMember();
    await ageSessions(stale.userId);
    for (const { method, path, guards } of routesOfApp()) {
      if (!guards[0]?.fresh || !path.startsWith("/api/security")) continue;
      const body = BODIES[path] ?? {};
      const refused = await request(method, concrete(path), { token: stale.token, body });
      expect({ path, code: refused.body.code }).toEqual({ path, code: "reauthentication_required" });
      const passed = await request(method, concrete(path), { token: fresh.token, body });
      expect({ path, code: passed.body.code }).not.toEqual({ path, code: "reauthentication_required" });
    }
  });
});
