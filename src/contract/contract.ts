/** The published contract: what each route answers, and the ways to fail that neither guard, limit nor schema tells of. */
import * as z from "zod";
import type { Operation } from "./openapi.ts";
import { adminContract } from "./admin.ts";
import * as answer from "./answers.ts";
import { said } from "./answers.ts";
import { authContract } from "./auth.ts";

const page = (summary: string): Operation => ({ summary, answers: { 200: "text/html" } });

const publicContract: Record<string, Operation> = {
  "GET /docs": page("This contract, for people"),
  "GET /openapi.json": { summary: "This contract, for machines", answers: { 200: answer.facts } },
  "GET /.well-known/jwks.json": { summary: "The public keys of the access tokens", answers: { 200: answer.KeySet } },
  "GET /.well-known/oauth-authorization-server": {
    summary: "The metadata of the issuer (RFC 8414)",
    answers: { 200: answer.Metadata },
  },
  "GET /health": { summary: "Alive", answers: { 200: answer.Health } },
  "GET /health/ready": { summary: "The database answers", answers: { 200: answer.Health } },
  "GET /reset-password": page("Page of the link that resets a password"),
  "GET /accept-invitation": page("Page of the link that accepts an invitation"),
  "GET /verify-email": page("Page of the link that verifies an address"),
  "GET /confirm-email": page("Page of the link that confirms a new address"),
  "GET /cancel-email-change": page("Page of the link that cancels a change of address"),
  "GET /deny-login": page("Page of the link that closes a stranger's login"),
  "GET /ws": {
    summary: "Notifications as they happen, by WebSocket (`notifications.v1`)",
    answers: { 101: "websocket" },
    errors: [
      "upgrade_required",
      "origin_not_allowed",
      "unsupported_subprotocol",
      "authentication_required",
      "invalid_token",
      "invalid_ticket",
      "too_many_sockets",
    ],
  },
};

/** Of one's own account: under two paths each. */
const readProfile: Operation = { summary: "One's own account", answers: { 200: said({ user: answer.User }) } };
const changeProfile: Operation = {
  summary: "Changes one's own account; a new address waits for its confirmation",
  answers: { 200: said({ user: answer.User, pendingEmail: answer.text.optional() }) },
  errors: ["reauthentication_required", "incorrect_password", "too_many_attempts"],
};
const changePassword: Operation = {
  summary: "Changes the password, and ends the other sessions",
  answers: { 200: answer.Message },
  errors: ["incorrect_password", "too_many_attempts"],
};
const deleteAccount: Operation = {
  summary: "Deletes the account; it can be restored for 30 days",
  answers: { 200: answer.Message },
  errors: ["reauthentication_required", "last_admin"],
};

const usersContract: Record<string, Operation> = {
  "GET /api/auth/profile": readProfile,
  "PUT /api/auth/profile": changeProfile,
  "PUT /api/auth/change-password": changePassword,
  "DELETE /api/auth/account": deleteAccount,
  "GET /api/users/me": readProfile,
  "PUT /api/users/me": changeProfile,
  "PUT /api/users/me/password": changePassword,
  "DELETE /api/users/me": deleteAccount,
  "GET /api/users/me/export": {
    summary: "Everything that is held about the account",
    answers: { 200: answer.AccountExport },
  },
  "GET /api/users/me/notifications": {
    summary: "Notifications, the newest first",
    answers: { 200: answer.listOf(answer.Notification, { unread: answer.count }) },
  },
  "POST /api/users/me/notifications/read": {
    summary: "Marks notifications as read",
    answers: { 200: said({ unread: answer.count }) },
  },
  "POST /api/users/me/notifications/:id/confirm": {
    summary: "That login was mine",
    answers: { 200: answer.Message },
    errors: ["not_found", "already_answered", "forbidden"],
  },
  "POST /api/users/me/notifications/:id/deny": {
    summary: "That login was not mine: ends its session, and starts a password reset",
    answers: { 200: answer.Message },
    errors: ["not_found", "already_answered"],
  },
  "POST /api/users/me/ws-ticket": {
    summary: "A ticket that opens one WebSocket",
    answers: { 200: z.strictObject({ ticket: answer.text, expiresIn: answer.count }) },
  },
  "GET /api/users": { summary: "Accounts", answers: { 200: answer.listOf(answer.ManagedUser) } },
  "GET /api/users/:id": {
    summary: "One account",
    answers: { 200: z.strictObject({ user: answer.ManagedUser }) },
    errors: ["not_found"],
  },
};

const securityContract: Record<string, Operation> = {
  "GET /api/security/2fa": { summary: "The second factors that are on", answers: { 200: answer.TwoFactor } },
  "POST /api/security/2fa/totp": {
    summary: "Starts turning an authenticator app on",
    answers: { 200: z.strictObject({ secret: answer.text, uri: answer.text, qrCode: answer.text }) },
    errors: ["two_factor_method_on"],
  },
  "POST /api/security/2fa/totp/verify": {
    summary: "Turns it on with its first code",
    answers: { 200: answer.RecoveryCodes },
    errors: ["incorrect_code", "authenticator_lost"],
  },
  "POST /api/security/2fa/email": {
    summary: "Starts turning codes by e-mail on",
    answers: { 202: answer.Message },
    errors: ["two_factor_method_on", "too_many_attempts"],
  },
  "POST /api/security/2fa/email/verify": {
    summary: "Turns them on with the first code",
    answers: { 200: answer.RecoveryCodes },
    errors: ["incorrect_code"],
  },
  "POST /api/security/2fa/recovery-codes": {
    summary: "New recovery codes; the old ones die",
    answers: { 200: answer.RecoveryCodes },
    errors: ["not_found"],
  },
  "DELETE /api/security/2fa/:method": {
    summary: "Turns a second factor off",
    answers: { 200: answer.Message },
    errors: ["not_found"],
  },
  "POST /api/security/reauthenticate": {
    summary: "Makes this session fresh for 10 minutes",
    answers: { 200: answer.AccessToken },
    errors: ["incorrect_password", "incorrect_code", "authenticator_lost", "too_many_attempts"],
  },
  "GET /api/security/sessions": { summary: "Where one is signed in", answers: { 200: answer.listOf(answer.Session) } },
  "DELETE /api/security/sessions": {
    summary: "Ends all other sessions",
    answers: { 200: said({ ended: answer.count }) },
  },
  "DELETE /api/security/sessions/:id": {
    summary: "Ends one session",
    answers: { 200: answer.Message },
    errors: ["not_found"],
  },
  "GET /api/security/login-history": {
    summary: "Logins, and tries",
    answers: { 200: answer.listOf(answer.Login) },
  },
};

/** By `METHOD /path`, as the routes have them. A route that is missing here fails a test. */
export const contract: Record<string, Operation> = {
  ...publicContract,
  ...authContract,
  ...usersContract,
  ...securityContract,
  ...adminContract,
};
