/** The tables as Drizzle declares them: snake_case plural names, `id` identity keys, soft delete by `deleted_at`. */
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  date,
  index,
  integer,
  interval,
  jsonb,
  pgTable,
  real,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
  varchar,
  type AnyPgColumn,
} from "drizzle-orm/pg-core";
import {
  CLIENT_SOURCES,
  DELIVERY_STATES,
  ID_TOKEN_ALGORITHMS,
  LOGIN_OUTCOMES,
  PASSKEY_ALGORITHMS,
  TOKEN_PURPOSES,
  TWO_FACTOR_TYPES,
} from "./values.ts";

// In milliseconds, as in JavaScript: a value that a client sends back equals the stored one.
const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });
const createdAt = () => instant("created_at").notNull().defaultNow();
const updatedAt = () =>
  instant("updated_at")
    .notNull()
    .defaultNow()
    .$onUpdate(() => sql`now()`);
const identity = () => integer().primaryKey().generatedAlwaysAsIdentity();
const logIdentity = () => bigint({ mode: "number" }).primaryKey().generatedByDefaultAsIdentity();
const oneOf = (column: AnyPgColumn, values: readonly string[]) =>
  sql`${column} in (${sql.raw(values.map((value) => `'${value}'`).join(", "))})`;

export const roles = pgTable("roles", {
  // A migration seeds 0 user, 1 admin and 2 guest.
  id: integer().primaryKey().generatedByDefaultAsIdentity({ startWith: 3 }),
  name: varchar({ length: 50 }).notNull().unique("roles_name_unique"),
  description: text().notNull().default(""),
  permissions: jsonb().$type<string[]>().notNull().default([]),
  isSystem: boolean("is_system").notNull().default(false),
  /** Deleted: its holders have this role. The row goes once none of them is stored with it (services/access/role-removal.ts). */
  replacementId: integer("replacement_id").references((): AnyPgColumn => roles.id),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

export const users = pgTable(
  "users",
  {
    id: identity(),
    email: varchar({ length: 255 }).notNull(),
    /** Null for an account that signs in with passkeys alone. */
    passwordHash: varchar("password_hash", { length: 255 }),
    prenom: varchar({ length: 100 }).notNull(),
    nom: varchar({ length: 100 }).notNull(),
    telephone: varchar({ length: 32 }),
    locale: varchar({ length: 8 }).notNull().default("fr"),
    roleId: integer("role_id")
      .notNull()
      .default(0)
      .references(() => roles.id),
    isActive: boolean("is_active").notNull().default(true),
    isVerified: boolean("is_verified").notNull().default(false),
    lastLoginAt: instant("last_login_at"),
    /**
     * Set for accounts registered with REGISTRATION=verified: the address becomes free at this time unless the mailbox
     * was proven.
     */
    proofDueAt: instant("proof_due_at"),
    /** By which applications know the account; null before the first one asks. */
    subject: uuid().unique("users_subject_unique"),
    /** 32 random bytes by which passkeys name the account; null before the first one is asked for. */
    webauthnHandle: varchar("webauthn_handle", { length: 43 }).unique("users_webauthn_handle_unique"),
    deletedAt: instant("deleted_at"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex("idx_users_email")
      .on(table.email)
      .where(sql`deleted_at is null`),
    // With the id behind the role, the index returns a role's accounts in order.
    index("idx_users_role_id_id").on(table.roleId, table.id),
    index("idx_users_nom_id").on(table.nom, table.id),
    index("idx_users_created_at").on(table.createdAt),
    // Few accounts are disabled or deleted: finding them must not scan all the others.
    index("idx_users_set_aside")
      .on(table.id)
      .where(sql`deleted_at is not null or not is_active`),
    index("idx_users_deleted_at")
      .on(table.deletedAt)
      .where(sql`deleted_at is not null`),
    index("idx_users_proof_due_at")
      .on(table.proofDueAt)
      .where(sql`not is_verified and proof_due_at is not null`),
  ],
);

const userId = () =>
  integer("user_id")
    .notNull()
    .references(() => users.id, { onDelete: "cascade" });

/** One row per session of a device, until it ends. `token` is the hash of the current refresh token. */
export const refreshTokens = pgTable(
  "refresh_tokens",
  {
    id: identity(),
    userId: userId(),
    sessionId: uuid("session_id").notNull().unique("refresh_tokens_session_id_unique"),
    token: varchar({ length: 255 }).notNull().unique("refresh_tokens_token_unique"),
    /**
     * The hash of the token that `token` replaced: a token signed with the previous AUTH_SECRET is only accepted if it
     * was handed out.
     */
    previousToken: varchar("previous_token", { length: 255 }),
    generation: integer().notNull().default(0),
    rotatedAt: instant("rotated_at"),
    authenticatedAt: instant("authenticated_at").notNull().defaultNow(),
    methods: text().array().notNull(),
    /** The known device that started the session. */
    device: varchar({ length: 64 }),
    ipAddress: varchar("ip_address", { length: 45 }),
    userAgent: varchar("user_agent", { length: 512 }),
    country: varchar({ length: 2 }),
    city: varchar({ length: 100 }),
    lastUsedAt: instant("last_used_at").notNull().defaultNow(),
    expiresAt: instant("expires_at").notNull(),
    revokedAt: instant("revoked_at"),
    revokedReason: varchar("revoked_reason", { length: 50 }),
    /**
     * The administrator who looks at the account in this session (services/administration/impersonation.ts). No foreign
     * key: removing an account would search all sessions.
     */
    impersonatorId: integer("impersonator_id"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index("idx_refresh_tokens_user_id").on(table.userId),
    // One account may have had thousands of sessions: the index returns the live ones in order without scanning the
    // others. By `-id` for the reason given at `audit_logs`.
    index("idx_refresh_tokens_user_id_live")
      .on(table.userId, sql`(-id)`)
      .where(sql`revoked_at is null`),
    index("idx_refresh_tokens_expires_at").on(table.expiresAt),
  ],
);

export const oneTimeTokens = pgTable(
  "one_time_tokens",
  {
    id: identity(),
    userId: userId(),
    purpose: text({ enum: TOKEN_PURPOSES }).notNull(),
    token: varchar({ length: 255 }).notNull().unique("one_time_tokens_token_unique"),
    payload: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    attempts: smallint().notNull().default(0),
    expiresAt: instant("expires_at").notNull(),
    usedAt: instant("used_at"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index("idx_one_time_tokens_user_id_purpose").on(table.userId, table.purpose),
    index("idx_one_time_tokens_expires_at").on(table.expiresAt),
    // Created by the hundred a minute and useless once expired: this index finds them among links that are kept for
    // longer.
    index("idx_one_time_tokens_short_lived")
      .on(table.expiresAt)
      .where(sql`purpose in ('ws_ticket', 'login_challenge')`),
    check("one_time_tokens_purpose_check", oneOf(table.purpose, TOKEN_PURPOSES)),
  ],
);

export const twoFactorMethods = pgTable(
  "two_factor_methods",
  {
    id: identity(),
    userId: userId(),
    type: text({ enum: TWO_FACTOR_TYPES }).notNull(),
    /** Sealed (AES-256-GCM) and bound to the user id; null for e-mail codes, which have no secret. */
    secret: text(),
    confirmedAt: instant("confirmed_at"),
    lastUsedStep: bigint("last_used_step", { mode: "number" }),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex("idx_two_factor_methods_user_id_type").on(table.userId, table.type),
    check("two_factor_methods_type_check", oneOf(table.type, TWO_FACTOR_TYPES)),
  ],
);

export const recoveryCodes = pgTable(
  "recovery_codes",
  {
    id: identity(),
    userId: userId(),
    code: varchar({ length: 255 }).notNull(),
    usedAt: instant("used_at"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [uniqueIndex("idx_recovery_codes_user_id_code").on(table.userId, table.code)],
);

/** Credentials of WebAuthn. All binary values in base64url. */
export const passkeys = pgTable(
  "passkeys",
  {
    id: identity(),
    userId: userId(),
    /** At most 1023 bytes. */
    credentialId: varchar("credential_id", { length: 1364 }).notNull().unique("passkeys_credential_id_unique"),
    /** As a JWK. */
    publicKey: jsonb("public_key").$type<Record<string, string>>().notNull(),
    algorithm: text({ enum: PASSKEY_ALGORITHMS }).notNull(),
    counter: bigint({ mode: "number" }).notNull(),
    /** The model of the authenticator; all zeros where it says none. */
    aaguid: uuid().notNull(),
    transports: text().array().notNull(),
    /** Whether it may be copied to other devices; it never changes. */
    backupEligible: boolean("backup_eligible").notNull(),
    backedUp: boolean("backed_up").notNull(),
    /** Whether it signs in by itself: it verifies its user, and an account is found by it. Others are second factors only. */
    signsIn: boolean("signs_in").notNull(),
    name: varchar({ length: 100 }),
    lastUsedAt: instant("last_used_at"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index("idx_passkeys_user_id").on(table.userId),
    check("passkeys_algorithm_check", oneOf(table.algorithm, PASSKEY_ALGORITHMS)),
  ],
);

/** Keys of scripts and machines that act for the account. */
export const apiKeys = pgTable(
  "api_keys",
  {
    id: identity(),
    userId: userId(),
    /** The public part of the key, by which it is found. */
    keyId: varchar("key_id", { length: 16 }).notNull().unique("api_keys_key_id_unique"),
    name: varchar({ length: 100 }).notNull(),
    hash: varchar({ length: 64 }).notNull(),
    /** What revocation marks name it by: another after each rotation. */
    markId: uuid("mark_id").notNull(),
    /** The key before the last rotation works until then. */
    previousHash: varchar("previous_hash", { length: 64 }),
    previousMarkId: uuid("previous_mark_id"),
    previousUntil: instant("previous_until"),
    permissions: jsonb().$type<string[]>().notNull(),
    lastUsedAt: instant("last_used_at"),
    rotatedAt: instant("rotated_at"),
    expiresAt: instant("expires_at").notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index("idx_api_keys_user_id").on(table.userId), index("idx_api_keys_expires_at").on(table.expiresAt)],
);

/** Applications that get tokens of their own. */
export const oauthClients = pgTable(
  "oauth_clients",
  {
    id: identity(),
    clientId: varchar("client_id", { length: 200 }).notNull().unique("oauth_clients_client_id_unique"),
    name: varchar({ length: 100 }).notNull(),
    /** One that no administrator has registered may ask for what the configuration says, whatever stands here. */
    source: text({ enum: CLIENT_SOURCES }).notNull().default("administrator"),
    /** When the document was read whose address is the id. */
    fetchedAt: instant("fetched_at"),
    /** Of the secret; null for an application that can't keep one, in a browser or on a device. */
    hash: varchar({ length: 64 }),
    /** The secret before the last rotation works until then. */
    previousHash: varchar("previous_hash", { length: 64 }),
    previousUntil: instant("previous_until"),
    /** What revocation marks name its tokens by: another after each change of what they say. */
    markId: uuid("mark_id").notNull(),
    permissions: jsonb().$type<string[]>().notNull(),
    /** Whom its tokens may be for; empty: the service's own audience. */
    audiences: jsonb().$type<string[]>().notNull(),
    /** Where people are sent back to, exactly; empty: nobody signs in to it. */
    redirectUris: jsonb("redirect_uris").$type<string[]>().notNull().default([]),
    postLogoutRedirectUris: jsonb("post_logout_redirect_uris").$type<string[]>().notNull().default([]),
    /** Where it is told that a session is over. */
    backchannelLogoutUri: varchar("backchannel_logout_uri", { length: 1_000 }),
    /** One's own: nobody is asked for their consent. */
    isFirstParty: boolean("is_first_party").notNull().default(false),
    idTokenAlgorithm: text("id_token_algorithm", { enum: ID_TOKEN_ALGORITHMS }).notNull().default("RS256"),
    disabledAt: instant("disabled_at"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    check("oauth_clients_source_check", oneOf(table.source, CLIENT_SOURCES)),
    check("oauth_clients_id_token_algorithm_check", oneOf(table.idTokenAlgorithm, ID_TOKEN_ALGORITHMS)),
    check("oauth_clients_first_party_check", sql`${table.source} = 'administrator' or not ${table.isFirstParty}`),
  ],
);

const clientId = () =>
  integer("client_id")
    .notNull()
    .references(() => oauthClients.id, { onDelete: "cascade" });

/** What a person lets an application have. */
export const oauthConsents = pgTable(
  "oauth_consents",
  {
    id: identity(),
    userId: userId(),
    clientId: clientId(),
    scopes: jsonb().$type<string[]>().notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex("idx_oauth_consents_user_id_client_id").on(table.userId, table.clientId),
    index("idx_oauth_consents_client_id").on(table.clientId),
  ],
);

/** One row for each time that a person signs in to an application. It lives no longer than the session. */
export const oauthGrants = pgTable(
  "oauth_grants",
  {
    id: identity(),
    userId: userId(),
    clientId: clientId(),
    /** In its refresh tokens. */
    grantId: uuid("grant_id").notNull().unique("oauth_grants_grant_id_unique"),
    /** The session of the browser in which the person signed in. */
    sessionId: uuid("session_id")
      .notNull()
      .references(() => refreshTokens.sessionId, { onDelete: "cascade" }),
    /** Of the code, which is good once. */
    codeHash: varchar("code_hash", { length: 64 }).notNull().unique("oauth_grants_code_hash_unique"),
    scopes: jsonb().$type<string[]>().notNull(),
    audience: varchar({ length: 200 }),
    /** Of the current refresh token. */
    token: varchar({ length: 64 }).notNull(),
    previousToken: varchar("previous_token", { length: 64 }),
    generation: bigint({ mode: "number" }).notNull().default(0),
    rotatedAt: instant("rotated_at"),
    lastUsedAt: instant("last_used_at").notNull().defaultNow(),
    revokedAt: instant("revoked_at"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index("idx_oauth_grants_user_id").on(table.userId),
    index("idx_oauth_grants_client_id").on(table.clientId),
    index("idx_oauth_grants_session_id").on(table.sessionId),
  ],
);

/** An application is told that a session is over: sent until it takes it. Goes with the session's row. */
export const logoutTokens = pgTable(
  "logout_tokens",
  {
    /** In the token, as its `jti`. */
    id: uuid().primaryKey().defaultRandom(),
    clientId: clientId(),
    sessionId: uuid("session_id")
      .notNull()
      .references(() => refreshTokens.sessionId, { onDelete: "cascade" }),
    attempts: smallint().notNull().default(0),
    /** When it is sent again; null once it was taken, or has failed too often. */
    nextAt: instant("next_at").default(sql`now() + interval '1 minute'`),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex("idx_logout_tokens_session_id_client_id").on(table.sessionId, table.clientId),
    index("idx_logout_tokens_client_id_next_at").on(table.clientId, table.nextAt),
  ],
);

/** Who an account is at identity providers. Created when it was linked. */
export const identities = pgTable(
  "identities",
  {
    id: identity(),
    userId: userId(),
    issuer: varchar({ length: 255 }).notNull(),
    subject: varchar({ length: 255 }).notNull(),
    /** As the provider last said; the account's own address is in `users`. */
    email: varchar({ length: 255 }),
    emailVerified: boolean("email_verified").notNull().default(false),
    lastUsedAt: instant("last_used_at"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex("idx_identities_issuer_subject").on(table.issuer, table.subject),
    index("idx_identities_user_id").on(table.userId),
  ],
);

/** The nonces of redeemed passkey challenges, until those have expired: each is good once. */
export const usedChallenges = pgTable(
  "used_challenges",
  {
    /** The nonce. */
    id: uuid().primaryKey(),
    expiresAt: instant("expires_at").notNull(),
    createdAt: createdAt(),
  },
  (table) => [index("idx_used_challenges_expires_at").on(table.expiresAt)],
);

/** Devices that have signed in to an account: `device` is the hash of the id in the device's token. */
export const knownDevices = pgTable(
  "known_devices",
  {
    id: identity(),
    userId: userId(),
    device: varchar({ length: 64 }).notNull(),
    lastSeenAt: instant("last_seen_at").notNull().defaultNow(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex("idx_known_devices_user_id_device").on(table.userId, table.device),
    index("idx_known_devices_last_seen_at").on(table.lastSeenAt),
  ],
);

/** Where an account has signed in: a login from elsewhere is compared with these (services/login/risk.ts). */
export const loginPlaces = pgTable(
  "login_places",
  {
    id: identity(),
    userId: userId(),
    /** As Cloudflare names it; empty where it doesn't. */
    country: varchar({ length: 2 }).notNull(),
    /** The provider's number (ASN); 0 where it isn't known. */
    network: bigint({ mode: "number" }).notNull(),
    latitude: real(),
    longitude: real(),
    seenAt: instant("seen_at").notNull().defaultNow(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex("idx_login_places_user_id_country_network").on(table.userId, table.country, table.network),
    index("idx_login_places_seen_at").on(table.seenAt),
  ],
);

/** Consecutive failures: `key` is a keyed hash of an address, known or not, or an account's id. */
export const loginThrottles = pgTable(
  "login_throttles",
  {
    id: identity(),
    key: varchar({ length: 64 }).notNull().unique("login_throttles_key_unique"),
    failures: integer().notNull().default(0),
    lockedUntil: instant("locked_until"),
    lastFailedAt: instant("last_failed_at"),
    /** When the first attempt of the current wait was refused: the history gets one row per wait. */
    refusedAt: instant("refused_at"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index("idx_login_throttles_last_failed_at").on(table.lastFailedAt)],
);

export const loginHistory = pgTable(
  "login_history",
  {
    id: logIdentity(),
    userId: integer("user_id").references(() => users.id, { onDelete: "cascade" }),
    outcome: text({ enum: LOGIN_OUTCOMES }).notNull(),
    reason: varchar({ length: 50 }),
    method: varchar({ length: 50 }),
    sessionId: uuid("session_id"),
    ipAddress: varchar("ip_address", { length: 45 }),
    userAgent: varchar("user_agent", { length: 512 }),
    country: varchar({ length: 2 }),
    city: varchar({ length: 100 }),
    createdAt: createdAt(),
  },
  (table) => [
    index("idx_login_history_user_id_id").on(table.userId, table.id.desc().nullsFirst()),
    // Includes the outcome, so that counting logins by day only reads the index.
    index("idx_login_history_created_at_outcome").on(table.createdAt, table.outcome),
    // Whether a device or country is familiar: each login checks this for its account, which may have millions of rows.
    index("idx_login_history_user_id_country")
      .on(table.userId, table.country)
      .where(sql`outcome = 'success'`),
    index("idx_login_history_user_id_user_agent")
      .on(table.userId, table.userAgent)
      .where(sql`outcome = 'success'`),
    check("login_history_outcome_check", oneOf(table.outcome, LOGIN_OUTCOMES)),
  ],
);

/**
 * Append-only and hash-chained: the trigger of migration 0001 sets `id` and `hash`, and refuses updates and deletes.
 */
export const auditLogs = pgTable(
  "audit_logs",
  {
    id: logIdentity(),
    // No foreign keys: the log outlives the accounts in it.
    actorId: integer("actor_id"),
    action: varchar({ length: 100 }).notNull(),
    targetType: varchar("target_type", { length: 50 }).notNull(),
    targetId: varchar("target_id", { length: 100 }),
    metadata: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    ipAddress: varchar("ip_address", { length: 45 }),
    requestId: varchar("request_id", { length: 64 }),
    hash: varchar({ length: 64 }).notNull().default(""),
    createdAt: createdAt(),
  },
  (table) => [
    // By `-id`, which the primary key can't serve: sorted by `id`, the planner reads a filtered list along the primary
    // key whenever it assumes that the filter's rows are spread evenly, and scans the whole log where they are not.
    index("idx_audit_logs_actor_id_id").on(table.actorId, sql`(-id)`),
    index("idx_audit_logs_action_id").on(table.action, sql`(-id)`),
    index("idx_audit_logs_target_type_target_id_id").on(table.targetType, table.targetId, sql`(-id)`),
    // Two filters that rarely or never match together: with one index alone the query would read it to its end.
    index("idx_audit_logs_actor_id_action_id").on(table.actorId, table.action, sql`(-id)`),
    index("idx_audit_logs_target_action_id").on(table.targetType, table.targetId, table.action, sql`(-id)`),
    index("idx_audit_logs_target_actor_id").on(table.targetType, table.targetId, table.actorId, sql`(-id)`),
    index("idx_audit_logs_created_at").on(table.createdAt),
  ],
);

/**
 * Results of `count_statistics` of migration 0001: one row per day, kept after the counted rows are gone. The last row
 * also holds how far the count has come and the latest totals.
 */
export const dailyStatistics = pgTable("daily_statistics", {
  id: identity(),
  /** In UTC. */
  day: date().notNull().unique("daily_statistics_day_unique"),
  signUps: integer("sign_ups").notNull().default(0),
  logins: integer().notNull().default(0),
  failures: integer().notNull().default(0),
  totals: jsonb().$type<Record<string, number>>(),
  /** When the totals were complete. */
  totalsAt: instant("totals_at"),
  countedUntil: instant("counted_until").notNull(),
  /** Unused; release 0.1 reads it. */
  countingTime: interval("counting_time"),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

/** Noted by triggers in the transactions that change a total: `count_totals` takes them away again. */
export const uncountedChanges = pgTable("uncounted_changes", {
  id: logIdentity(),
  /** A thousand account ids, to be counted again. */
  slice: integer(),
  /** When the quarter of a day begins in which a session runs out, and whether it is one more or one less. */
  runsOut: instant("runs_out"),
  sessions: smallint(),
  createdAt: createdAt(),
});

/** The totals of a thousand account ids. */
export const accountCounts = pgTable("account_counts", {
  slice: integer().primaryKey(),
  users: integer().notNull(),
  disabled: integer().notNull(),
  deleted: integer().notNull(),
  twoFactor: integer("two_factor").notNull(),
  passkeys: integer().notNull(),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

/** How many sessions run out in the quarter of a day that begins then. */
export const sessionCounts = pgTable("session_counts", {
  runsOut: instant("runs_out").primaryKey(),
  sessions: integer().notNull(),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

/** Marks for a mail provider without idempotency keys: a queue message delivered twice is mailed once. */
export const sentMails = pgTable(
  "sent_mails",
  {
    id: identity(),
    /** The id of the queue message; identifies nobody. */
    key: varchar({ length: 64 }).notNull().unique("sent_mails_key_unique"),
    claimedAt: instant("claimed_at").notNull().defaultNow(),
    sentAt: instant("sent_at"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index("idx_sent_mails_created_at").on(table.createdAt)],
);

/** The mails of the last hour per address (a keyed hash), to cap them (services/events/mail-cap.ts). */
export const mailCounts = pgTable(
  "mail_counts",
  {
    id: identity(),
    /** The id of the queue message: delivered twice, it counts as one mail. */
    key: varchar({ length: 64 }).notNull().unique("mail_counts_key_unique"),
    address: varchar({ length: 64 }).notNull(),
    kind: varchar({ length: 50 }).notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index("idx_mail_counts_address_created_at").on(table.address, table.createdAt),
    index("idx_mail_counts_created_at").on(table.createdAt),
  ],
);

/** Jobs that failed for good, from the dead-letter queue, without codes, for an operator to inspect. */
export const deadJobs = pgTable(
  "dead_jobs",
  {
    id: identity(),
    messageId: varchar("message_id", { length: 64 }).notNull().unique("dead_jobs_message_id_unique"),
    type: varchar({ length: 50 }).notNull(),
    job: jsonb().$type<Record<string, unknown>>().notNull(),
    createdAt: createdAt(),
  },
  (table) => [index("idx_dead_jobs_created_at").on(table.createdAt)],
);

/** What acts have caused and the queue's consumer has not confirmed yet. Names accounts by id; no token, no code. */
export const outbox = pgTable(
  "outbox",
  {
    /** The queue message's id too. */
    id: uuid().primaryKey(),
    job: jsonb().$type<Record<string, unknown>>().notNull(),
    attempts: integer().notNull().default(0),
    /** When it is sent again, unless it was confirmed before. */
    nextAt: instant("next_at")
      .notNull()
      .default(sql`now() + interval '30 seconds'`),
    createdAt: createdAt(),
  },
  (table) => [index("idx_outbox_next_at").on(table.nextAt)],
);

/** Where events go, by administrators (services/webhooks). */
export const webhookEndpoints = pgTable("webhook_endpoints", {
  id: uuid().primaryKey(),
  url: varchar({ length: 2048 }).notNull(),
  description: varchar({ length: 200 }).notNull(),
  /** Empty: all. */
  events: text().array().notNull(),
  /** Sealed; the one before signs too until `previousUntil`. */
  secret: text().notNull(),
  previousSecret: text("previous_secret"),
  previousUntil: instant("previous_until"),
  ownerId: integer("owner_id").references(() => users.id, { onDelete: "set null" }),
  /** Since when nobody took anything. */
  failingSince: instant("failing_since"),
  disabledAt: instant("disabled_at"),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

/** An event for one endpoint: sent until it is taken, or has failed too often. */
export const webhookDeliveries = pgTable(
  "webhook_deliveries",
  {
    id: logIdentity(),
    endpointId: uuid("endpoint_id")
      .notNull()
      .references(() => webhookEndpoints.id, { onDelete: "cascade" }),
    eventId: uuid("event_id").notNull(),
    type: varchar({ length: 100 }).notNull(),
    data: jsonb().$type<Record<string, unknown>>().notNull(),
    happenedAt: instant("happened_at").notNull(),
    status: text({ enum: DELIVERY_STATES }).notNull().default("pending"),
    attempts: integer().notNull().default(0),
    /** When it is sent again; until then somebody is sending it. */
    nextAt: instant("next_at")
      .notNull()
      .default(sql`now() + interval '1 minute'`),
    responseStatus: integer("response_status"),
    failure: varchar({ length: 50 }),
    latencyMs: integer("latency_ms"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex("idx_webhook_deliveries_endpoint_id_event_id").on(table.endpointId, table.eventId),
    index("idx_webhook_deliveries_endpoint_id_id").on(table.endpointId, table.id.desc().nullsFirst()),
    index("idx_webhook_deliveries_endpoint_id_next_at")
      .on(table.endpointId, table.nextAt)
      .where(sql`status = 'pending'`),
    index("idx_webhook_deliveries_created_at").on(table.createdAt),
    check("webhook_deliveries_status_check", oneOf(table.status, DELIVERY_STATES)),
  ],
);

/** How far a broadcast has come with the accounts of one range of ids: a chain of jobs each, side by side. */
export const broadcastRanges = pgTable(
  "broadcast_ranges",
  {
    id: identity(),
    broadcastId: uuid("broadcast_id").notNull(),
    range: smallint().notNull(),
    /** Accounts up to here have it. */
    afterId: integer("after_id").notNull(),
    untilId: integer("until_id").notNull(),
    /** Where the last job that the queue has begins. */
    sentId: integer("sent_id"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex("idx_broadcast_ranges_broadcast_id_range").on(table.broadcastId, table.range),
    index("idx_broadcast_ranges_created_at").on(table.createdAt),
  ],
);

/** The trigger of migration 0001 assigns `id` under a lock on the user, so a user's ids are committed in order. */
export const notifications = pgTable(
  "notifications",
  {
    id: logIdentity(),
    userId: userId(),
    type: varchar({ length: 50 }).notNull(),
    title: varchar({ length: 200 }).notNull(),
    content: text().notNull(),
    data: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    readAt: instant("read_at"),
    /** The broadcast it belongs to: a user gets each broadcast at most once, however often the queue delivers it. */
    broadcastId: uuid("broadcast_id"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index("idx_notifications_user_id_id").on(table.userId, table.id.desc().nullsFirst()),
    index("idx_notifications_user_id_unread")
      .on(table.userId, table.id)
      .where(sql`read_at is null`),
    uniqueIndex("idx_notifications_broadcast_id_user_id")
      .on(table.broadcastId, table.userId)
      .where(sql`broadcast_id is not null`),
  ],
);
