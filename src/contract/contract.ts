/** The published contract: each route's answers, and the failures that no guard, limit or schema declares. */
import type { Operation } from "./openapi.ts";
import { adminContract } from "./admin.ts";
import * as application from "./application-answers.ts";
import * as answer from "./answers.ts";
import { Departure, IdentityList } from "./login-answers.ts";
import * as passkey from "./passkey-answers.ts";
import { said } from "./answers.ts";
import { webhookContract } from "./webhooks.ts";
import { authContract } from "./auth.ts";

/** For browsers: part of the service, but no client calls it. */
const page = (summary: string): Operation => ({ summary, answers: { 200: "text/html" } });
/** Of the application: not there where PAGES is off. */
const applicationPage = (summary: string): Operation => ({ ...page(summary), errors: ["not_found"] });

const publicContract: Record<string, Operation> = {
  "GET /": page("Home page: what this service is, and links"),
  "GET /robots.txt": { summary: "For search engines: nothing to index", answers: { 200: "text/plain" } },
  "GET /.well-known/security.txt": {
    summary: "Where to report a vulnerability (RFC 9116)",
    answers: { 200: "text/plain" },
    errors: ["not_found"],
  },
  "GET /.well-known/change-password": {
    summary: "Redirects to the page that changes a password",
    answers: { 302: "redirect" },
  },
  "GET /forgot-password": page("Page that requests a link to reset the password"),
  "GET /resend-verification": page("Page that requests a new link to verify an address"),
  "GET /sign-in": applicationPage("Page that signs people in"),
  "GET /email-code": applicationPage("Page of the link that comes with a code to sign in"),
  "GET /register": applicationPage("Page that creates an account"),
  "GET /account/*": applicationPage("Pages of one's own account"),
  "GET /admin/*": applicationPage("Pages of the administration"),
  "GET /gallery": applicationPage("Page of every component, in development"),
  "GET /assets/:file": {
    summary: "A script or a style of these pages",
    answers: { 200: "text/javascript, text/css", 304: "text/javascript, text/css" },
    errors: ["not_found"],
  },
  "GET /brand/:color": {
    summary: "The operator's colour of these pages",
    answers: { 200: "text/css" },
    errors: ["not_found"],
  },
  "GET /docs": page("This contract, for people"),
  "GET /openapi.json": {
    id: "getApiDescription",
    summary: "This contract, for machines",
    answers: { 200: answer.AnyObject },
  },
  "GET /.well-known/jwks.json": {
    id: "getKeySet",
    summary: "The public keys of the access tokens",
    answers: { 200: application.KeySet },
  },
  "GET /.well-known/oauth-authorization-server": {
    id: "getIssuerMetadata",
    summary: "The metadata of the issuer (RFC 8414)",
    answers: { 200: application.Metadata },
  },
  "GET /.well-known/openid-configuration": {
    id: "getProviderMetadata",
    summary: "The same metadata, as OpenID Connect clients look for it",
    answers: { 200: application.Metadata },
  },
  "GET /.well-known/webauthn": {
    id: "getPasskeyOrigins",
    summary: "The origins where passkeys of this domain may be used",
    answers: { 200: answer.object("PasskeyOrigins", { origins: answer.texts }) },
  },
  "GET /.well-known/passkey-endpoints": {
    id: "getPasskeyEndpoints",
    summary: "Where people add and manage passkeys",
    answers: {
      200: answer.object("PasskeyEndpoints", { enroll: answer.text.optional(), manage: answer.text.optional() }),
    },
  },
  "GET /health": { id: "getHealth", summary: "Alive", answers: { 200: answer.Health } },
  "GET /health/ready": {
    id: "getReadiness",
    summary: "The database answers, and the signing keys can be read",
    answers: { 200: answer.Health },
  },
  "GET /reset-password": page("Page of the link that resets a password"),
  "GET /accept-invitation": page("Page of the link that accepts an invitation"),
  "GET /verify-email": page("Page of the link that verifies an address"),
  "GET /confirm-email": page("Page of the link that confirms a new address"),
  "GET /cancel-email-change": page("Page of the link that cancels a change of address"),
  "GET /deny-login": page("Page of the link that reports a stranger's login"),
  "GET /ws": {
    id: "openSocket",
    summary: "Notifications in real time, by WebSocket (`notifications.v1`)",
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

/** The same under the address published first, kept for existing clients. */
const twin = (of: string, operation: Operation): Operation => ({
  ...operation,
  id: `${operation.id}AtOldPath`,
  twinOf: of,
});

/** The user's own account, under two paths each. */
const readProfile: Operation = {
  id: "getProfile",
  summary: "The user's own account",
  answers: { 200: answer.ProfileAnswer },
};
const changeProfile: Operation = {
  id: "changeProfile",
  summary: "Changes the user's own account; a new address must be confirmed first",
  answers: { 200: answer.ProfileChanged },
  errors: ["reauthentication_required", "incorrect_password", "too_many_attempts"],
};
const changePassword: Operation = {
  id: "changePassword",
  summary: "Changes the password, and ends the other sessions",
  answers: { 200: answer.Message },
  errors: ["incorrect_password", "too_many_attempts"],
};
const deleteAccount: Operation = {
  id: "deleteAccount",
  summary: "Deletes the account; it can be restored for 30 days",
  answers: { 200: answer.Message },
  errors: ["reauthentication_required", "last_admin"],
};

const usersContract: Record<string, Operation> = {
  "GET /api/auth/profile": twin("GET /api/users/me", readProfile),
  "PUT /api/auth/profile": twin("PUT /api/users/me", changeProfile),
  "PUT /api/auth/change-password": twin("PUT /api/users/me/password", changePassword),
  "DELETE /api/auth/account": twin("DELETE /api/users/me", deleteAccount),
  "GET /api/users/me": readProfile,
  "PUT /api/users/me": changeProfile,
  "PUT /api/users/me/password": changePassword,
  "DELETE /api/users/me/password": {
    id: "removePassword",
    summary: "Removes the password, where passkeys open the account",
    answers: { 200: answer.Message },
    errors: ["not_found", "last_way_in", "too_many_attempts"],
  },
  "DELETE /api/users/me/pending-email": {
    id: "withdrawEmailChange",
    summary: "Withdraws a change of address that waits for its confirmation",
    answers: { 200: answer.Message },
  },
  "DELETE /api/users/me": deleteAccount,
  "GET /api/users/me/export": {
    id: "exportAccount",
    summary: "All data stored about the account",
    answers: { 200: answer.AccountExport },
  },
  "GET /api/users/me/notifications": {
    id: "listNotifications",
    summary: "Notifications, newest first",
    answers: { 200: answer.listOf("NotificationList", answer.Notification, { unread: answer.count }) },
  },
  "POST /api/users/me/notifications/read": {
    id: "markNotificationsRead",
    summary: "Marks notifications as read",
    answers: { 200: said("NotificationsRead", { unread: answer.count }) },
  },
  "POST /api/users/me/notifications/:id/confirm": {
    id: "confirmNotifiedLogin",
    summary: "Confirms that login as the user's own",
    answers: { 200: answer.Message },
    errors: ["not_found", "already_answered", "forbidden"],
  },
  "POST /api/users/me/notifications/:id/deny": {
    id: "denyNotifiedLogin",
    summary: "Reports that login as a stranger's: ends its session and starts a password reset",
    answers: { 200: answer.Message },
    errors: ["not_found", "already_answered"],
  },
  "POST /api/users/me/ws-ticket": {
    id: "issueSocketTicket",
    summary: "A ticket that opens one WebSocket",
    answers: { 200: answer.object("SocketTicket", { ticket: answer.text, expiresIn: answer.count }) },
  },
  "GET /api/users": {
    id: "listUsers",
    summary: "Accounts",
    twinOf: "GET /api/admin/users",
    answers: { 200: answer.ManagedUserList },
  },
  "GET /api/users/:id": {
    id: "getUser",
    summary: "One account",
    answers: { 200: answer.object("ManagedUserView", { user: answer.ManagedUser }) },
    errors: ["not_found"],
  },
};

const securityContract: Record<string, Operation> = {
  "GET /api/security/2fa": {
    id: "getTwoFactor",
    summary: "The enabled second factors",
    answers: { 200: answer.TwoFactor },
  },
  "POST /api/security/2fa/totp": {
    id: "startTotp",
    summary: "Starts enabling an authenticator app",
    answers: { 200: answer.object("TotpSecret", { secret: answer.text, uri: answer.text, qrCode: answer.text }) },
    errors: ["two_factor_method_on"],
  },
  "POST /api/security/2fa/totp/verify": {
    id: "confirmTotp",
    body: "FirstCode",
    summary: "Enables it with its first code",
    answers: { 200: answer.RecoveryCodes },
    errors: ["incorrect_code", "authenticator_lost", "too_many_attempts"],
  },
  "POST /api/security/2fa/email": {
    id: "startEmailCodes",
    summary: "Starts enabling codes by e-mail",
    answers: { 202: answer.Message },
    errors: ["two_factor_method_on", "too_many_attempts"],
  },
  "POST /api/security/2fa/email/verify": {
    id: "confirmEmailCodes",
    body: "FirstCode",
    summary: "Enables them with the first code",
    answers: { 200: answer.RecoveryCodes },
    errors: ["incorrect_code", "too_many_attempts"],
  },
  "POST /api/security/2fa/recovery-codes": {
    id: "replaceRecoveryCodes",
    summary: "Creates new recovery codes; the old ones stop working",
    answers: { 200: answer.RecoveryCodes },
    errors: ["not_found", "too_many_attempts"],
  },
  "DELETE /api/security/2fa/:method": {
    id: "turnOffTwoFactor",
    summary: "Disables a second factor",
    answers: { 200: answer.Message },
    errors: ["not_found", "too_many_attempts"],
  },
  "GET /api/security/identities": {
    id: "listIdentities",
    summary: "The accounts at other services that sign in to the user's",
    answers: { 200: IdentityList },
  },
  "POST /api/security/identities": {
    id: "linkIdentity",
    summary: "Where the browser goes to link an account at another service",
    body: "IdentityLink",
    answers: { 200: Departure },
    errors: ["not_found", "provider_unavailable"],
  },
  "DELETE /api/security/identities/:id": {
    id: "unlinkIdentity",
    summary: "Unlinks one, and ends the other sessions",
    answers: { 200: answer.Message },
    errors: ["not_found", "last_way_in"],
  },
  "GET /api/security/passkeys": {
    id: "listPasskeys",
    summary: "The user's passkeys",
    answers: { 200: passkey.Passkeys },
  },
  "POST /api/security/passkeys/options": {
    id: "startPasskey",
    summary: "What a browser needs to create a passkey",
    answers: { 200: passkey.PasskeyCreationOptions },
    errors: ["too_many_attempts"],
  },
  "POST /api/security/passkeys": {
    id: "addPasskey",
    summary: "Adds the passkey that the browser has created",
    answers: { 201: passkey.PasskeyAdded },
    errors: ["incorrect_passkey", "passkey_taken", "too_many_passkeys", "too_many_attempts"],
  },
  "PATCH /api/security/passkeys/:id": {
    id: "renamePasskey",
    summary: "Names a passkey",
    answers: { 200: answer.Message },
    errors: ["not_found", "too_many_attempts"],
  },
  "DELETE /api/security/passkeys/:id": {
    id: "removePasskey",
    summary: "Removes a passkey",
    answers: { 200: answer.Message },
    errors: ["not_found", "last_way_in", "too_many_attempts"],
  },
  "GET /api/security/api-keys": {
    id: "listApiKeys",
    summary: "The user's API keys",
    answers: { 200: application.ApiKeys },
  },
  "POST /api/security/api-keys": {
    id: "addApiKey",
    body: "NewApiKey",
    summary: "Creates an API key, which is shown once",
    answers: { 201: application.ApiKeyIssued },
    errors: ["not_grantable", "forbidden", "two_factor_required", "too_many_api_keys", "too_many_attempts"],
  },
  "PATCH /api/security/api-keys/:id": {
    id: "renameApiKey",
    summary: "Names an API key",
    answers: { 200: answer.Message },
    errors: ["not_found", "too_many_attempts"],
  },
  "POST /api/security/api-keys/:id/rotate": {
    id: "rotateApiKey",
    body: "ApiKeyRotation",
    summary: "A new secret for an API key; the one before works for a while more",
    answers: { 200: application.ApiKeyIssued },
    errors: ["not_found", "too_many_attempts"],
  },
  "DELETE /api/security/api-keys/:id": {
    id: "revokeApiKey",
    summary: "Revokes an API key",
    answers: { 200: answer.Message },
    errors: ["not_found", "too_many_attempts"],
  },
  "GET /api/security/applications": {
    id: "listConnectedApplications",
    summary: "Applications that the user has let in",
    answers: { 200: application.ConnectedApplications },
  },
  "DELETE /api/security/applications/:id": {
    id: "withdrawConsent",
    summary: "Lets an application have nothing any more",
    answers: { 200: answer.Message },
    errors: ["not_found", "too_many_attempts"],
  },
  "POST /api/security/reauthenticate": {
    id: "reauthenticate",
    summary: "Makes this session fresh for 10 minutes",
    answers: { 200: answer.AccessToken },
    errors: ["incorrect_password", "incorrect_code", "incorrect_passkey", "authenticator_lost", "too_many_attempts"],
  },
  "POST /api/security/reauthenticate/options": {
    id: "startReauthentication",
    summary: "What a browser needs to reauthenticate with a passkey",
    answers: { 200: passkey.PasskeyRequestOptions },
  },
  "GET /api/security/sessions": {
    id: "listSessions",
    summary: "The user's sessions",
    answers: { 200: answer.listOf("SessionList", answer.Session) },
  },
  "DELETE /api/security/sessions": {
    id: "endOtherSessions",
    summary: "Ends all other sessions",
    answers: { 200: said("SessionsEnded", { ended: answer.count }) },
  },
  "DELETE /api/security/sessions/:id": {
    id: "endSession",
    summary: "Ends one session",
    answers: { 200: answer.Message },
    errors: ["not_found"],
  },
  "GET /api/security/login-history": {
    id: "listLogins",
    summary: "Logins, and tries",
    answers: { 200: answer.listOf("LoginList", answer.Login) },
  },
};

const askingPage = (summary: string): Operation => ({
  summary,
  answers: { 200: "text/html", 400: "text/html" },
  errors: ["not_found"],
});

const byForm: Pick<Operation, "answers" | "errors"> = {
  answers: { 200: "text/html", 400: "text/html, application/json" },
  errors: ["origin_not_allowed"],
};

const leadingOn = (operation: Operation): Operation => ({
  ...operation,
  answers: { ...operation.answers, 303: "redirect" },
});

const oauthContract: Record<string, Operation> = {
  "GET /oauth/authorize": leadingOn(askingPage("Page where applications send people to sign in")),
  "POST /oauth/authorize": { ...askingPage("The same, by a form"), ...byForm },
  "POST /oauth/consent": leadingOn({ ...askingPage("What that page's form sends"), ...byForm }),
  "GET /oauth/logout": leadingOn(askingPage("Page where applications send people to sign out")),
  "POST /oauth/logout": leadingOn({ ...askingPage("What that page's form sends"), ...byForm }),
  "GET /oauth/userinfo": {
    id: "getUserInfo",
    summary: "Who the person is, for the application that they signed in to (OpenID Connect)",
    answers: { 200: application.UserInfo },
    errors: ["authentication_required", "invalid_token"],
  },
  "POST /oauth/userinfo": {
    id: "postUserInfo",
    summary: "The same, for clients that send a POST",
    answers: { 200: application.UserInfo },
    errors: ["authentication_required", "invalid_token"],
  },
  "POST /oauth/register": {
    id: "registerClient",
    summary: "An application without a secret registers itself, where OPEN_CLIENTS says so (RFC 7591)",
    answers: { 201: application.RegisteredClient, 400: application.OAuthRefusal },
    errors: ["not_found"],
  },
  "POST /oauth/revoke": {
    id: "revokeToken",
    summary: "Ends what a refresh token of this application was for (RFC 7009)",
    answers: { 200: answer.object("TokenRevoked", {}), 400: application.OAuthRefusal, 401: application.OAuthRefusal },
  },
  "POST /oauth/token": {
    id: "issueToken",
    summary: "Tokens for a code, for a refresh token, or for the application itself (RFC 6749)",
    answers: { 200: application.OAuthToken, 400: application.OAuthRefusal, 401: application.OAuthRefusal },
  },
  "POST /oauth/introspect": {
    id: "introspectToken",
    summary: "Whether a token for this application is good (RFC 7662)",
    answers: { 200: application.Introspection, 400: application.OAuthRefusal, 401: application.OAuthRefusal },
  },
};

/** By `METHOD /path`, as in the routes. A route that is missing here fails a test. */
export const contract: Record<string, Operation> = {
  ...publicContract,
  ...authContract,
  ...usersContract,
  ...securityContract,
  ...adminContract,
  ...webhookContract,
  ...oauthContract,
};
