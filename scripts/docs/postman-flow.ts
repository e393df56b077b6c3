/**
 * The order of requests in the Postman collection, so that each finds what it needs, and the expected answer of each.
 */

export interface Step {
  /** The operation of the contract. */
  id: string;
  /** Set if it differs from the operation's own summary. */
  name?: string;
  /** The expected result: a success status, or the code of a refusal. */
  expect: number | string;
  /** Whose token it uses: none if omitted and the route is open to anyone. */
  as?: "member" | "administrator";
  /** Instead of the example; `undefined` omits a field. */
  body?: Record<string, unknown>;
  /** Path parameters, by name. */
  path?: Record<string, string>;
  /** Variable → the place of its value in the answer. */
  keep?: Record<string, string>;
  /** Script that runs before. */
  before?: string[];
  /** Other assertions. */
  check?: string[];
}

const set = (name: string, value: string) => `pm.collectionVariables.set("${name}", ${value});`;

/** RFC 6238, from the secret in the variable `totpSecret`; `offset` counts in steps of 30 seconds. */
const totp = (offset: number) => [
  'const secret = pm.collectionVariables.get("totpSecret");',
  'const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");',
  'const key = bits.match(/.{8}/g).map((byte) => parseInt(byte, 2).toString(16).padStart(2, "0")).join("");',
  `const counter = (Math.floor(Date.now() / 30000) + ${offset}).toString(16).padStart(16, "0");`,
  "const hmac = CryptoJS.HmacSHA1(CryptoJS.enc.Hex.parse(counter), CryptoJS.enc.Hex.parse(key)).toString();",
  "const number = parseInt(hmac.substr(parseInt(hmac.slice(-1), 16) * 2, 8), 16) & 0x7fffffff;",
  set("code", 'String(number % 1000000).padStart(6, "0")'),
];

const tokens = { token: "token", refreshToken: "refreshToken" };
const own = { email: "{{email}}", password: "{{password}}" };
const user = { path: { id: "{{userId}}" }, as: "administrator" } as const;
const invited = { path: { id: "{{invitedId}}" }, as: "administrator" } as const;
const role = { path: { id: "{{roleId}}" }, as: "administrator" } as const;
const webhook = { path: { id: "{{webhookId}}" }, as: "administrator" } as const;
const application = { path: { id: "{{clientId}}" }, as: "administrator" } as const;
const client = { client_id: "{{clientId}}", client_secret: "{{clientSecret}}" };
const noGrant = {
  scope: undefined,
  resource: undefined,
  code: undefined,
  code_verifier: undefined,
  redirect_uri: undefined,
  refresh_token: undefined,
};
const member = { as: "member" } as const;
const administrator = { as: "administrator" } as const;
/** Only a mail has a good one. */
const deadLink = { body: { token: "not-a-link" }, expect: "invalid_link" };

export const FLOW: Record<string, Step[]> = {
  "The service": [
    { id: "getHealth", expect: 200 },
    { id: "getReadiness", expect: 200 },
    { id: "getKeySet", expect: 200 },
    { id: "getIssuerMetadata", expect: 200 },
    { id: "getProviderMetadata", expect: 200 },
    { id: "getApiDescription", expect: 200 },
    { id: "getPasskeyOrigins", expect: 200 },
    { id: "getPasskeyEndpoints", expect: 200 },
    { id: "openSocket", name: "A WebSocket request without an upgrade", expect: "upgrade_required" },
  ],
  "Getting in": [
    {
      id: "register",
      expect: 201,
      body: own,
      before: [set("email", "`ada-${Date.now()}@example.com`"), set("password", '"Correct cheval pile agrafe"')],
      keep: { ...tokens, userId: "user.id" },
    },
    { id: "register", name: "The same address again", expect: "email_taken", body: own },
    { id: "logIn", name: "A wrong password", expect: "invalid_credentials", body: { ...own, password: "Another one" } },
    { id: "logIn", expect: 200, body: { ...own, deviceToken: undefined }, keep: tokens },
    { id: "refreshTokens", expect: 200, body: { refreshToken: "{{refreshToken}}" }, keep: tokens },
    {
      id: "verifyToken",
      expect: 200,
      body: { token: "{{token}}", audience: undefined, permission: undefined },
      check: [
        "pm.expect(answer.active).to.equal(true);",
        'pm.expect(answer.claims.sub).to.equal(pm.collectionVariables.get("userId"));',
      ],
    },
    { id: "startPasskeyLogin", expect: 200 },
    // Only an authenticator has a good one.
    {
      id: "logInWithPasskey",
      name: "A passkey that nobody has",
      expect: "invalid_passkey",
      body: { deviceToken: undefined },
    },
    { id: "requestLoginCode", expect: 202, body: { email: "nobody@example.com", deviceToken: undefined } },
    {
      id: "logInWithCode",
      name: "A code that nobody has asked for",
      expect: "invalid_code",
      body: { code: "123456", emailCodeToken: "not-a-request", deviceToken: undefined },
    },
    { id: "listProviders", expect: 200 },
    { id: "resendVerification", expect: 202, body: { email: "{{email}}" } },
    { id: "requestPasswordReset", expect: 202, body: { email: "nobody@example.com" } },
    { id: "verifyEmail", ...deadLink },
    { id: "confirmEmailChange", ...deadLink },
    { id: "cancelEmailChange", ...deadLink },
    { id: "resetPassword", ...deadLink },
    { id: "denyLogin", ...deadLink },
    {
      id: "sendLoginCode",
      name: "The code of a second step that nobody has started",
      expect: "invalid_two_factor_token",
      body: { twoFactorToken: "not-a-challenge" },
    },
  ],
  "One's own account": [
    {
      id: "getProfile",
      expect: 200,
      ...member,
      check: ['pm.expect(answer.user.email).to.equal(pm.collectionVariables.get("email"));'],
    },
    {
      id: "changeProfile",
      expect: 200,
      ...member,
      body: { prenom: "Augusta", email: undefined, currentPassword: undefined },
      check: ['pm.expect(answer.user.prenom).to.equal("Augusta");'],
    },
    { id: "withdrawEmailChange", expect: 200, ...member },
    { id: "getProfileAtOldPath", expect: 200, ...member },
    { id: "changeProfileAtOldPath", expect: 200, ...member, body: { email: undefined, currentPassword: undefined } },
    { id: "exportAccount", expect: 200, ...member },
    {
      id: "changePassword",
      name: "A wrong current password",
      expect: "incorrect_password",
      ...member,
      body: { currentPassword: "Another one" },
    },
    { id: "changePassword", expect: 200, ...member, body: { currentPassword: "{{password}}" } },
    {
      id: "changePasswordAtOldPath",
      expect: 200,
      ...member,
      body: { currentPassword: "Un autre cheval très correct", newPassword: "{{password}}" },
    },
  ],
  Notifications: [
    { id: "listNotifications", expect: 200, ...member },
    { id: "markNotificationsRead", expect: 200, ...member, body: { ids: undefined, all: true } },
    {
      id: "confirmNotifiedLogin",
      name: "Confirm a login without such a notification",
      expect: "not_found",
      ...member,
      path: { id: "999999999" },
    },
    {
      id: "denyNotifiedLogin",
      name: "Deny a login without such a notification",
      expect: "not_found",
      ...member,
      path: { id: "999999999" },
    },
    { id: "issueSocketTicket", expect: 200, ...member },
  ],
  "Security of the account": [
    { id: "getTwoFactor", expect: 200, ...member },
    { id: "startTotp", expect: 200, ...member, keep: { totpSecret: "secret" } },
    { id: "confirmTotp", expect: 200, ...member, before: totp(0), body: { code: "{{code}}" } },
    {
      id: "logIn",
      name: "Log in: asks for the second step",
      expect: 200,
      body: { ...own, deviceToken: undefined },
      keep: { twoFactorToken: "twoFactorToken" },
    },
    {
      id: "logInWithSecondFactor",
      name: "A wrong code",
      expect: "invalid_code",
      body: { twoFactorToken: "{{twoFactorToken}}", method: "totp", code: "000000" },
    },
    {
      id: "logInWithSecondFactor",
      expect: 200,
      before: totp(1),
      body: { twoFactorToken: "{{twoFactorToken}}", method: "totp", code: "{{code}}" },
      keep: tokens,
    },
    { id: "reauthenticate", expect: 200, ...member, body: { password: "{{password}}" }, keep: { token: "token" } },
    { id: "replaceRecoveryCodes", expect: 200, ...member },
    { id: "turnOffTwoFactor", expect: 200, ...member, path: { method: "totp" } },
    { id: "startEmailCodes", expect: 202, ...member },
    {
      id: "confirmEmailCodes",
      name: "A wrong code by mail",
      expect: "incorrect_code",
      ...member,
      body: { code: "000000" },
    },
    { id: "listIdentities", expect: 200, ...member },
    {
      id: "linkIdentity",
      name: "A service that is not configured",
      expect: "not_found",
      ...member,
      body: { provider: "nobody", returnTo: undefined },
    },
    {
      id: "unlinkIdentity",
      name: "An identity that is not there",
      expect: "not_found",
      ...member,
      path: { id: "2147483647" },
    },
    { id: "listPasskeys", expect: 200, ...member },
    { id: "startPasskey", expect: 200, ...member },
    { id: "addPasskey", name: "A passkey for no challenge of ours", expect: "incorrect_passkey", ...member },
    {
      id: "renamePasskey",
      name: "A passkey that does not exist",
      expect: "not_found",
      ...member,
      path: { id: "999999999" },
    },
    {
      id: "removePasskey",
      name: "A passkey that does not exist",
      expect: "not_found",
      ...member,
      path: { id: "999999999" },
    },
    {
      id: "addApiKey",
      expect: 201,
      ...member,
      body: { name: "Nightly backup", permissions: [] },
      keep: { apiKeyId: "apiKey.id" },
    },
    { id: "listConnectedApplications", expect: 200, ...member },
    {
      id: "withdrawConsent",
      name: "An application that was never let in",
      expect: "not_found",
      ...member,
      path: { id: "app_0123456789abcdef" },
    },
    { id: "listApiKeys", expect: 200, ...member },
    { id: "renameApiKey", expect: 200, ...member, path: { id: "{{apiKeyId}}" } },
    { id: "rotateApiKey", expect: 200, ...member, path: { id: "{{apiKeyId}}" } },
    { id: "revokeApiKey", expect: 200, ...member, path: { id: "{{apiKeyId}}" } },
    { id: "startReauthentication", expect: 200, ...member },
    {
      id: "removePassword",
      name: "The password, where no passkey opens the account",
      expect: "last_way_in",
      ...member,
    },
    { id: "listSessions", expect: 200, ...member },
    { id: "endOtherSessions", expect: 200, ...member },
    {
      id: "endSession",
      name: "A session that does not exist",
      expect: "not_found",
      ...member,
      path: { id: "00000000-0000-4000-8000-000000000000" },
    },
    { id: "listLogins", expect: 200, ...member },
  ],
  Administration: [
    {
      id: "logIn",
      name: "Log in as an administrator (variables adminEmail and adminPassword)",
      expect: 200,
      body: { email: "{{adminEmail}}", password: "{{adminPassword}}", deviceToken: undefined },
      keep: { adminToken: "token" },
    },
    { id: "listManagedUsers", expect: 200, ...administrator },
    { id: "listUsers", expect: 200, ...administrator },
    { id: "getUser", expect: 200, ...user },
    { id: "getManagedUser", expect: 200, ...user },
    {
      id: "inviteUser",
      expect: 201,
      ...administrator,
      before: [set("invitedEmail", "`grace-${Date.now()}@example.com`")],
      body: { email: "{{invitedEmail}}" },
      keep: { invitedId: "user.id" },
    },
    {
      id: "changeUser",
      expect: 200,
      ...invited,
      body: { prenom: "Grace", roleId: undefined, email: undefined, isVerified: undefined },
    },
    { id: "unlockUser", expect: 200, ...invited },
    { id: "logOutUser", expect: 200, ...invited },
    // Nobody has signed in there.
    {
      id: "endUserSession",
      name: "A session of an account that has none",
      expect: "not_found",
      as: "administrator",
      path: { id: "{{invitedId}}", sessionId: "00000000-0000-4000-8000-000000000000" },
    },
    { id: "listUserApiKeys", expect: 200, ...invited },
    {
      id: "revokeUserApiKey",
      name: "An API key of an account that has none",
      expect: "not_found",
      as: "administrator",
      path: { id: "{{invitedId}}", keyId: "0123456789abcdef" },
    },
    { id: "impersonateUser", expect: 201, ...invited, body: { reason: "Ticket 42" } },
    { id: "resetTwoFactor", expect: 200, ...invited },
    { id: "deleteUser", expect: 200, ...invited },
    { id: "restoreUser", expect: 200, ...invited },
    { id: "importUsers", expect: 200, ...administrator, body: { email: "imported-{{invitedEmail}}" } },
    {
      id: "addApplication",
      expect: 201,
      ...administrator,
      body: {
        name: "Nightly export",
        permissions: ["articles:read"],
        audiences: [],
        isPublic: false,
        isFirstParty: false,
        // The example's name resolves to nothing.
        backchannelLogoutUri: undefined,
      },
      keep: { clientId: "application.id", clientSecret: "secret" },
    },
    { id: "listApplications", expect: 200, ...administrator },
    {
      id: "issueToken",
      expect: 200,
      body: { ...client, ...noGrant },
      keep: { machineToken: "access_token" },
    },
    { id: "registerClient", name: "An application that registers itself, while that is off", expect: "not_found" },
    { id: "revokeToken", expect: 200, body: { ...client, token: "not-one-of-ours" } },
    { id: "getUserInfo", name: "Who nobody is", expect: "authentication_required" },
    { id: "postUserInfo", name: "Who nobody is, by a POST", expect: "authentication_required" },
    { id: "introspectToken", expect: 200, body: { ...client, token: "{{machineToken}}" } },
    {
      id: "changeApplication",
      expect: 200,
      ...application,
      body: {
        name: "Export",
        permissions: undefined,
        audiences: undefined,
        backchannelLogoutUri: undefined,
        isActive: undefined,
        isFirstParty: undefined,
      },
    },
    { id: "rotateSecret", expect: 200, ...application },
    { id: "removeApplication", expect: 200, ...application },
    {
      id: "createWebhook",
      expect: 201,
      ...administrator,
      body: { url: "http://127.0.0.1:9/", description: "Billing", events: ["user.deleted"] },
      keep: { webhookId: "webhook.id" },
    },
    { id: "listWebhooks", expect: 200, ...administrator },
    {
      id: "changeWebhook",
      expect: 200,
      ...webhook,
      body: { url: undefined, description: "Invoices", events: undefined, isActive: undefined },
    },
    { id: "rotateWebhookSecret", expect: 200, ...webhook },
    { id: "testWebhook", expect: 202, ...webhook, keep: { deliveryId: "deliveryId" } },
    { id: "listWebhookDeliveries", expect: 200, ...webhook },
    {
      id: "replayWebhookDelivery",
      expect: 202,
      ...administrator,
      path: { id: "{{webhookId}}", deliveryId: "{{deliveryId}}" },
    },
    { id: "replayFailedWebhookDeliveries", expect: 202, ...webhook, body: { since: "2026-01-31T09:30:00Z" } },
    { id: "deleteWebhook", expect: 200, ...webhook },
    { id: "listPermissions", expect: 200, ...administrator },
    { id: "listRoles", expect: 200, ...administrator },
    {
      id: "createRole",
      expect: 201,
      ...administrator,
      before: [set("roleName", "`editor-${Date.now()}`")],
      body: { name: "{{roleName}}" },
      keep: { roleId: "role.id" },
    },
    { id: "getRole", expect: 200, ...role },
    { id: "changeRole", expect: 200, ...role, body: { name: "{{roleName}}" } },
    { id: "deleteRole", expect: 200, ...role },
    { id: "listAuditRecords", expect: 200, ...administrator },
    { id: "verifyAuditLog", expect: 200, ...administrator, check: ["pm.expect(answer.intact).to.equal(true);"] },
    { id: "getStatistics", expect: 200, ...administrator },
    {
      id: "broadcast",
      expect: 202,
      ...administrator,
      body: { all: undefined, userIds: ["{{userId}}"] },
      keep: { broadcastId: "broadcastId" },
    },
    { id: "getBroadcast", expect: 200, ...administrator, path: { broadcastId: "{{broadcastId}}" } },
    { id: "listDeadJobs", expect: 200, ...administrator },
    {
      id: "replayDeadJob",
      name: "A job that does not exist",
      expect: "not_found",
      ...administrator,
      path: { id: "999999999" },
    },
  ],
  "Getting out": [
    { id: "deleteAccount", expect: 200, ...member },
    {
      id: "deleteAccountAtOldPath",
      name: "The deleted account has no session any more",
      expect: "invalid_token",
      ...member,
    },
    { id: "logOut", expect: 200, body: { refreshToken: "{{refreshToken}}" } },
  ],
};
