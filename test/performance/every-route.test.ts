/** Every route of the app has its count of round trips here, for a request that succeeds: a new route without one fails. */
import { beforeAll, describe, expect, inject, it } from "vitest";
import { createControl } from "../../scripts/neon/control.ts";
import { ACTS, type Act } from "../../scripts/races/acts.ts";
import { tryOut } from "../../scripts/races/pairs.ts";
import type { World } from "../../scripts/races/world.ts";
import { createWorld } from "../races/world.ts";
import { request, registerMember, type Member } from "../support/service.ts";
import { routesOfApp } from "../support/routes.ts";
import { formOf, registerApplication, signedIn } from "../support/applications.ts";
import {
  insertApplication,
  insertBroadcast,
  insertDeadJob,
  insertRole,
  insertDelivery,
  insertUser,
  insertWebhook,
  registerAdmin,
} from "../support/staff.ts";

const control = createControl(inject("endpointUrl"));

/** Trips of each act of scripts/races/acts.ts, by any of its routes. */
const OF_ACTS: Record<string, number> = {
  register: 1,
  verify: 1,
  "verify-by-password": 2,
  login: 2,
  "second-step-totp": 2,
  "second-step-mail": 2,
  "second-step-recovery": 2,
  "login-code": 2,
  "prove-by-code": 2,
  "login-passkey": 2,
  "second-step-passkey": 2,
  "login-federated": 1,
  "login-by-address": 1,
  "login-by-new-address": 1,
  "link-identity": 1,
  "start-passkey": 1,
  "add-passkey": 1,
  "rename-passkey": 1,
  "remove-passkey": 1,
  "unlink-identity": 1,
  "remove-password": 1,
  "add-key": 1,
  "rename-key": 1,
  "rotate-key": 1,
  "revoke-key": 1,
  consent: 1,
  "withdraw-consent": 1,
  "exchange-code": 1,
  "refresh-grant": 1,
  "revoke-grant": 1,
  "sign-out": 1,
  "send-code": 1,
  refresh: 1,
  logout: 1,
  "end-one": 1,
  "end-others": 1,
  "change-password": 2,
  reset: 2,
  "ask-address": 1,
  "confirm-address": 1,
  "cancel-address": 1,
  "withdraw-address": 1,
  profile: 1,
  "start-totp": 1,
  "totp-on": 2,
  "start-mail-codes": 1,
  "mail-codes-on": 1,
  "totp-off": 1,
  "mail-codes-off": 1,
  "new-codes": 1,
  reauthenticate: 2,
  "reauthenticate-totp": 2,
  "reauthenticate-recovery": 2,
  "reauthenticate-passkey": 2,
  "deny-link": 1,
  "deny-notice": 1,
  "confirm-notice": 1,
  "read-notices": 1,
  "ws-ticket": 1,
  delete: 1,
  administer: 1,
  invite: 1,
  rename: 1,
  demote: 1,
  disable: 1,
  enable: 1,
  readdress: 1,
  "verify-by-admin": 1,
  "end-one-by-admin": 1,
  "revoke-key-by-admin": 1,
  "delete-by-admin": 1,
  restore: 1,
  unlock: 2,
  "logout-by-admin": 1,
  "reset-factors": 1,
  "change-role": 1,
  "widen-role": 1,
  "delete-role": 1,
};

/** Of the routes that no act goes through. */
const OF_OTHERS: Record<string, number> = {
  "GET /": 0,
  "GET /reset-password": 0,
  "GET /accept-invitation": 0,
  "GET /verify-email": 0,
  "GET /confirm-email": 0,
  "GET /cancel-email-change": 0,
  "GET /deny-login": 0,
  "GET /forgot-password": 0,
  "GET /resend-verification": 0,
  "GET /docs": 0,
  "GET /sign-in": 0,
  "GET /register": 0,
  "GET /account/*": 0,
  "GET /admin/*": 0,
  "GET /gallery": 0,
  "GET /assets/:file": 0,
  "GET /brand/:color": 0,
  "GET /.well-known/jwks.json": 0,
  "GET /.well-known/oauth-authorization-server": 0,
  "GET /.well-known/change-password": 0,
  "GET /.well-known/webauthn": 0,
  "GET /.well-known/passkey-endpoints": 0,
  "POST /api/auth/passkey/options": 0,
  "GET /robots.txt": 0,
  "GET /health": 0,
  "GET /openapi.json": 0,
  "GET /api/auth/federated": 0,
  "GET /api/auth/federated/:provider": 0,
  "POST /api/auth/federated/:provider/callback": 0,
  "GET /api/security/identities": 1,
  "POST /api/security/identities": 1,
  "GET /email-code": 0,
  "POST /api/auth/email-code": 0,
  "POST /api/auth/forgot-password": 0,
  "POST /api/auth/verify-email/resend": 0,
  "POST /api/auth/verify-token": 0,
  "GET /ws": 0,
  "GET /health/ready": 1,
  "GET /api/auth/profile": 1,
  "GET /api/users/me/export": 1,
  "GET /api/users/me": 1,
  "GET /api/users/me/notifications": 1,
  "GET /api/users": 1,
  "GET /api/users/:id": 1,
  "GET /api/security/2fa": 1,
  "GET /api/security/sessions": 1,
  "GET /api/security/passkeys": 1,
  "GET /api/security/api-keys": 1,
  "GET /api/admin/users/:id/api-keys": 1,
  "POST /api/security/reauthenticate/options": 1,
  "GET /api/security/login-history": 1,
  "GET /api/admin/users": 1,
  "POST /api/admin/users/import": 1,
  "GET /api/admin/users/:id": 1,
  "GET /api/admin/roles": 1,
  "POST /api/admin/roles": 1,
  "GET /api/admin/roles/:id": 1,
  "GET /api/admin/permissions": 1,
  "GET /api/admin/applications": 1,
  "POST /api/admin/applications": 1,
  "PATCH /api/admin/applications/:id": 1,
  "POST /api/admin/applications/:id/secret": 1,
  "DELETE /api/admin/applications/:id": 1,
  "POST /oauth/introspect": 1,
  "POST /oauth/register": 1,
  "POST /api/admin/users/:id/impersonate": 1,
  "GET /api/admin/webhooks": 1,
  "POST /api/admin/webhooks": 2,
  "PATCH /api/admin/webhooks/:id": 1,
  "DELETE /api/admin/webhooks/:id": 1,
  "POST /api/admin/webhooks/:id/secret": 1,
  "POST /api/admin/webhooks/:id/test": 1,
  "GET /api/admin/webhooks/:id/deliveries": 1,
  "POST /api/admin/webhooks/:id/deliveries/:deliveryId/replay": 1,
  "POST /api/admin/webhooks/:id/replay": 1,
  "GET /oauth/authorize": 1,
  "POST /oauth/authorize": 0,
  "GET /oauth/logout": 0,
  "GET /oauth/userinfo": 1,
  "POST /oauth/userinfo": 1,
  "GET /api/security/applications": 1,
  "GET /.well-known/openid-configuration": 0,
  "GET /api/admin/audit-logs": 1,
  "GET /api/admin/audit-logs/verify": 1,
  "GET /api/admin/stats": 1,
  "POST /api/admin/notifications": 1,
  "GET /api/admin/notifications/:broadcastId": 1,
  "GET /api/admin/dead-jobs": 1,
  "POST /api/admin/dead-jobs/:id/replay": 2,
  "GET /.well-known/security.txt": 0,
};

let world: World;
let admin: Member;
let member: Member;

beforeAll(async () => {
  world = await createWorld();
  admin = await registerAdmin();
  member = await registerMember();
});

const acts = ACTS.flatMap((act) => act.routes.map((route): [string, string, Act] => [act.name, route, act]));

describe("an act alone", () => {
  it.each(acts)("%s, by %s, succeeds, leaves nothing unfinished and takes its trips", async (name, route, act) => {
    const [method = "", path = ""] = route.split(" ");
    const isTwin = route !== act.routes[0] && !path.includes(":");
    const asked: Act = isTwin
      ? { ...act, request: async (context) => ({ ...(await act.request(context)), method, path }) }
      : act;
    const { answers, failures, outcome } = await tryOut(world, [{ act: asked, hand: 0 }]);
    expect(answers).toMatch(/^(2\d\d|303)$/);
    expect(failures).toEqual([]);
    expect(outcome.done[0]!.trips.length).toBe(OF_ACTS[name]);
  });
});

const atWebhook = async (suffix: string) => ({ path: `/api/admin/webhooks/${await insertWebhook()}${suffix}` });

/** What a route needs besides its path. */
const REQUESTS: Record<
  string,
  () => Promise<NonNullable<Parameters<typeof request>[2]> & { path?: string; status?: number }>
> = {
  "GET /.well-known/security.txt": async () => ({ vars: { SECURITY_CONTACT: "mailto:security@example.test" } }),
  "GET /ws": async () => ({ status: 426 }),
  "GET /assets/:file": async () => ({ path: /\/assets\/[^"]+/.exec((await request("GET", "/sign-in")).text)![0] }),
  "GET /brand/:color": async () => ({ path: "/brand/0e5f59.css" }),
  "GET /api/users/:id": async () => ({ path: `/api/users/${await insertUser()}` }),
  "GET /api/admin/users/:id": async () => ({ path: `/api/admin/users/${await insertUser()}` }),
  "GET /api/admin/users/:id/api-keys": async () => ({ path: `/api/admin/users/${await insertUser()}/api-keys` }),
  "GET /api/admin/roles/:id": async () => ({ path: `/api/admin/roles/${await insertRole([])}` }),
  // With a provider: test/auth/federated.test.ts.
  "GET /api/auth/federated/:provider": async () => ({ path: "/api/auth/federated/nobody", status: 404 }),
  "POST /api/auth/federated/:provider/callback": async () => ({
    path: "/api/auth/federated/nobody/callback",
    rawBody: "code=c",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    status: 404,
  }),
  "POST /api/security/identities": async () => ({ body: { provider: "nobody" }, status: 404 }),
  "POST /api/auth/email-code": async () => ({ body: { email: member.email } }),
  "POST /api/auth/forgot-password": async () => ({ body: { email: member.email } }),
  "POST /api/auth/verify-email/resend": async () => ({ body: { email: member.email } }),
  "POST /api/auth/verify-token": async () => ({ body: { token: member.token } }),
  "POST /api/admin/applications": async () => ({ body: { name: "counted" } }),
  "PATCH /api/admin/applications/:id": async () => ({
    path: `/api/admin/applications/${await insertApplication()}`,
    body: { permissions: [] },
  }),
  "POST /api/admin/applications/:id/secret": async () => ({
    path: `/api/admin/applications/${await insertApplication()}/secret`,
  }),
  "DELETE /api/admin/applications/:id": async () => ({
    path: `/api/admin/applications/${await insertApplication()}`,
  }),
  "POST /api/admin/users/:id/impersonate": async () => ({
    path: `/api/admin/users/${await insertUser()}/impersonate`,
    body: { reason: "Ticket 42" },
  }),
  "POST /api/admin/webhooks": async () => ({ body: { url: "http://127.0.0.1:9/" } }),
  "PATCH /api/admin/webhooks/:id": async () => ({ ...(await atWebhook("")), body: { description: "counted" } }),
  "DELETE /api/admin/webhooks/:id": () => atWebhook(""),
  "POST /api/admin/webhooks/:id/secret": () => atWebhook("/secret"),
  "POST /api/admin/webhooks/:id/test": () => atWebhook("/test"),
  "GET /api/admin/webhooks/:id/deliveries": () => atWebhook("/deliveries"),
  "POST /api/admin/webhooks/:id/deliveries/:deliveryId/replay": async () => {
    const id = await insertWebhook();
    return { path: `/api/admin/webhooks/${id}/deliveries/${await insertDelivery(id)}/replay` };
  },
  "POST /api/admin/webhooks/:id/replay": async () => ({
    ...(await atWebhook("/replay")),
    body: { since: "2026-01-31T09:30:00Z" },
  }),
  "GET /oauth/authorize": async () => ({
    path: (await signedIn()).url,
    headers: { Cookie: (await signedIn()).cookie },
  }),
  "POST /oauth/authorize": async () => formOf({ client_id: "any" }),
  "GET /oauth/userinfo": async () => ({ token: (await signedIn()).token }),
  "POST /oauth/userinfo": async () => ({ token: (await signedIn()).token }),
  "POST /oauth/register": async () => ({ body: { redirect_uris: ["http://127.0.0.1/callback"] } }),
  "POST /oauth/introspect": async () => formOf({ ...(await registerApplication()), token: member.token }),
  "POST /api/admin/roles": async () => ({ body: { name: "counted" } }),
  "POST /api/admin/notifications": async () => ({ body: { title: "Bonjour", content: "À tous", all: true } }),
  "GET /api/admin/notifications/:broadcastId": async () => ({
    path: `/api/admin/notifications/${await insertBroadcast()}`,
  }),
  "POST /api/admin/users/import": async () => ({
    rawBody: JSON.stringify({
      email: "importee@example.test",
      prenom: "A",
      nom: "B",
      passwordHash: "$2b$04$uZp0rNJS4mM7mR3cxPJk/OtZf0qmkVPlAU6SkRa4TZu1EEiSTqo2K",
    }),
    headers: { "Content-Type": "application/x-ndjson" },
  }),
  "POST /api/admin/dead-jobs/:id/replay": async () => ({
    path: `/api/admin/dead-jobs/${await insertDeadJob()}/replay`,
  }),
};

const others = routesOfApp()
  .map(({ method, path }) => `${method} ${path}`)
  .filter((route) => !ACTS.some((act) => act.routes.includes(route)));

describe("another route", () => {
  it.each(others)("%s", async (route) => {
    const [method = "", pattern = ""] = route.split(" ");
    const { path = pattern, status, headers, ...options } = (await REQUESTS[route]?.()) ?? {};
    const requestId = crypto.randomUUID();
    await control.watch(requestId);
    const answer = await request(method, path, {
      token: admin.token,
      ...options,
      headers: { ...headers, "X-Request-Id": requestId },
    });
    const trips = await control.forget(requestId);
    if (status === undefined) expect(answer.status).toBeLessThan(400);
    else expect(answer.status).toBe(status);
    expect(trips.length).toBe(OF_OTHERS[route]);
  });

  it("and no other has a count", () => {
    expect(Object.keys(OF_OTHERS).toSorted()).toEqual(others.toSorted());
    expect(Object.keys(OF_ACTS)).toEqual(ACTS.map(({ name }) => name));
  });
});
