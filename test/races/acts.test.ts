import { expect, it } from "vitest";
import { ACTS } from "../../scripts/races/acts.ts";
import { CALLBACK } from "../../scripts/races/federation.ts";
import { routesOfApp } from "../support/routes.ts";

/** Routes that change no existing account, and why. */
const NO_ACT: Record<string, string> = {
  "POST /api/auth/forgot-password": "only sends a message to the queue",
  "POST /api/auth/verify-email/resend": "only sends a message to the queue",
  "POST /api/auth/verify-token": "reads",
  "POST /api/auth/email-code": "only sends a message to the queue",
  "POST /api/auth/federated/:provider/callback": "redirects",
  "POST /api/security/identities": "reads",
  "POST /api/auth/passkey/options": "reads nothing",
  "POST /api/security/reauthenticate/options": "reads",
  "POST /api/admin/users/import": "creates accounts that nobody can act for yet",
  "POST /oauth/authorize": "leads to the page",
  "POST /oauth/userinfo": "reads",
  "POST /oauth/introspect": "reads an application",
  "POST /oauth/register": "an application belongs to no account",
  "POST /api/admin/applications": "an application belongs to no account",
  "PATCH /api/admin/applications/:id": "an application belongs to no account",
  "POST /api/admin/applications/:id/secret": "an application belongs to no account",
  "DELETE /api/admin/applications/:id": "an application belongs to no account",
  "POST /api/admin/roles": "creates a role that nobody has yet",
  "POST /api/admin/users/:id/impersonate":
    "opens a session that changes nothing, and that everything which ends sessions ends",
  "POST /api/admin/webhooks": "a webhook belongs to no account",
  "PATCH /api/admin/webhooks/:id": "a webhook belongs to no account",
  "DELETE /api/admin/webhooks/:id": "a webhook belongs to no account",
  "POST /api/admin/webhooks/:id/secret": "a webhook belongs to no account",
  "POST /api/admin/webhooks/:id/test": "a webhook belongs to no account",
  "POST /api/admin/webhooks/:id/deliveries/:deliveryId/replay": "a webhook belongs to no account",
  "POST /api/admin/webhooks/:id/replay": "a webhook belongs to no account",
  "POST /api/admin/notifications": "only sends a message to the queue",
};

it("every route that changes an account has a row among the acts that race", () => {
  const routes = routesOfApp().filter(
    ({ method, path }) =>
      (method !== "GET" || `${method} ${path}` === CALLBACK) && !path.startsWith("/api/admin/dead-jobs"),
  );
  const rows = new Set([...ACTS.flatMap((act) => act.routes), ...Object.keys(NO_ACT)]);
  const missing = routes.map(({ method, path }) => `${method} ${path}`).filter((route) => !rows.delete(route));
  expect(missing).toEqual([]);
  expect([...rows]).toEqual([]);
});
