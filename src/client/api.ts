/** What the service takes and answers. Written by scripts/docs/client-types.ts from its OpenAPI document. */

/** By name: the bodies of requests and answers. Times are ISO 8601 in UTC, durations are in seconds. */
export interface Schemas {
  Problem: { type: string; title: string; status: number; detail: string; message: string; code: string; errors?: { pointer: string; detail: string }[] | undefined; requestId: string };
  KeySet: { keys: Schemas["Jwk"][] };
  Jwk: { kty: string; kid: string; alg: string; use: string; crv?: string | undefined; x?: string | undefined; y?: string | undefined; n?: string | undefined; e?: string | undefined };
  Metadata: { issuer: string; jwks_uri: string; token_endpoint: string; token_endpoint_auth_methods_supported: string[]; introspection_endpoint: string; introspection_endpoint_auth_methods_supported: string[]; authorization_endpoint?: string | undefined; userinfo_endpoint?: string | undefined; revocation_endpoint?: string | undefined; revocation_endpoint_auth_methods_supported?: string[] | undefined; end_session_endpoint?: string | undefined; backchannel_logout_supported?: boolean | undefined; backchannel_logout_session_supported?: boolean | undefined; registration_endpoint?: string | undefined; client_id_metadata_document_supported?: boolean | undefined; response_types_supported: string[]; response_modes_supported?: string[] | undefined; grant_types_supported: string[]; code_challenge_methods_supported?: string[] | undefined; authorization_response_iss_parameter_supported?: boolean | undefined; prompt_values_supported?: string[] | undefined; scopes_supported?: string[] | undefined; subject_types_supported?: string[] | undefined; id_token_signing_alg_values_supported?: string[] | undefined; claims_supported?: string[] | undefined; ui_locales_supported?: string[] | undefined; request_parameter_supported?: boolean | undefined; request_uri_parameter_supported?: boolean | undefined };
  PasskeyOrigins: { origins: string[] };
  PasskeyEndpoints: { enroll?: string | undefined; manage?: string | undefined };
  Health: { status: string };
  AnyObject: Record<string, unknown>;
  RegisterRequest: { prenom: string; nom: string; email: string; password: string; telephone?: string | null | undefined; transport?: "body" | "cookie" | undefined };
  SignedIn: { message: string; token: string; expiresIn: number; refreshToken?: string | undefined; user: Schemas["User"]; deviceToken?: string | undefined };
  User: { id: string; prenom: string; nom: string; email: string; role: number; createdAt: string; updatedAt: string; telephone: string | null; isVerified: boolean; twoFactorEnabled: boolean; permissions: string[]; locale: "fr" | "en" };
  Message: { message: string };
  LogInRequest: { email: string; password: string; transport?: "body" | "cookie" | undefined; deviceToken?: string | undefined };
  LoginAnswer: Schemas["SignedIn"] | Schemas["Challenge"];
  Challenge: { message: string; twoFactorRequired: true; twoFactorToken: string; methods: ("passkey" | "totp" | "email" | "recovery_code")[]; challenges?: Schemas["FactorChallenges"] | undefined };
  FactorChallenges: { passkey?: { challenge: string; rpId: string; timeout: number; userVerification: "required" | "preferred" | "discouraged"; allowCredentials: { type: "public-key"; id: string; transports: string[] }[] } | undefined };
  LogInWithSecondFactorRequest: { twoFactorToken: string; method: "passkey"; credential: { id: string; rawId: string; type: "public-key"; response: { clientDataJSON: string; authenticatorData: string; signature: string; userHandle?: string | null | undefined } }; transport?: "body" | "cookie" | undefined } | { twoFactorToken: string; method: "totp" | "email" | "recovery_code"; code: string; transport?: "body" | "cookie" | undefined };
  SendLoginCodeRequest: { twoFactorToken: string };
  PasskeyRequestOptions: { challenge: string; rpId: string; timeout: number; userVerification: "required" | "preferred" | "discouraged"; allowCredentials: Schemas["PasskeyDescriptor"][] };
  PasskeyDescriptor: { type: "public-key"; id: string; transports: string[] };
  LogInWithPasskeyRequest: { credential: { id: string; rawId: string; type: "public-key"; response: { clientDataJSON: string; authenticatorData: string; signature: string; userHandle?: string | null | undefined } }; transport?: "body" | "cookie" | undefined; deviceToken?: string | undefined };
  LoginCodeRequest: { email: string; transport?: "body" | "cookie" | undefined; deviceToken?: string | undefined };
  LoginCodeRequested: { message: string; emailCodeToken?: string | undefined };
  CodeLogin: { code: string; emailCodeToken?: string | undefined; transport?: "body" | "cookie" | undefined; deviceToken?: string | undefined };
  LinkToken: { token: string };
  RefreshTokensRequest: { refreshToken?: string | undefined };
  Tokens: { token: string; expiresIn: number; refreshToken?: string | undefined };
  LogOutRequest: { refreshToken?: string | undefined };
  PasswordResetRequest: { email: string; deviceToken?: string | undefined };
  ResetPasswordRequest: { token: string; password: string };
  AddressProof: { token: string; password?: string | undefined };
  AddressRequest: { email: string };
  VerifyTokenRequest: { token: string; audience?: string | undefined; permission?: string | undefined; strict?: boolean | undefined; ifUnknown?: "accept" | "refuse" | undefined };
  Verdict: Schemas["GoodToken"] | Schemas["BadToken"];
  GoodToken: { active: true; claims: Schemas["Claims"] };
  Claims: { iss: string; aud: string | string[]; sub: string; iat: number; exp: number; jti: string; sid: string; role: number; permissions: string[]; amr: string[]; auth_time: number; client_id?: string | undefined; scope?: string | undefined; grant_id?: string | undefined };
  BadToken: { active: false; reason: string };
  ProfileAnswer: { message: string; user: Schemas["User"]; pendingEmail?: string | undefined };
  ChangeProfileAtOldPathRequest: { prenom?: string | undefined; nom?: string | undefined; telephone?: string | null | undefined; locale?: "fr" | "en" | undefined; email?: string | undefined; currentPassword?: string | undefined };
  ProfileChanged: { message: string; user: Schemas["User"]; pendingEmail?: string | undefined };
  ChangePasswordAtOldPathRequest: { currentPassword: string; newPassword: string };
  ProviderList: { providers: Schemas["Provider"][] };
  Provider: { id: string; name: string };
  IdentityList: { identities: Schemas["Identity"][] };
  Identity: { id: number; provider: string | null; issuer: string; email: string | null; linkedAt: string; lastUsedAt: string | null };
  IdentityLink: { provider: string; returnTo?: string | undefined };
  Departure: { url: string };
  AccountExport: { exportedAt: string; account: Record<string, unknown>; refresh_tokens: Record<string, unknown>[]; one_time_tokens: Record<string, unknown>[]; two_factor_methods: Record<string, unknown>[]; recovery_codes: Record<string, unknown>[]; passkeys: Record<string, unknown>[]; identities: Record<string, unknown>[]; api_keys: Record<string, unknown>[]; oauth_consents: Record<string, unknown>[]; oauth_grants: Record<string, unknown>[]; login_history: Record<string, unknown>[]; known_devices: Record<string, unknown>[]; login_places: Record<string, unknown>[]; notifications: Record<string, unknown>[]; login_throttles: Record<string, unknown>[]; audit_logs: Record<string, unknown>[]; dead_jobs: Record<string, unknown>[] };
  ChangeProfileRequest: { prenom?: string | undefined; nom?: string | undefined; telephone?: string | null | undefined; locale?: "fr" | "en" | undefined; email?: string | undefined; currentPassword?: string | undefined };
  ChangePasswordRequest: { currentPassword: string; newPassword: string };
  NotificationList: { data: Schemas["Notification"][]; pagination: Schemas["Pagination"]; unread: number };
  Notification: { id: number; type: string; title: string; content: string; data: Record<string, unknown>; readAt: string | null; createdAt: string };
  Pagination: { limit: number; nextCursor: string | null };
  MarkNotificationsReadRequest: { ids: number[] } | { all: true };
  NotificationsRead: { message: string; unread: number };
  SocketTicket: { ticket: string; expiresIn: number };
  ManagedUserList: { data: Schemas["ManagedUser"][]; pagination: Schemas["Pagination"] };
  ManagedUser: { id: string; prenom: string; nom: string; email: string; role: number; createdAt: string; updatedAt: string; telephone: string | null; isVerified: boolean; twoFactorEnabled: boolean; permissions: string[]; locale: "fr" | "en"; isActive: boolean; lastLoginAt: string | null; deletedAt: string | null; roleId: number; roleName: string };
  ManagedUserView: { user: Schemas["ManagedUser"] };
  TwoFactor: { methods: Schemas["TwoFactorMethod"][]; recoveryCodesLeft: number };
  TwoFactorMethod: { method: "passkey" | "totp" | "email"; since: string };
  TotpSecret: { secret: string; uri: string; qrCode: string };
  FirstCode: { code: string };
  RecoveryCodes: { message: string; recoveryCodes: string[] };
  ReauthenticateRequest: { password: string } | { method: "passkey"; credential: { id: string; rawId: string; type: "public-key"; response: { clientDataJSON: string; authenticatorData: string; signature: string; userHandle?: string | null | undefined } } } | { method: "totp" | "recovery_code"; code: string };
  AccessToken: { message: string; token: string; expiresIn: number };
  SessionList: { data: Schemas["Session"][]; pagination: Schemas["Pagination"] };
  Session: { ipAddress: string | null; country: string | null; city: string | null; id: string; methods: string[]; createdAt: string; lastUsedAt: string; expiresAt: string; current: boolean; impersonated: boolean; device: Schemas["Device"]; authenticatedAt: string };
  Device: { browser: string | null; os: string | null; type: "desktop" | "mobile" | null };
  SessionsEnded: { message: string; ended: number };
  LoginList: { data: Schemas["Login"][]; pagination: Schemas["Pagination"] };
  Login: { ipAddress: string | null; country: string | null; city: string | null; outcome: "success" | "failure" | "two_factor_required" | "locked"; reason: string | null; method: string | null; createdAt: string; id: number; sessionId: string | null; device: Schemas["Device"] };
  Passkeys: { passkeys: Schemas["Passkey"][]; rpId: string; userHandle: string | null; hasPassword: boolean };
  Passkey: { id: number; credentialId: string; name: string | null; aaguid: string; transports: string[]; backupEligible: boolean; backedUp: boolean; signsIn: boolean; createdAt: string; lastUsedAt: string | null };
  PasskeyCreationOptions: { rp: Schemas["PasskeyRelyingParty"]; user: Schemas["PasskeyUser"]; challenge: string; pubKeyCredParams: Schemas["PasskeyAlgorithm"][]; timeout: number; excludeCredentials: Schemas["PasskeyDescriptor"][]; authenticatorSelection: Schemas["PasskeyPreferences"]; attestation: "none"; extensions: Schemas["PasskeyExtensions"] };
  PasskeyRelyingParty: { id: string; name: string };
  PasskeyUser: { id: string; name: string; displayName: string };
  PasskeyAlgorithm: { type: "public-key"; alg: number };
  PasskeyPreferences: { residentKey: "preferred"; userVerification: "preferred" };
  PasskeyExtensions: { credProps: true };
  AddPasskeyRequest: { credential: { id: string; rawId: string; type: "public-key"; response: { clientDataJSON: string; attestationObject: string; transports?: string[] | undefined }; clientExtensionResults?: { credProps?: { rk?: boolean | undefined } | undefined } | undefined }; name?: string | undefined };
  PasskeyAdded: { message: string; recoveryCodes?: string[] | undefined };
  RenamePasskeyRequest: { name: string };
  ApiKeys: { apiKeys: Schemas["ApiKey"][] };
  ApiKey: { id: string; name: string; permissions: string[]; createdAt: string; expiresAt: string; lastUsedAt: string | null; rotatedAt: string | null; previousUntil: string | null };
  NewApiKey: { name: string; permissions?: string[] | undefined; expiresInDays?: number | undefined };
  ApiKeyIssued: { message: string; key: string; apiKey: Schemas["ApiKey"] };
  RenameApiKeyRequest: { name: string };
  ApiKeyRotation: { overlapSeconds?: number | undefined };
  ConnectedApplications: { applications: Schemas["ConnectedApplication"][] };
  ConnectedApplication: { id: string; name: string; scopes: string[]; since: string; lastUsedAt: string | null };
  InviteUserRequest: { email: string; prenom: string; nom: string; roleId?: number | undefined; locale?: "fr" | "en" | undefined };
  ManagedUserAnswer: { message: string; user: Schemas["ManagedUser"] };
  ImportUsersRequest: { email: string; prenom: string; nom: string; passwordHash?: string | undefined; role?: number | undefined; isVerified?: boolean | undefined; identities?: { provider: string; subject: string }[] | undefined };
  Imported: { message: string; data: Schemas["ImportOutcome"][] };
  ImportOutcome: { line: number; status: "created" | "exists" | "invalid" | "refused"; id?: string | undefined; errors?: Schemas["FieldError"][] | undefined };
  FieldError: { pointer: string; detail: string };
  UserDetails: { user: Schemas["ManagedUser"]; sessions: Schemas["ManagedSession"][]; twoFactorMethods: Schemas["ManagedTwoFactorMethod"][]; recoveryCodesLeft: number; identities: Schemas["Identity"][]; lastLogins: Schemas["ManagedLogin"][] };
  ManagedSession: { ipAddress: string | null; country: string | null; city: string | null; id: string; methods: string[]; createdAt: string; lastUsedAt: string; expiresAt: string; impersonated: boolean; userAgent: string | null };
  ManagedTwoFactorMethod: { type: string; confirmedAt: string };
  ManagedLogin: { ipAddress: string | null; country: string | null; city: string | null; outcome: "success" | "failure" | "two_factor_required" | "locked"; reason: string | null; method: string | null; createdAt: string; id: string; userAgent: string | null };
  ChangeUserRequest: { email?: string | undefined; isVerified?: true | undefined; prenom?: string | undefined; nom?: string | undefined; isActive?: boolean | undefined; roleId?: number | undefined };
  RoleList: { data: Schemas["Role"][]; pagination: Schemas["Pagination"] };
  Role: { id: number; name: string; description: string; permissions: string[]; isSystem: boolean; inUse: boolean; createdAt: string; updatedAt: string };
  CreateRoleRequest: { name: string; description?: string | undefined; permissions?: string[] | undefined };
  RoleAnswer: { message: string; role: Schemas["Role"] };
  RoleDetails: { role: Schemas["Role"] };
  ChangeRoleRequest: { name?: string | undefined; description?: string | undefined; permissions?: string[] | undefined };
  PermissionList: { data: Schemas["Permission"][] };
  Permission: { name: string; description: string };
  ImpersonateUserRequest: { reason: string };
  Impersonation: { message: string; token: string; expiresIn: number; sessionId: string };
  AuditRecordList: { data: Schemas["AuditRecord"][]; pagination: Schemas["Pagination"] };
  AuditRecord: { id: string; actorId: string | null; action: string; targetType: string; targetId: string | null; metadata: Record<string, unknown>; ipAddress: string | null; requestId: string | null; hash: string; createdAt: string };
  AuditVerification: { intact: boolean; checked: number; firstBroken: Schemas["BrokenAuditRecord"] | null; anchor: string | null; complete: boolean };
  BrokenAuditRecord: { id: string; reason: "missing" | "changed" | "rewritten" };
  Statistics: { totals: Schemas["StatisticsTotals"]; countedAt: string; days: Schemas["StatisticsDay"][] };
  StatisticsTotals: { users: number; disabledUsers: number; deletedUsers: number; twoFactorUsers: number; twoFactorShare: number; passkeyUsers: number; passkeyShare: number; liveSessions: number };
  StatisticsDay: { date: string; signUps: number; logins: number; failures: number };
  ApplicationList: { data: Schemas["Application"][]; pagination: Schemas["Pagination"] };
  Application: { id: string; name: string; permissions: string[]; audiences: string[]; redirectUris: string[]; postLogoutRedirectUris: string[]; backchannelLogoutUri: string | null; isPublic: boolean; isFirstParty: boolean; idTokenAlgorithm: "RS256" | "ES256" | "EdDSA"; isActive: boolean; source: "administrator" | "registration" | "document"; previousUntil: string | null; createdAt: string; updatedAt: string };
  NewApplication: { name: string; permissions?: string[] | undefined; audiences?: string[] | undefined; redirectUris?: string[] | undefined; postLogoutRedirectUris?: string[] | undefined; backchannelLogoutUri?: string | null | undefined; isPublic?: boolean | undefined; isFirstParty?: boolean | undefined; idTokenAlgorithm?: "RS256" | "ES256" | "EdDSA" | undefined };
  ApplicationIssued: { message: string; application: Schemas["Application"]; secret?: string | undefined };
  ApplicationChange: { name?: string | undefined; permissions?: string[] | undefined; audiences?: string[] | undefined; redirectUris?: string[] | undefined; postLogoutRedirectUris?: string[] | undefined; backchannelLogoutUri?: string | null | undefined; isFirstParty?: boolean | undefined; idTokenAlgorithm?: "RS256" | "ES256" | "EdDSA" | undefined; isActive?: boolean | undefined };
  ApplicationAnswer: { message: string; application: Schemas["Application"] };
  SecretRotation: { overlapSeconds?: number | undefined };
  WebhookList: { data: Schemas["Webhook"][]; pagination: Schemas["Pagination"] };
  Webhook: { id: string; url: string; description: string; events: ("account.registered" | "email.verified" | "email.verified_by_code" | "account.proven" | "password.changed" | "password.reset" | "password.removed" | "invitation.accepted" | "email_change.requested" | "email_change.confirmed" | "email_change.cancelled" | "user.deleted" | "two_factor.enabled" | "two_factor.disabled" | "totp.disabled" | "passkey.added" | "passkey.removed" | "identity.linked" | "identity.unlinked" | "recovery_codes.replaced" | "recovery_code.used" | "login.from_new_device" | "login.confirmed" | "login.denied" | "session.ended" | "session.revoked" | "sessions.revoked" | "session.reuse_detected" | "user.invited" | "user.impersonated" | "user.updated" | "user.role_changed" | "user.readdressed" | "user.confirmed" | "user.disabled" | "user.enabled" | "user.deleted_by_admin" | "user.restored" | "user.unlocked" | "user.logged_out" | "session.revoked_by_admin" | "two_factor.reset" | "role.permissions_changed" | "role.deleted")[]; ownerId: string | null; previousSecretUntil: string | null; failingSince: string | null; disabledAt: string | null; createdAt: string; updatedAt: string };
  NewWebhook: { url: string; description?: string | undefined; events?: ("account.registered" | "email.verified" | "email.verified_by_code" | "account.proven" | "password.changed" | "password.reset" | "password.removed" | "invitation.accepted" | "email_change.requested" | "email_change.confirmed" | "email_change.cancelled" | "user.deleted" | "two_factor.enabled" | "two_factor.disabled" | "totp.disabled" | "passkey.added" | "passkey.removed" | "identity.linked" | "identity.unlinked" | "recovery_codes.replaced" | "recovery_code.used" | "login.from_new_device" | "login.confirmed" | "login.denied" | "session.ended" | "session.revoked" | "sessions.revoked" | "session.reuse_detected" | "user.invited" | "user.impersonated" | "user.updated" | "user.role_changed" | "user.readdressed" | "user.confirmed" | "user.disabled" | "user.enabled" | "user.deleted_by_admin" | "user.restored" | "user.unlocked" | "user.logged_out" | "session.revoked_by_admin" | "two_factor.reset" | "role.permissions_changed" | "role.deleted")[] | undefined };
  WebhookCreated: { message: string; webhook: Schemas["Webhook"]; secret: string };
  WebhookChange: { url?: string | undefined; description?: string | undefined; events?: ("account.registered" | "email.verified" | "email.verified_by_code" | "account.proven" | "password.changed" | "password.reset" | "password.removed" | "invitation.accepted" | "email_change.requested" | "email_change.confirmed" | "email_change.cancelled" | "user.deleted" | "two_factor.enabled" | "two_factor.disabled" | "totp.disabled" | "passkey.added" | "passkey.removed" | "identity.linked" | "identity.unlinked" | "recovery_codes.replaced" | "recovery_code.used" | "login.from_new_device" | "login.confirmed" | "login.denied" | "session.ended" | "session.revoked" | "sessions.revoked" | "session.reuse_detected" | "user.invited" | "user.impersonated" | "user.updated" | "user.role_changed" | "user.readdressed" | "user.confirmed" | "user.disabled" | "user.enabled" | "user.deleted_by_admin" | "user.restored" | "user.unlocked" | "user.logged_out" | "session.revoked_by_admin" | "two_factor.reset" | "role.permissions_changed" | "role.deleted")[] | undefined; isActive?: boolean | undefined };
  WebhookAnswer: { message: string; webhook: Schemas["Webhook"] };
  WebhookSecret: { message: string; secret: string };
  WebhookTested: { message: string; deliveryId: number };
  WebhookDeliveryList: { data: Schemas["WebhookDelivery"][]; pagination: Schemas["Pagination"] };
  WebhookDelivery: { id: number; eventId: string; type: string; status: "pending" | "delivered" | "failed"; attempts: number; responseStatus: number | null; failure: "timeout" | "unreachable" | "refused_address" | null; latencyMs: number | null; nextAt: string | null; createdAt: string };
  WebhookReplay: { since: string };
  WebhookReplayed: { message: string; replayed: number };
  BroadcastRequest: { title: string; content: string; userIds?: (number | string)[] | undefined; roleId?: number | undefined; all?: true | undefined };
  BroadcastAccepted: { message: string; broadcastId: string };
  BroadcastProgress: { broadcastId: string; state: "waiting" | "sending" | "sent"; share: number; createdAt: string };
  DeadJobList: { data: Schemas["DeadJob"][]; pagination: Schemas["Pagination"] };
  DeadJob: { id: number; type: string; userId: string | null; createdAt: string };
  IssueTokenRequest: { client_id?: string | undefined; client_secret?: string | undefined; grant_type: string; scope?: string | undefined; resource?: string | undefined; code?: string | undefined; code_verifier?: string | undefined; redirect_uri?: string | undefined; refresh_token?: string | undefined };
  OAuthToken: { access_token: string; token_type: "Bearer"; expires_in: number; scope: string; refresh_token?: string | undefined; id_token?: string | undefined };
  OAuthRefusal: { error: string; error_description: string };
  IntrospectTokenRequest: { client_id?: string | undefined; client_secret?: string | undefined; token: string };
  Introspection: Schemas["ActiveToken"] | Schemas["InactiveToken"];
  ActiveToken: { active: true; token_type: "Bearer"; iss: string; aud: string | string[]; sub: string; iat: number; exp: number; jti: string; sid: string; role: number; permissions: string[]; amr: string[]; auth_time: number; client_id?: string | undefined; scope: string; grant_id?: string | undefined };
  InactiveToken: { active: false };
  RevokeTokenRequest: { client_id?: string | undefined; client_secret?: string | undefined; token: string };
  TokenRevoked: {  };
  RegisterClientRequest: { redirect_uris: string[]; client_name?: string | undefined; backchannel_logout_uri?: string | undefined };
  RegisteredClient: { client_id: string; client_id_issued_at: number; client_name: string; redirect_uris: string[]; backchannel_logout_uri?: string | undefined; backchannel_logout_session_required?: true | undefined; token_endpoint_auth_method: "none"; grant_types: string[]; response_types: string[] };
  UserInfo: { sub: string; name?: string | undefined; given_name?: string | undefined; family_name?: string | undefined; locale?: string | undefined; updated_at?: number | undefined; email?: string | undefined; email_verified?: boolean | undefined };
}

/** By method and path: what an operation takes (path, query, body), what it answers, and the codes of its failures. */
export interface Operations {
  /** The public keys of the access tokens. For anyone. */
  "GET /.well-known/jwks.json": {
    answer: Schemas["KeySet"];
    code: "internal_error" | "rate_limited" | "service_unavailable";
  };
  /** The metadata of the issuer (RFC 8414). For anyone. */
  "GET /.well-known/oauth-authorization-server": {
    answer: Schemas["Metadata"];
    code: "internal_error" | "rate_limited" | "service_unavailable";
  };
  /** The same metadata, as OpenID Connect clients look for it. For anyone. */
  "GET /.well-known/openid-configuration": {
    answer: Schemas["Metadata"];
    code: "internal_error" | "rate_limited" | "service_unavailable";
  };
  /** The origins where passkeys of this domain may be used. For anyone. */
  "GET /.well-known/webauthn": {
    answer: Schemas["PasskeyOrigins"];
    code: "internal_error" | "rate_limited" | "service_unavailable";
  };
  /** Where people add and manage passkeys. For anyone. */
  "GET /.well-known/passkey-endpoints": {
    answer: Schemas["PasskeyEndpoints"];
    code: "internal_error" | "rate_limited" | "service_unavailable";
  };
  /** Alive. For anyone. */
  "GET /health": {
    answer: Schemas["Health"];
    code: "internal_error" | "rate_limited" | "service_unavailable";
  };
  /** The database answers, and the signing keys can be read. For anyone. */
  "GET /health/ready": {
    answer: Schemas["Health"];
    code: "internal_error" | "rate_limited" | "service_unavailable";
  };
  /** This contract, for machines. For anyone. */
  "GET /openapi.json": {
    answer: Schemas["AnyObject"];
    code: "internal_error" | "rate_limited" | "service_unavailable";
  };
  /** Creates an account and signs in; 202 when the mailbox must be proven first. For anyone. */
  "POST /api/auth/register": {
    body: Schemas["RegisterRequest"];
    answer: Schemas["SignedIn"] | Schemas["Message"];
    code: "email_taken" | "incomplete_body" | "internal_error" | "invalid_json" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type" | "validation_failed";
  };
  /** Signs in, or asks for a second factor. For anyone. */
  "POST /api/auth/login": {
    body: Schemas["LogInRequest"];
    answer: Schemas["LoginAnswer"];
    code: "incomplete_body" | "internal_error" | "invalid_credentials" | "invalid_json" | "payload_too_large" | "rate_limited" | "service_unavailable" | "too_many_attempts" | "unsupported_media_type" | "validation_failed";
  };
  /** Completes the second step. For anyone. */
  "POST /api/auth/login/2fa": {
    body: Schemas["LogInWithSecondFactorRequest"];
    answer: Schemas["SignedIn"];
    code: "authenticator_lost" | "incomplete_body" | "internal_error" | "invalid_code" | "invalid_json" | "invalid_passkey" | "invalid_two_factor_token" | "payload_too_large" | "rate_limited" | "service_unavailable" | "too_many_attempts" | "unsupported_media_type" | "validation_failed";
  };
  /** Sends the code of the second step. For anyone. */
  "POST /api/auth/login/2fa/email": {
    body: Schemas["SendLoginCodeRequest"];
    answer: Schemas["Message"];
    code: "incomplete_body" | "internal_error" | "invalid_json" | "invalid_two_factor_token" | "payload_too_large" | "rate_limited" | "service_unavailable" | "too_many_attempts" | "unsupported_media_type" | "validation_failed";
  };
  /** What a browser needs to sign in with a passkey. For anyone. */
  "POST /api/auth/passkey/options": {
    answer: Schemas["PasskeyRequestOptions"];
    code: "incomplete_body" | "internal_error" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type";
  };
  /** Signs in with a passkey alone. For anyone. */
  "POST /api/auth/passkey": {
    body: Schemas["LogInWithPasskeyRequest"];
    answer: Schemas["SignedIn"];
    code: "incomplete_body" | "internal_error" | "invalid_json" | "invalid_passkey" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unknown_passkey" | "unsupported_media_type" | "validation_failed";
  };
  /** Mails a code that signs in, if the address has an account. For anyone. */
  "POST /api/auth/email-code": {
    body: Schemas["LoginCodeRequest"];
    answer: Schemas["LoginCodeRequested"];
    code: "incomplete_body" | "internal_error" | "invalid_json" | "not_found" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type" | "validation_failed";
  };
  /** Signs in with a mailed code, or asks for a second factor. For anyone. */
  "POST /api/auth/email-code/verify": {
    body: Schemas["CodeLogin"];
    answer: Schemas["LoginAnswer"];
    code: "incomplete_body" | "internal_error" | "invalid_code" | "invalid_json" | "not_found" | "origin_not_allowed" | "payload_too_large" | "rate_limited" | "service_unavailable" | "too_many_attempts" | "unsupported_media_type" | "validation_failed";
  };
  /** Reports a login as not the owner's and ends its session. For anyone. */
  "POST /api/auth/deny-login": {
    body: Schemas["LinkToken"];
    answer: Schemas["Message"];
    code: "incomplete_body" | "internal_error" | "invalid_json" | "invalid_link" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type" | "validation_failed";
  };
  /** New tokens for a refresh token, which is used up. For anyone. */
  "POST /api/auth/refresh": {
    body?: Schemas["RefreshTokensRequest"];
    answer: Schemas["Tokens"];
    code: "incomplete_body" | "internal_error" | "invalid_json" | "invalid_refresh_token" | "origin_not_allowed" | "payload_too_large" | "rate_limited" | "refresh_token_reused" | "service_unavailable" | "unsupported_media_type" | "validation_failed";
  };
  /** Ends the session. For anyone. */
  "POST /api/auth/logout": {
    body?: Schemas["LogOutRequest"];
    answer: Schemas["Message"];
    code: "incomplete_body" | "internal_error" | "invalid_json" | "origin_not_allowed" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type" | "validation_failed";
  };
  /** Mails a link that resets the password; the same answer for every address. For anyone. */
  "POST /api/auth/forgot-password": {
    body: Schemas["PasswordResetRequest"];
    answer: Schemas["Message"];
    code: "incomplete_body" | "internal_error" | "invalid_json" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type" | "validation_failed";
  };
  /** Sets a password with a link, and ends every session. For anyone. */
  "POST /api/auth/reset-password": {
    body: Schemas["ResetPasswordRequest"];
    answer: Schemas["Message"];
    code: "incomplete_body" | "internal_error" | "invalid_json" | "invalid_link" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type" | "validation_failed";
  };
  /** Proves the mailbox with a link, plus a session of the account (Bearer) or a new password. For anyone. */
  "POST /api/auth/verify-email": {
    body: Schemas["AddressProof"];
    answer: Schemas["Message"];
    code: "incomplete_body" | "internal_error" | "invalid_json" | "invalid_link" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type" | "validation_failed";
  };
  /** Mails that link again; the same answer for every address. For anyone. */
  "POST /api/auth/verify-email/resend": {
    body: Schemas["AddressRequest"];
    answer: Schemas["Message"];
    code: "incomplete_body" | "internal_error" | "invalid_json" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type" | "validation_failed";
  };
  /** Confirms a change of address. For anyone. */
  "POST /api/auth/confirm-email": {
    body: Schemas["LinkToken"];
    answer: Schemas["Message"];
    code: "email_taken" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_link" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type" | "validation_failed";
  };
  /** Cancels a change of address. For anyone. */
  "POST /api/auth/cancel-email-change": {
    body: Schemas["LinkToken"];
    answer: Schemas["Message"];
    code: "incomplete_body" | "internal_error" | "invalid_json" | "invalid_link" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type" | "validation_failed";
  };
  /** Verifies an access token. For anyone. */
  "POST /api/auth/verify-token": {
    body: Schemas["VerifyTokenRequest"];
    answer: Schemas["Verdict"];
    code: "incomplete_body" | "internal_error" | "invalid_json" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type" | "validation_failed";
  };
  /** The user's own account. The same as `GET /api/users/me`, which new clients call. Requires a signed-in user. */
  "GET /api/auth/profile": {
    answer: Schemas["ProfileAnswer"];
    code: "authentication_required" | "internal_error" | "invalid_token" | "rate_limited" | "service_unavailable";
  };
  /** Changes the user's own account; a new address must be confirmed first. The same as `PUT /api/users/me`, which new clients call. Requires a signed-in user. */
  "PUT /api/auth/profile": {
    body?: Schemas["ChangeProfileAtOldPathRequest"];
    answer: Schemas["ProfileChanged"];
    code: "authentication_required" | "incomplete_body" | "incorrect_password" | "internal_error" | "invalid_json" | "invalid_token" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "too_many_attempts" | "unsupported_media_type" | "validation_failed";
  };
  /** Changes the password, and ends the other sessions. The same as `PUT /api/users/me/password`, which new clients call. Requires a signed-in user. */
  "PUT /api/auth/change-password": {
    body: Schemas["ChangePasswordAtOldPathRequest"];
    answer: Schemas["Message"];
    code: "authentication_required" | "incomplete_body" | "incorrect_password" | "internal_error" | "invalid_json" | "invalid_token" | "payload_too_large" | "rate_limited" | "service_unavailable" | "too_many_attempts" | "unsupported_media_type" | "validation_failed";
  };
  /** Deletes the account; it can be restored for 30 days. The same as `DELETE /api/users/me`, which new clients call. Requires a signed-in user. */
  "DELETE /api/auth/account": {
    answer: Schemas["Message"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_token" | "last_admin" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "unsupported_media_type";
  };
  /** The other services that people may sign in with. For anyone. */
  "GET /api/auth/federated": {
    answer: Schemas["ProviderList"];
    code: "internal_error" | "rate_limited" | "service_unavailable";
  };
  /** The accounts at other services that sign in to the user's. Requires a signed-in user. */
  "GET /api/security/identities": {
    answer: Schemas["IdentityList"];
    code: "authentication_required" | "internal_error" | "invalid_token" | "rate_limited" | "service_unavailable";
  };
  /** Where the browser goes to link an account at another service. Requires a signed-in user. Requires an authentication in the last 10 minutes. */
  "POST /api/security/identities": {
    body: Schemas["IdentityLink"];
    answer: Schemas["Departure"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_token" | "not_found" | "payload_too_large" | "provider_unavailable" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "unsupported_media_type" | "validation_failed";
  };
  /** Unlinks one, and ends the other sessions. Requires a signed-in user. Requires an authentication in the last 10 minutes. */
  "DELETE /api/security/identities/{id}": {
    path: { id: string | number };
    answer: Schemas["Message"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_token" | "last_way_in" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "unsupported_media_type" | "validation_failed";
  };
  /** All data stored about the account. Requires a signed-in user. Requires an authentication in the last 10 minutes. */
  "GET /api/users/me/export": {
    answer: Schemas["AccountExport"];
    code: "authentication_required" | "internal_error" | "invalid_token" | "rate_limited" | "reauthentication_required" | "service_unavailable";
  };
  /** Removes the password, where passkeys open the account. Requires a signed-in user. Requires an authentication in the last 10 minutes. If an authenticator or a passkey is on, the session must have used one of them or a recovery code. */
  "DELETE /api/users/me/password": {
    answer: Schemas["Message"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_token" | "last_way_in" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "too_many_attempts" | "two_factor_required" | "unsupported_media_type";
  };
  /** Changes the password, and ends the other sessions. Requires a signed-in user. */
  "PUT /api/users/me/password": {
    body: Schemas["ChangePasswordRequest"];
    answer: Schemas["Message"];
    code: "authentication_required" | "incomplete_body" | "incorrect_password" | "internal_error" | "invalid_json" | "invalid_token" | "payload_too_large" | "rate_limited" | "service_unavailable" | "too_many_attempts" | "unsupported_media_type" | "validation_failed";
  };
  /** Withdraws a change of address that waits for its confirmation. Requires a signed-in user. */
  "DELETE /api/users/me/pending-email": {
    answer: Schemas["Message"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_token" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type";
  };
  /** The user's own account. Requires a signed-in user. */
  "GET /api/users/me": {
    answer: Schemas["ProfileAnswer"];
    code: "authentication_required" | "internal_error" | "invalid_token" | "rate_limited" | "service_unavailable";
  };
  /** Changes the user's own account; a new address must be confirmed first. Requires a signed-in user. */
  "PUT /api/users/me": {
    body?: Schemas["ChangeProfileRequest"];
    answer: Schemas["ProfileChanged"];
    code: "authentication_required" | "incomplete_body" | "incorrect_password" | "internal_error" | "invalid_json" | "invalid_token" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "too_many_attempts" | "unsupported_media_type" | "validation_failed";
  };
  /** Deletes the account; it can be restored for 30 days. Requires a signed-in user. */
  "DELETE /api/users/me": {
    answer: Schemas["Message"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_token" | "last_admin" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "unsupported_media_type";
  };
  /** Notifications, newest first. Requires a signed-in user. */
  "GET /api/users/me/notifications": {
    query?: { limit?: number | undefined; cursor?: string | undefined };
    answer: Schemas["NotificationList"];
    code: "authentication_required" | "internal_error" | "invalid_cursor" | "invalid_token" | "rate_limited" | "service_unavailable" | "validation_failed";
  };
  /** Marks notifications as read. Requires a signed-in user. */
  "POST /api/users/me/notifications/read": {
    body: Schemas["MarkNotificationsReadRequest"];
    answer: Schemas["NotificationsRead"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_token" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type" | "validation_failed";
  };
  /** Confirms that login as the user's own. Requires a signed-in user. */
  "POST /api/users/me/notifications/{id}/confirm": {
    path: { id: string | number };
    answer: Schemas["Message"];
    code: "already_answered" | "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type" | "validation_failed";
  };
  /** Reports that login as a stranger's: ends its session and starts a password reset. Requires a signed-in user. */
  "POST /api/users/me/notifications/{id}/deny": {
    path: { id: string | number };
    answer: Schemas["Message"];
    code: "already_answered" | "authentication_required" | "incomplete_body" | "internal_error" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type" | "validation_failed";
  };
  /** A ticket that opens one WebSocket. Requires a signed-in user. */
  "POST /api/users/me/ws-ticket": {
    answer: Schemas["SocketTicket"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_token" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type";
  };
  /** Accounts. The same as `GET /api/admin/users`, which new clients call. Requires a signed-in user. Permission: `users:read`. */
  "GET /api/users": {
    query?: { limit?: number | undefined; cursor?: string | undefined; q?: string | undefined; role?: string | undefined; status?: "active" | "disabled" | "deleted" | undefined; sort?: "-createdAt" | "createdAt" | "email" | "-email" | "nom" | "-nom" | undefined };
    answer: Schemas["ManagedUserList"];
    code: "authentication_required" | "forbidden" | "internal_error" | "invalid_cursor" | "invalid_token" | "rate_limited" | "service_unavailable" | "two_factor_required" | "validation_failed";
  };
  /** One account. Requires a signed-in user. Permission: `users:read`. */
  "GET /api/users/{id}": {
    path: { id: string | number };
    answer: Schemas["ManagedUserView"];
    code: "authentication_required" | "forbidden" | "internal_error" | "invalid_token" | "not_found" | "rate_limited" | "service_unavailable" | "two_factor_required" | "validation_failed";
  };
  /** The enabled second factors. Requires a signed-in user. */
  "GET /api/security/2fa": {
    answer: Schemas["TwoFactor"];
    code: "authentication_required" | "internal_error" | "invalid_token" | "rate_limited" | "service_unavailable";
  };
  /** Starts enabling an authenticator app. Requires a signed-in user. Requires an authentication in the last 10 minutes. If an authenticator or a passkey is on, the session must have used one of them or a recovery code. */
  "POST /api/security/2fa/totp": {
    answer: Schemas["TotpSecret"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_token" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_method_on" | "two_factor_required" | "unsupported_media_type";
  };
  /** Enables it with its first code. Requires a signed-in user. Requires an authentication in the last 10 minutes. If an authenticator or a passkey is on, the session must have used one of them or a recovery code. */
  "POST /api/security/2fa/totp/verify": {
    body: Schemas["FirstCode"];
    answer: Schemas["RecoveryCodes"];
    code: "authentication_required" | "authenticator_lost" | "incomplete_body" | "incorrect_code" | "internal_error" | "invalid_json" | "invalid_token" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "too_many_attempts" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Starts enabling codes by e-mail. Requires a signed-in user. Requires an authentication in the last 10 minutes. If an authenticator or a passkey is on, the session must have used one of them or a recovery code. */
  "POST /api/security/2fa/email": {
    answer: Schemas["Message"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_token" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "too_many_attempts" | "two_factor_method_on" | "two_factor_required" | "unsupported_media_type";
  };
  /** Enables them with the first code. Requires a signed-in user. Requires an authentication in the last 10 minutes. If an authenticator or a passkey is on, the session must have used one of them or a recovery code. */
  "POST /api/security/2fa/email/verify": {
    body: Schemas["FirstCode"];
    answer: Schemas["RecoveryCodes"];
    code: "authentication_required" | "incomplete_body" | "incorrect_code" | "internal_error" | "invalid_json" | "invalid_token" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "too_many_attempts" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Creates new recovery codes; the old ones stop working. Requires a signed-in user. Requires an authentication in the last 10 minutes. If an authenticator or a passkey is on, the session must have used one of them or a recovery code. */
  "POST /api/security/2fa/recovery-codes": {
    answer: Schemas["RecoveryCodes"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "too_many_attempts" | "two_factor_required" | "unsupported_media_type";
  };
  /** Disables a second factor. Requires a signed-in user. Requires an authentication in the last 10 minutes. If an authenticator or a passkey is on, the session must have used one of them or a recovery code. */
  "DELETE /api/security/2fa/{method}": {
    path: { method: string | number };
    answer: Schemas["Message"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "too_many_attempts" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Makes this session fresh for 10 minutes. Requires a signed-in user. */
  "POST /api/security/reauthenticate": {
    body: Schemas["ReauthenticateRequest"];
    answer: Schemas["AccessToken"];
    code: "authentication_required" | "authenticator_lost" | "incomplete_body" | "incorrect_code" | "incorrect_passkey" | "incorrect_password" | "internal_error" | "invalid_json" | "invalid_token" | "payload_too_large" | "rate_limited" | "service_unavailable" | "too_many_attempts" | "unsupported_media_type" | "validation_failed";
  };
  /** What a browser needs to reauthenticate with a passkey. Requires a signed-in user. */
  "POST /api/security/reauthenticate/options": {
    answer: Schemas["PasskeyRequestOptions"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_token" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type";
  };
  /** The user's sessions. Requires a signed-in user. */
  "GET /api/security/sessions": {
    query?: { limit?: number | undefined; cursor?: string | undefined };
    answer: Schemas["SessionList"];
    code: "authentication_required" | "internal_error" | "invalid_cursor" | "invalid_token" | "rate_limited" | "service_unavailable" | "validation_failed";
  };
  /** Ends all other sessions. Requires a signed-in user. */
  "DELETE /api/security/sessions": {
    answer: Schemas["SessionsEnded"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_token" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type";
  };
  /** Ends one session. Requires a signed-in user. */
  "DELETE /api/security/sessions/{id}": {
    path: { id: string | number };
    answer: Schemas["Message"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type" | "validation_failed";
  };
  /** Logins, and tries. Requires a signed-in user. */
  "GET /api/security/login-history": {
    query?: { limit?: number | undefined; cursor?: string | undefined };
    answer: Schemas["LoginList"];
    code: "authentication_required" | "internal_error" | "invalid_cursor" | "invalid_token" | "rate_limited" | "service_unavailable" | "validation_failed";
  };
  /** The user's passkeys. Requires a signed-in user. */
  "GET /api/security/passkeys": {
    answer: Schemas["Passkeys"];
    code: "authentication_required" | "internal_error" | "invalid_token" | "rate_limited" | "service_unavailable";
  };
  /** Adds the passkey that the browser has created. Requires a signed-in user. Requires an authentication in the last 10 minutes. If an authenticator or a passkey is on, the session must have used one of them or a recovery code. */
  "POST /api/security/passkeys": {
    body: Schemas["AddPasskeyRequest"];
    answer: Schemas["PasskeyAdded"];
    code: "authentication_required" | "incomplete_body" | "incorrect_passkey" | "internal_error" | "invalid_json" | "invalid_token" | "passkey_taken" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "too_many_attempts" | "too_many_passkeys" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** What a browser needs to create a passkey. Requires a signed-in user. Requires an authentication in the last 10 minutes. If an authenticator or a passkey is on, the session must have used one of them or a recovery code. */
  "POST /api/security/passkeys/options": {
    answer: Schemas["PasskeyCreationOptions"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_token" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "too_many_attempts" | "two_factor_required" | "unsupported_media_type";
  };
  /** Names a passkey. Requires a signed-in user. */
  "PATCH /api/security/passkeys/{id}": {
    path: { id: string | number };
    body: Schemas["RenamePasskeyRequest"];
    answer: Schemas["Message"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "service_unavailable" | "too_many_attempts" | "unsupported_media_type" | "validation_failed";
  };
  /** Removes a passkey. Requires a signed-in user. Requires an authentication in the last 10 minutes. If an authenticator or a passkey is on, the session must have used one of them or a recovery code. */
  "DELETE /api/security/passkeys/{id}": {
    path: { id: string | number };
    answer: Schemas["Message"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_token" | "last_way_in" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "too_many_attempts" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** The user's API keys. Requires a signed-in user. */
  "GET /api/security/api-keys": {
    answer: Schemas["ApiKeys"];
    code: "authentication_required" | "internal_error" | "invalid_token" | "rate_limited" | "service_unavailable";
  };
  /** Creates an API key, which is shown once. Requires a signed-in user. Requires an authentication in the last 10 minutes. */
  "POST /api/security/api-keys": {
    body: Schemas["NewApiKey"];
    answer: Schemas["ApiKeyIssued"];
    code: "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_token" | "not_grantable" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "too_many_api_keys" | "too_many_attempts" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Names an API key. Requires a signed-in user. */
  "PATCH /api/security/api-keys/{id}": {
    path: { id: string | number };
    body: Schemas["RenameApiKeyRequest"];
    answer: Schemas["Message"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "service_unavailable" | "too_many_attempts" | "unsupported_media_type" | "validation_failed";
  };
  /** Revokes an API key. Requires a signed-in user. */
  "DELETE /api/security/api-keys/{id}": {
    path: { id: string | number };
    answer: Schemas["Message"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "service_unavailable" | "too_many_attempts" | "unsupported_media_type" | "validation_failed";
  };
  /** A new secret for an API key; the one before works for a while more. Requires a signed-in user. Requires an authentication in the last 10 minutes. */
  "POST /api/security/api-keys/{id}/rotate": {
    path: { id: string | number };
    body?: Schemas["ApiKeyRotation"];
    answer: Schemas["ApiKeyIssued"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "too_many_attempts" | "unsupported_media_type" | "validation_failed";
  };
  /** Applications that the user has let in. Requires a signed-in user. */
  "GET /api/security/applications": {
    answer: Schemas["ConnectedApplications"];
    code: "authentication_required" | "internal_error" | "invalid_token" | "rate_limited" | "service_unavailable";
  };
  /** Lets an application have nothing any more. Requires a signed-in user. */
  "DELETE /api/security/applications/{id}": {
    path: { id: string | number };
    answer: Schemas["Message"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "service_unavailable" | "too_many_attempts" | "unsupported_media_type" | "validation_failed";
  };
  /** Accounts. Requires a signed-in user. Permission: `users:read`. */
  "GET /api/admin/users": {
    query?: { limit?: number | undefined; cursor?: string | undefined; q?: string | undefined; role?: string | undefined; status?: "active" | "disabled" | "deleted" | undefined; sort?: "-createdAt" | "createdAt" | "email" | "-email" | "nom" | "-nom" | undefined };
    answer: Schemas["ManagedUserList"];
    code: "authentication_required" | "forbidden" | "internal_error" | "invalid_cursor" | "invalid_token" | "rate_limited" | "service_unavailable" | "two_factor_required" | "validation_failed";
  };
  /** Creates an account and mails the link that sets its password. Requires a signed-in user. Permission: `users:write`. Requires an authentication in the last 10 minutes. */
  "POST /api/admin/users": {
    body: Schemas["InviteUserRequest"];
    answer: Schemas["ManagedUserAnswer"];
    code: "authentication_required" | "email_taken" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_token" | "not_grantable" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unknown_role" | "unsupported_media_type" | "validation_failed";
  };
  /** Imports up to 1,000 accounts with their hashes, one JSON object per line. Requires a signed-in user. Permission: `users:import`. Requires an authentication in the last 10 minutes. */
  "POST /api/admin/users/import": {
    body: string;
    answer: Schemas["Imported"];
    code: "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_token" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** One account, its sessions, second factors, linked identities and last logins. Requires a signed-in user. Permission: `users:read`. */
  "GET /api/admin/users/{id}": {
    path: { id: string | number };
    answer: Schemas["UserDetails"];
    code: "authentication_required" | "forbidden" | "internal_error" | "invalid_token" | "not_found" | "rate_limited" | "service_unavailable" | "two_factor_required" | "validation_failed";
  };
  /** Changes an account or its address, confirms the address, disables or enables it, gives it a role. Requires a signed-in user. Permission: `users:write`. Requires an authentication in the last 10 minutes. */
  "PATCH /api/admin/users/{id}": {
    path: { id: string | number };
    body?: Schemas["ChangeUserRequest"];
    answer: Schemas["ManagedUserAnswer"];
    code: "above_you" | "authentication_required" | "email_taken" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_token" | "last_admin" | "not_found" | "not_grantable" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unknown_role" | "unsupported_media_type" | "validation_failed";
  };
  /** Deletes an account; it can be restored for 30 days. Requires a signed-in user. Permission: `users:write`. Requires an authentication in the last 10 minutes. */
  "DELETE /api/admin/users/{id}": {
    path: { id: string | number };
    answer: Schemas["Message"];
    code: "above_you" | "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_token" | "last_admin" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Restores a deleted account. Requires a signed-in user. Permission: `users:write`. Requires an authentication in the last 10 minutes. */
  "POST /api/admin/users/{id}/restore": {
    path: { id: string | number };
    answer: Schemas["ManagedUserAnswer"];
    code: "above_you" | "authentication_required" | "email_taken" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Clears the failed attempts. Requires a signed-in user. Permission: `users:write`. Requires an authentication in the last 10 minutes. */
  "POST /api/admin/users/{id}/unlock": {
    path: { id: string | number };
    answer: Schemas["Message"];
    code: "above_you" | "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Ends every session of an account. Requires a signed-in user. Permission: `users:write`. Requires an authentication in the last 10 minutes. */
  "POST /api/admin/users/{id}/logout": {
    path: { id: string | number };
    answer: Schemas["Message"];
    code: "above_you" | "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Ends one session of an account. Requires a signed-in user. Permission: `users:write`. Requires an authentication in the last 10 minutes. */
  "DELETE /api/admin/users/{id}/sessions/{sessionId}": {
    path: { id: string | number; sessionId: string | number };
    answer: Schemas["Message"];
    code: "above_you" | "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** The API keys of an account. Requires a signed-in user. Permission: `users:read`. */
  "GET /api/admin/users/{id}/api-keys": {
    path: { id: string | number };
    answer: Schemas["ApiKeys"];
    code: "authentication_required" | "forbidden" | "internal_error" | "invalid_token" | "rate_limited" | "service_unavailable" | "two_factor_required" | "validation_failed";
  };
  /** Revokes an API key of an account. Requires a signed-in user. Permission: `users:write`. Requires an authentication in the last 10 minutes. */
  "DELETE /api/admin/users/{id}/api-keys/{keyId}": {
    path: { id: string | number; keyId: string | number };
    answer: Schemas["Message"];
    code: "above_you" | "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Removes the second factors and ends every session. Requires a signed-in user. Permission: `users:write`. Requires an authentication in the last 10 minutes. */
  "POST /api/admin/users/{id}/2fa/reset": {
    path: { id: string | number };
    answer: Schemas["Message"];
    code: "above_you" | "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Roles. Requires a signed-in user. Permission: `roles:read`. */
  "GET /api/admin/roles": {
    query?: { limit?: number | undefined; cursor?: string | undefined };
    answer: Schemas["RoleList"];
    code: "authentication_required" | "forbidden" | "internal_error" | "invalid_cursor" | "invalid_token" | "rate_limited" | "service_unavailable" | "two_factor_required" | "validation_failed";
  };
  /** Creates a role. Requires a signed-in user. Permission: `roles:write`. Requires an authentication in the last 10 minutes. */
  "POST /api/admin/roles": {
    body: Schemas["CreateRoleRequest"];
    answer: Schemas["RoleAnswer"];
    code: "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_token" | "not_grantable" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "role_name_taken" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** One role. Requires a signed-in user. Permission: `roles:read`. */
  "GET /api/admin/roles/{id}": {
    path: { id: string | number };
    answer: Schemas["RoleDetails"];
    code: "authentication_required" | "forbidden" | "internal_error" | "invalid_token" | "not_found" | "rate_limited" | "service_unavailable" | "two_factor_required" | "validation_failed";
  };
  /** Changes a role. Requires a signed-in user. Permission: `roles:write`. Requires an authentication in the last 10 minutes. */
  "PATCH /api/admin/roles/{id}": {
    path: { id: string | number };
    body?: Schemas["ChangeRoleRequest"];
    answer: Schemas["RoleAnswer"];
    code: "above_you" | "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_token" | "last_admin" | "not_found" | "not_grantable" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "role_name_taken" | "service_unavailable" | "system_role" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Deletes a role; its accounts get another one. Requires a signed-in user. Permission: `roles:write`. Requires an authentication in the last 10 minutes. */
  "DELETE /api/admin/roles/{id}": {
    path: { id: string | number };
    query?: { replacementId?: string | undefined };
    answer: Schemas["Message"];
    code: "above_you" | "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_token" | "last_admin" | "not_found" | "not_grantable" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "role_in_use" | "service_unavailable" | "system_role" | "two_factor_required" | "unknown_role" | "unsupported_media_type" | "validation_failed";
  };
  /** The permissions of this service. Requires a signed-in user. Permission: `roles:read`. */
  "GET /api/admin/permissions": {
    answer: Schemas["PermissionList"];
    code: "authentication_required" | "forbidden" | "internal_error" | "invalid_token" | "rate_limited" | "service_unavailable" | "two_factor_required";
  };
  /** Opens somebody's account for ten minutes, for reading; the person is told. Requires a signed-in user. Permission: `users:impersonate`. Requires an authentication in the last 10 minutes. */
  "POST /api/admin/users/{id}/impersonate": {
    path: { id: string | number };
    body: Schemas["ImpersonateUserRequest"];
    answer: Schemas["Impersonation"];
    code: "above_you" | "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** The audit log, newest first. Requires a signed-in user. Permission: `audit:read`. */
  "GET /api/admin/audit-logs": {
    query?: { limit?: number | undefined; cursor?: string | undefined; actor?: string | undefined; action?: string | undefined; target?: string | undefined; from?: string | undefined; to?: string | undefined };
    answer: Schemas["AuditRecordList"];
    code: "authentication_required" | "forbidden" | "internal_error" | "invalid_cursor" | "invalid_token" | "rate_limited" | "service_unavailable" | "two_factor_required" | "validation_failed";
  };
  /** Verifies the hash chain. Requires a signed-in user. Permission: `audit:read`. */
  "GET /api/admin/audit-logs/verify": {
    query?: { limit?: number | undefined; anchor?: string | undefined };
    answer: Schemas["AuditVerification"];
    code: "authentication_required" | "forbidden" | "internal_error" | "invalid_token" | "rate_limited" | "service_unavailable" | "two_factor_required" | "validation_failed";
  };
  /** Statistics: totals and figures per day. Requires a signed-in user. Permission: `stats:read`. */
  "GET /api/admin/stats": {
    query?: { from?: string | undefined; to?: string | undefined };
    answer: Schemas["Statistics"];
    code: "authentication_required" | "forbidden" | "internal_error" | "invalid_token" | "rate_limited" | "service_unavailable" | "two_factor_required" | "validation_failed";
  };
  /** Applications. Requires a signed-in user. Permission: `applications:read`. */
  "GET /api/admin/applications": {
    query?: { limit?: number | undefined; cursor?: string | undefined };
    answer: Schemas["ApplicationList"];
    code: "authentication_required" | "forbidden" | "internal_error" | "invalid_cursor" | "invalid_token" | "rate_limited" | "service_unavailable" | "two_factor_required" | "validation_failed";
  };
  /** Registers an application; its secret is shown once. Requires a signed-in user. Permission: `applications:write`. Requires an authentication in the last 10 minutes. */
  "POST /api/admin/applications": {
    body: Schemas["NewApplication"];
    answer: Schemas["ApplicationIssued"];
    code: "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_token" | "not_grantable" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Changes, disables or enables an application. Requires a signed-in user. Permission: `applications:write`. Requires an authentication in the last 10 minutes. */
  "PATCH /api/admin/applications/{id}": {
    path: { id: string | number };
    body?: Schemas["ApplicationChange"];
    answer: Schemas["ApplicationAnswer"];
    code: "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_token" | "not_found" | "not_grantable" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Deletes an application, and ends its tokens. Requires a signed-in user. Permission: `applications:write`. Requires an authentication in the last 10 minutes. */
  "DELETE /api/admin/applications/{id}": {
    path: { id: string | number };
    answer: Schemas["Message"];
    code: "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_token" | "not_found" | "not_grantable" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** A new secret for an application; the one before works for a while more. Requires a signed-in user. Permission: `applications:write`. Requires an authentication in the last 10 minutes. */
  "POST /api/admin/applications/{id}/secret": {
    path: { id: string | number };
    body?: Schemas["SecretRotation"];
    answer: Schemas["ApplicationIssued"];
    code: "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_token" | "not_found" | "not_grantable" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Webhooks. Requires a signed-in user. Permission: `webhooks:read`. */
  "GET /api/admin/webhooks": {
    query?: { limit?: number | undefined; cursor?: string | undefined };
    answer: Schemas["WebhookList"];
    code: "authentication_required" | "forbidden" | "internal_error" | "invalid_cursor" | "invalid_token" | "rate_limited" | "service_unavailable" | "two_factor_required" | "validation_failed";
  };
  /** Creates a webhook; its secret is shown once. Requires a signed-in user. Permission: `webhooks:write`. Requires an authentication in the last 10 minutes. */
  "POST /api/admin/webhooks": {
    body: Schemas["NewWebhook"];
    answer: Schemas["WebhookCreated"];
    code: "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_token" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Changes a webhook, turns it off or on again. Requires a signed-in user. Permission: `webhooks:write`. Requires an authentication in the last 10 minutes. */
  "PATCH /api/admin/webhooks/{id}": {
    path: { id: string | number };
    body?: Schemas["WebhookChange"];
    answer: Schemas["WebhookAnswer"];
    code: "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Deletes a webhook and its deliveries. Requires a signed-in user. Permission: `webhooks:write`. Requires an authentication in the last 10 minutes. */
  "DELETE /api/admin/webhooks/{id}": {
    path: { id: string | number };
    answer: Schemas["Message"];
    code: "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** A new secret; the one before signs too for a day. Requires a signed-in user. Permission: `webhooks:write`. Requires an authentication in the last 10 minutes. */
  "POST /api/admin/webhooks/{id}/secret": {
    path: { id: string | number };
    answer: Schemas["WebhookSecret"];
    code: "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Sends the event `webhook.test`. Requires a signed-in user. Permission: `webhooks:write`. Requires an authentication in the last 10 minutes. */
  "POST /api/admin/webhooks/{id}/test": {
    path: { id: string | number };
    answer: Schemas["WebhookTested"];
    code: "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** What was sent in the last 30 days, newest first. Requires a signed-in user. Permission: `webhooks:read`. */
  "GET /api/admin/webhooks/{id}/deliveries": {
    path: { id: string | number };
    query?: { limit?: number | undefined; cursor?: string | undefined };
    answer: Schemas["WebhookDeliveryList"];
    code: "authentication_required" | "forbidden" | "internal_error" | "invalid_cursor" | "invalid_token" | "not_found" | "rate_limited" | "service_unavailable" | "two_factor_required" | "validation_failed";
  };
  /** Sends one delivery again. Requires a signed-in user. Permission: `webhooks:write`. Requires an authentication in the last 10 minutes. */
  "POST /api/admin/webhooks/{id}/deliveries/{deliveryId}/replay": {
    path: { id: string | number; deliveryId: string | number };
    answer: Schemas["Message"];
    code: "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Sends again all that failed since a time. Requires a signed-in user. Permission: `webhooks:write`. Requires an authentication in the last 10 minutes. */
  "POST /api/admin/webhooks/{id}/replay": {
    path: { id: string | number };
    body: Schemas["WebhookReplay"];
    answer: Schemas["WebhookReplayed"];
    code: "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Notifies some users, a role, or all. Requires a signed-in user. Permission: `notifications:send`. Requires an authentication in the last 10 minutes. */
  "POST /api/admin/notifications": {
    body: Schemas["BroadcastRequest"];
    answer: Schemas["BroadcastAccepted"];
    code: "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_json" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** How far a broadcast has come. Requires a signed-in user. Permission: `notifications:send`. */
  "GET /api/admin/notifications/{broadcastId}": {
    path: { broadcastId: string | number };
    answer: Schemas["BroadcastProgress"];
    code: "authentication_required" | "forbidden" | "internal_error" | "invalid_token" | "not_found" | "rate_limited" | "service_unavailable" | "two_factor_required" | "validation_failed";
  };
  /** Jobs that failed for good, newest first. Requires a signed-in user. Permission: `jobs:read`. */
  "GET /api/admin/dead-jobs": {
    query?: { limit?: number | undefined; cursor?: string | undefined };
    answer: Schemas["DeadJobList"];
    code: "authentication_required" | "forbidden" | "internal_error" | "invalid_cursor" | "invalid_token" | "rate_limited" | "service_unavailable" | "two_factor_required" | "validation_failed";
  };
  /** Retries a job that failed for good. Requires a signed-in user. Permission: `jobs:replay`. Requires an authentication in the last 10 minutes. */
  "POST /api/admin/dead-jobs/{id}/replay": {
    path: { id: string | number };
    answer: Schemas["Message"];
    code: "authentication_required" | "forbidden" | "incomplete_body" | "internal_error" | "invalid_token" | "not_found" | "payload_too_large" | "rate_limited" | "reauthentication_required" | "service_unavailable" | "two_factor_required" | "unsupported_media_type" | "validation_failed";
  };
  /** Tokens for a code, for a refresh token, or for the application itself (RFC 6749). For anyone. */
  "POST /oauth/token": {
    body: string;
    answer: Schemas["OAuthToken"] | Schemas["OAuthRefusal"];
    code: "internal_error" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type";
  };
  /** Whether a token for this application is good (RFC 7662). For anyone. */
  "POST /oauth/introspect": {
    body: string;
    answer: Schemas["Introspection"] | Schemas["OAuthRefusal"];
    code: "internal_error" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type";
  };
  /** Ends what a refresh token of this application was for (RFC 7009). For anyone. */
  "POST /oauth/revoke": {
    body: string;
    answer: Schemas["TokenRevoked"] | Schemas["OAuthRefusal"];
    code: "internal_error" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type";
  };
  /** An application without a secret registers itself, where OPEN_CLIENTS says so (RFC 7591). For anyone. */
  "POST /oauth/register": {
    body: Schemas["RegisterClientRequest"];
    answer: Schemas["RegisteredClient"] | Schemas["OAuthRefusal"];
    code: "internal_error" | "not_found" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type" | "validation_failed";
  };
  /** Who the person is, for the application that they signed in to (OpenID Connect). For anyone. */
  "GET /oauth/userinfo": {
    answer: Schemas["UserInfo"];
    code: "authentication_required" | "internal_error" | "invalid_token" | "rate_limited" | "service_unavailable";
  };
  /** The same, for clients that send a POST. For anyone. */
  "POST /oauth/userinfo": {
    answer: Schemas["UserInfo"];
    code: "authentication_required" | "incomplete_body" | "internal_error" | "invalid_token" | "payload_too_large" | "rate_limited" | "service_unavailable" | "unsupported_media_type";
  };
}

/** Every code of a failure that the service answers with. */
export type FailureCode = Operations[keyof Operations]["code"];
