/** What clients do besides acts that change an account: they read, they ask for mails, they get passwords wrong. */
import type { Act } from "../races/acts.ts";
import type { Request } from "../races/world.ts";

const read = (name: string, path: string, by: "token" | "admin" = "token"): Act => ({
  name,
  routes: [`GET ${path.split("?")[0]}`],
  request: ({ hand }): Request => ({ method: "GET", path, token: hand[by] }),
});
const ask = (name: string, path: string): Act => ({
  name,
  routes: [`POST ${path}`],
  request: ({ subject: { email } }): Request => ({ method: "POST", path, body: { email } }),
});

export const ERRANDS: Act[] = [
  read("read-profile", "/api/users/me"),
  read("read-sessions", "/api/security/sessions"),
  read("read-notifications", "/api/users/me/notifications"),
  read("read-keys", "/api/security/api-keys"),
  read("list-accounts", "/api/admin/users?q=ada&limit=20", "admin"),
  read("list-records", "/api/admin/audit-logs?limit=20", "admin"),
  read("read-statistics", "/api/admin/stats", "admin"),
  {
    name: "verify-token",
    routes: ["POST /api/auth/verify-token"],
    request: ({ hand: { token } }) => ({ method: "POST", path: "/api/auth/verify-token", body: { token } }),
  },
  {
    name: "wrong-password",
    routes: ["POST /api/auth/login"],
    request: ({ subject: { email } }) => ({
      method: "POST",
      path: "/api/auth/login",
      body: { email, password: "not the password" },
    }),
  },
  {
    name: "tell-many",
    routes: ["POST /api/admin/notifications"],
    request: ({ subject: { userId, victimId }, hand: { admin: token } }) => ({
      method: "POST",
      path: "/api/admin/notifications",
      body: { userIds: [userId, victimId], title: "Maintenance", content: "Tonight" },
      token,
    }),
    audit: "notification.sent",
  },
  ask("forgot-password", "/api/auth/forgot-password"),
  ask("resend-verification", "/api/auth/verify-email/resend"),
  ask("ask-code", "/api/auth/email-code"),
];

/** The job that is in the queue once one of these was answered with success. */
export const QUEUES: Record<string, string> = {
  "forgot-password": "forgot_password",
  "resend-verification": "verification",
  "ask-code": "login_code",
  "send-code": "mail_code",
  "start-mail-codes": "mail_code",
};
