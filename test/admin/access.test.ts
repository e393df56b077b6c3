import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { app } from "../../src/app.ts";
import type { Guard } from "../../src/http/guards.ts";
import { PERMISSIONS } from "../../src/services/access/permissions.ts";
import { sampleOf } from "../support/sample.ts";
import { database, registerMember, request, type Answer, type Member } from "../support/service.ts";
import {
  ageSessions,
  insertApiKey,
  insertApplication,
  insertRole,
  insertBroadcast,
  insertDeadJob,
  insertSession,
  insertUser,
  insertDelivery,
  insertWebhook,
  registerAdmin,
  registerWithRole,
} from "../support/staff.ts";

/** Who may call each guarded route: any session, or one with this permission. */
type Access = "open" | "session" | { permission: string; fresh?: true; sample?: () => Promise<Sample> };

/** A request that succeeds when the caller is allowed. */
interface Sample {
  path?: string;
  body?: unknown;
  rawBody?: string;
  headers?: Record<string, string>;
}

const victim = async (suffix = "", deleted = false): Promise<Sample> => ({
  path: `/api/admin/users/${await insertUser({ deleted })}${suffix}`,
});
const webhook = async (suffix: string): Promise<Sample> => ({
  path: `/api/admin/webhooks/${await insertWebhook()}${suffix}`,
});
const freeRole = async (): Promise<Sample> => ({ path: `/api/admin/roles/${await insertRole([])}` });
let made = 0;

const ROUTES: Record<string, Access> = {
  "GET /.well-known/jwks.json": "open",
  "GET /.well-known/oauth-authorization-server": "open",
  "GET /.well-known/openid-configuration": "open",
  "GET /oauth/authorize": "open",
  "POST /oauth/authorize": "open",
  "POST /oauth/consent": "open",
  "GET /oauth/logout": "open",
  "POST /oauth/logout": "open",
  "GET /oauth/userinfo": "open",
  "POST /oauth/userinfo": "open",
  "POST /oauth/register": "open",
  "POST /oauth/revoke": "open",
  "POST /oauth/token": "open",
  "POST /oauth/introspect": "open",
  "GET /health": "open",
  "GET /health/ready": "open",
  "GET /openapi.json": "open",
  "GET /docs": "open",
  "GET /sign-in": "open",
  "GET /register": "open",
  "GET /account/*": "open",
  "GET /admin/*": "open",
  "GET /gallery": "open",
  "GET /assets/:file": "open",
  "GET /brand/:color": "open",
  "GET /": "open",
  "GET /robots.txt": "open",
  "GET /.well-known/security.txt": "open",
  "GET /.well-known/change-password": "open",
  "GET /forgot-password": "open",
  "GET /resend-verification": "open",
  "GET /reset-password": "open",
  "GET /accept-invitation": "open",
  "GET /verify-email": "open",
  "GET /confirm-email": "open",
  "GET /cancel-email-change": "open",
  "GET /deny-login": "open",
  "GET /ws": "open",
  "POST /api/auth/register": "open",
  "POST /api/auth/login/2fa": "open",
  "POST /api/auth/login/2fa/email": "open",
  "GET /email-code": "open",
  "POST /api/auth/email-code": "open",
  "POST /api/auth/email-code/verify": "open",
  "GET /api/auth/federated": "open",
  "GET /api/auth/federated/:provider": "open",
  "GET /api/auth/federated/:provider/callback": "open",
  "POST /api/auth/federated/:provider/callback": "open",
  "POST /api/auth/passkey/options": "open",
  "POST /api/auth/passkey": "open",
  "GET /.well-known/webauthn": "open",
  "GET /.well-known/passkey-endpoints": "open",
  "POST /api/auth/deny-login": "open",
  "POST /api/auth/forgot-password": "open",
  "POST /api/auth/reset-password": "open",
  "POST /api/auth/verify-email": "open",
  "POST /api/auth/verify-email/resend": "open",
  "POST /api/auth/confirm-email": "open",
  "POST /api/auth/cancel-email-change": "open",
  "POST /api/auth/login": "open",
  "POST /api/auth/refresh": "open",
  "POST /api/auth/logout": "open",
  "POST /api/auth/verify-token": "open",
  "GET /api/auth/profile": "session",
  "PUT /api/auth/profile": "session",
  "PUT /api/auth/change-password": "session",
  "DELETE /api/auth/account": "session",
  "GET /api/users/me": "session",
  "PUT /api/users/me": "session",
  "PUT /api/users/me/password": "session",
  "DELETE /api/users/me": "session",
  "DELETE /api/users/me/password": "session",
  "DELETE /api/users/me/pending-email": "session",
  "GET /api/users/me/export": "session",
  "GET /api/users/me/notifications": "session",
  "POST /api/users/me/notifications/read": "session",
  "POST /api/users/me/notifications/:id/confirm": "session",
  "POST /api/users/me/notifications/:id/deny": "session",
  "POST /api/users/me/ws-ticket": "session",
  "GET /api/security/2fa": "session",
  "POST /api/security/2fa/totp": "session",
  "POST /api/security/2fa/totp/verify": "session",
  "POST /api/security/2fa/email": "session",
  "POST /api/security/2fa/email/verify": "session",
  "POST /api/security/2fa/recovery-codes": "session",
  "DELETE /api/security/2fa/:method": "session",
  "POST /api/security/reauthenticate": "session",
  "POST /api/security/reauthenticate/options": "session",
  "GET /api/security/identities": "session",
  "POST /api/security/identities": "session",
  "DELETE /api/security/identities/:id": "session",
  "GET /api/security/passkeys": "session",
  "POST /api/security/passkeys/options": "session",
  "POST /api/security/passkeys": "session",
  "PATCH /api/security/passkeys/:id": "session",
  "DELETE /api/security/passkeys/:id": "session",
  "GET /api/security/applications": "session",
  "DELETE /api/security/applications/:id": "session",
  "GET /api/security/api-keys": "session",
  "POST /api/security/api-keys": "session",
  "PATCH /api/security/api-keys/:id": "session",
  "POST /api/security/api-keys/:id/rotate": "session",
  "DELETE /api/security/api-keys/:id": "session",
  "GET /api/security/sessions": "session",
  "DELETE /api/security/sessions": "session",
  "DELETE /api/security/sessions/:id": "session",
  "GET /api/security/login-history": "session",
  "POST /api/admin/notifications": {
    permission: "notifications:send",
    fresh: true,
    sample: async () => ({ body: { title: "Bonjour", content: "À tous", all: true } }),
  },
  "GET /api/admin/notifications/:broadcastId": {
    permission: "notifications:send",
    sample: async () => ({ path: `/api/admin/notifications/${await insertBroadcast()}` }),
  },
  "GET /api/users": { permission: "users:read" },
  "GET /api/users/:id": {
    permission: "users:read",
    sample: async () => ({ path: `/api/users/${await insertUser()}` }),
  },
  "GET /api/admin/users": { permission: "users:read" },
  "GET /api/admin/users/:id": { permission: "users:read", sample: victim },
  "POST /api/admin/users": {
    permission: "users:write",
    fresh: true,
    sample: async () => ({ body: { email: `invite-${++made}@example.test`, prenom: "A", nom: "B" } }),
  },
  "PATCH /api/admin/users/:id": {
    permission: "users:write",
    fresh: true,
    sample: async () => ({ ...(await victim()), body: { nom: "Autre", isActive: false, roleId: 2 } }),
  },
  "DELETE /api/admin/users/:id": { permission: "users:write", fresh: true, sample: victim },
  "POST /api/admin/users/:id/restore": {
    permission: "users:write",
    fresh: true,
    sample: () => victim("/restore", true),
  },
  "POST /api/admin/users/:id/unlock": { permission: "users:write", fresh: true, sample: () => victim("/unlock") },
  "POST /api/admin/users/:id/logout": { permission: "users:write", fresh: true, sample: () => victim("/logout") },
  "DELETE /api/admin/users/:id/sessions/:sessionId": {
    permission: "users:write",
    fresh: true,
    sample: async () => {
      const userId = await insertUser();
      return { path: `/api/admin/users/${userId}/sessions/${await insertSession(userId)}` };
    },
  },
  "GET /api/admin/users/:id/api-keys": { permission: "users:read", sample: () => victim("/api-keys") },
  "DELETE /api/admin/users/:id/api-keys/:keyId": {
    permission: "users:write",
    fresh: true,
    sample: async () => {
      const userId = await insertUser();
      return { path: `/api/admin/users/${userId}/api-keys/${await insertApiKey(userId)}` };
    },
  },
  "POST /api/admin/users/:id/impersonate": {
    permission: "users:impersonate",
    fresh: true,
    sample: async () => ({ ...(await victim("/impersonate")), body: { reason: "Ticket 42" } }),
  },
  "POST /api/admin/users/:id/2fa/reset": { permission: "users:write", fresh: true, sample: () => victim("/2fa/reset") },
  "POST /api/admin/users/import": {
    permission: "users:import",
    fresh: true,
    sample: async () => ({ rawBody: "{}", headers: { "Content-Type": "application/x-ndjson" } }),
  },
  "GET /api/admin/roles": { permission: "roles:read" },
  "POST /api/admin/roles": {
    permission: "roles:write",
    fresh: true,
    sample: async () => ({ body: { name: `new-${++made}` } }),
  },
  "GET /api/admin/roles/:id": { permission: "roles:read", sample: freeRole },
  "PATCH /api/admin/roles/:id": {
    permission: "roles:write",
    fresh: true,
    sample: async () => ({ ...(await freeRole()), body: { description: "Autre", permissions: [] } }),
  },
  "DELETE /api/admin/roles/:id": { permission: "roles:write", fresh: true, sample: freeRole },
  "GET /api/admin/permissions": { permission: "roles:read" },
  "GET /api/admin/applications": { permission: "applications:read" },
  "POST /api/admin/applications": {
    permission: "applications:write",
    fresh: true,
    sample: async () => ({ body: { name: "Export" } }),
  },
  "PATCH /api/admin/applications/:id": {
    permission: "applications:write",
    fresh: true,
    sample: async () => ({ path: `/api/admin/applications/${await insertApplication()}`, body: { name: "Autre" } }),
  },
  "POST /api/admin/applications/:id/secret": {
    permission: "applications:write",
    fresh: true,
    sample: async () => ({ path: `/api/admin/applications/${await insertApplication()}/secret` }),
  },
  "DELETE /api/admin/applications/:id": {
    permission: "applications:write",
    fresh: true,
    sample: async () => ({ path: `/api/admin/applications/${await insertApplication()}` }),
  },
  "GET /api/admin/webhooks": { permission: "webhooks:read" },
  "POST /api/admin/webhooks": {
    permission: "webhooks:write",
    fresh: true,
    sample: async () => ({ body: { url: "http://127.0.0.1:9/" } }),
  },
  "PATCH /api/admin/webhooks/:id": {
    permission: "webhooks:write",
    fresh: true,
    sample: async () => ({ path: `/api/admin/webhooks/${await insertWebhook()}`, body: { description: "Autre" } }),
  },
  "DELETE /api/admin/webhooks/:id": { permission: "webhooks:write", fresh: true, sample: () => webhook("") },
  "POST /api/admin/webhooks/:id/secret": {
    permission: "webhooks:write",
    fresh: true,
    sample: () => webhook("/secret"),
  },
  "POST /api/admin/webhooks/:id/test": { permission: "webhooks:write", fresh: true, sample: () => webhook("/test") },
  "GET /api/admin/webhooks/:id/deliveries": { permission: "webhooks:read", sample: () => webhook("/deliveries") },
  "POST /api/admin/webhooks/:id/deliveries/:deliveryId/replay": {
    permission: "webhooks:write",
    fresh: true,
    sample: async () => {
      const id = await insertWebhook();
      return { path: `/api/admin/webhooks/${id}/deliveries/${await insertDelivery(id)}/replay` };
    },
  },
  "POST /api/admin/webhooks/:id/replay": {
    permission: "webhooks:write",
    fresh: true,
    sample: async () => ({
      path: `/api/admin/webhooks/${await insertWebhook()}/replay`,
      body: { since: "2026-01-31T09:30:00Z" },
    }),
  },
  "GET /api/admin/audit-logs": { permission: "audit:read" },
  "GET /api/admin/audit-logs/verify": { permission: "audit:read" },
  "GET /api/admin/stats": { permission: "stats:read" },
  "GET /api/admin/dead-jobs": { permission: "jobs:read" },
  "POST /api/admin/dead-jobs/:id/replay": {
    permission: "jobs:replay",
    fresh: true,
    sample: async () => ({ path: `/api/admin/dead-jobs/${await insertDeadJob()}/replay` }),
  },
};

/** The app's own routes, each with the guard on its own line. */
const guards = new Map<string, Guard["guard"] | undefined>();
for (const { method, path, handler } of app.routes) {
  if (method === "ALL") continue;
  const name = `${method} ${path.length > 1 ? path.replace(/\/$/, "") : path}`;
  guards.set(name, guards.get(name) ?? (handler as Partial<Guard>).guard);
}

const permissionRoutes = Object.entries(ROUTES).filter(
  (entry): entry is [string, Exclude<Access, string>] => typeof entry[1] === "object",
);
const call = async (route: string, { path, ...options }: Sample, token?: string): Promise<Answer> => {
  const [method = "", pattern = ""] = route.split(" ");
  return request(method, path ?? pattern.replaceAll(/:\w+/g, "1"), {
    ...options,
    ...(token !== undefined && { token }),
  });
};

describe("the routes of the app", () => {
  it("are all listed here, and no removed route is", () => {
    expect([...guards.keys()].toSorted()).toEqual(Object.keys(ROUTES).toSorted());
  });

  it("ask on their own line for the permissions listed here, which are all in the catalogue", () => {
    const listed = Object.entries(ROUTES).map(([route, access]) => {
      if (access === "open") return [route, undefined];
      if (access === "session") return [route, { ...guards.get(route), permission: undefined }];
      const { sample: _, ...guard } = access;
      return [route, guard];
    });
    const found = Object.keys(ROUTES).map((route) => {
      const guard = guards.get(route);
      return [route, guard && (guard.permission ? guard : { ...guard, permission: undefined })];
    });
    expect(found).toEqual(listed);
    const asked = new Set(permissionRoutes.map(([, { permission }]) => permission));
    expect(Object.keys(PERMISSIONS)).toEqual(expect.arrayContaining([...asked]));
  });

  it("let nobody in without a session, except the open ones", async () => {
    for (const [route, access] of Object.entries(ROUTES)) {
      if (access === "open") continue;
      for (const token of [undefined, "not.a.token"]) {
        const { status, headers } = await call(route, {}, token);
        expect(status, route).toBe(401);
        expect(headers.get("WWW-Authenticate"), route).toMatch(/^Bearer/);
      }
    }
  });

  it("let any member in if they only ask for a session", async () => {
    for (const [route, access] of Object.entries(ROUTES)) {
      if (access !== "session") continue;
      const member = await registerMember();
      const { status } = await call(route, route.startsWith("GET") ? {} : { body: {} }, member.token);
      expect([200, 201, 202, 204, 404, 409, 422], route).toContain(status);
    }
  });
});

describe("a route that asks for a permission", () => {
  const members: Record<string, Member> = {};
  let customRole: number;

  beforeAll(async () => {
    // As in production.
    Object.assign(env, { TWO_FACTOR_REQUIRED_FOR_ADMIN: "on" });
    customRole = await insertRole([]);
    members["user"] = await registerMember();
    members["guest"] = await registerWithRole(2);
    members["custom"] = await registerWithRole(customRole);
    members["admin"] = await registerAdmin();
    members["stale"] = await registerAdmin();
    members["ended"] = await registerAdmin();
    members["withoutSecondFactor"] = await registerAdmin();
    const { custom, admin, stale } = members;
    await database.query(
      "insert into two_factor_methods (user_id, type, secret, confirmed_at) select id, 'totp', 'none', now() from users where id = any($1)",
      [[custom.userId, admin.userId, stale.userId]],
    );
    await database.query("update refresh_tokens set methods = '{pwd,otp,mfa}' where user_id = any($1)", [
      [custom.userId, admin.userId, stale.userId],
    ]);
    await ageSessions(stale.userId);
    await database.query("update refresh_tokens set revoked_at = now() where user_id = $1", [members["ended"].userId]);
  });

  afterAll(() => void Object.assign(env, { TWO_FACTOR_REQUIRED_FOR_ADMIN: "off" }));

  const hold = (permissions: string[]) =>
    database.query("update roles set permissions = $1::jsonb where id = $2", [JSON.stringify(permissions), customRole]);
  const allBut = (permission: string) => Object.keys(PERMISSIONS).filter((name) => name !== permission);

  it.each(permissionRoutes)(
    "%s lets in callers with the permission, and nobody else",
    async (route, { permission, fresh, sample = async () => ({}) }) => {
      const as = async (name: string) => {
        const { status, body } = await call(route, await sample(), members[name]!.token);
        return status < 400 ? "passes" : `${status} ${body.code}`;
      };
      expect({
        user: await as("user"),
        guest: await as("guest"),
        ended: await as("ended"),
        allOthers: (await hold(allBut(permission)), await as("custom")),
        thisOne: (await hold([permission]), await as("custom")),
        allOfItsKind: (await hold([`${permission.split(":")[0]}:*`]), await as("custom")),
        admin: await as("admin"),
        stale: await as("stale"),
        withoutSecondFactor: await as("withoutSecondFactor"),
      }).toEqual({
        user: "403 forbidden",
        guest: "403 forbidden",
        ended: "401 invalid_token",
        allOthers: "403 forbidden",
        thisOne: "passes",
        allOfItsKind: "passes",
        admin: "passes",
        stale: fresh ? "403 reauthentication_required" : "passes",
        withoutSecondFactor: "403 two_factor_required",
      });
    },
  );
});

describe("another account's ids", () => {
  /** Everything in the database about an account. */
  const stateOf = (userId: number) =>
    database.query(
      `select (select to_jsonb(u) from users u where id = $1) as account,
        (select jsonb_agg(t order by t.id) from refresh_tokens t where user_id = $1) as sessions,
        (select jsonb_agg(t order by t.id) from one_time_tokens t where user_id = $1) as links,
        (select jsonb_agg(t order by t.id) from two_factor_methods t where user_id = $1) as methods,
        (select jsonb_agg(t order by t.id) from recovery_codes t where user_id = $1) as codes,
        (select jsonb_agg(t order by t.id) from api_keys t where user_id = $1) as keys,
        (select jsonb_agg(t order by t.id) from notifications t where user_id = $1) as notifications`,
      [userId],
    );

  it("in path, query and body reach nothing and change nothing, on any route", async () => {
    const other = await registerMember();
    await database.query(
      "insert into two_factor_methods (user_id, type, secret, confirmed_at) values ($1, 'totp', 'none', now())",
      [other.userId],
    );
    await database.query("insert into recovery_codes (user_id, code) values ($1, 'code')", [other.userId]);
    await database.query(
      "insert into notifications (user_id, type, title, content) values ($1, 'test', 'Titre', 'Texte privé')",
      [other.userId],
    );
    const [session] = await database.query<{ id: string }>(
      "select session_id as id from refresh_tokens where user_id = $1",
      [other.userId],
    );
    // The link of the first mail is stored after the answer.
    await expect.poll(() => stateOf(other.userId)).not.toMatchObject([{ links: null }]);
    const before = await stateOf(other.userId);
    const foreign = [String(other.userId), session!.id];
    const closed = Object.entries(ROUTES).filter(([, access]) => access !== "open");
    const cases = closed.flatMap(([route, access], at) =>
      foreign.map((_, turn) => ({ route, access, id: foreign[(at + turn) % foreign.length]! })),
    );
    // In a path only one of the two fits; elsewhere both are sent.
    const traitsOf = (one: (typeof cases)[number]) => [
      one.route,
      one.route.includes(":") ? one.route + one.id : one.id,
    ];
    for (const { route, access, id } of sampleOf(cases, traitsOf)) {
      const [method = "", pattern = ""] = route.split(" ");
      const member = await registerMember();
      const ids = { id, userId: id, user_id: id, sub: id, sessionId: session!.id };
      const sample = typeof access === "object" ? await access.sample?.() : undefined;
      const query = `?userId=${id}&id=${id}`;
      const answer = await request(method, pattern.replaceAll(/:\w+/g, id) + query, {
        token: member.token,
        ...(sample?.rawBody ? sample : method === "GET" ? {} : { body: { ...(sample?.body as object), ...ids } }),
      });
      if (pattern.includes(":") || access !== "session") expect([403, 404, 422], route).toContain(answer.status);
      expect(answer.text, route).not.toMatch(new RegExp(`${other.email}|Texte privé`));
    }
    expect(await stateOf(other.userId)).toEqual(before);
  });
});
