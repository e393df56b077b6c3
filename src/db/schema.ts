/** The database as Drizzle knows it: tables snake_case plural, `id` identity keys, soft delete by `deleted_at`. */
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
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
  varchar,
  type AnyPgColumn,
} from "drizzle-orm/pg-core";
import { LOGIN_OUTCOMES, TOKEN_PURPOSES, TWO_FACTOR_TYPES } from "./values.ts";

// Milliseconds, as JavaScript has them: what a client sent back compares equal to what is stored.
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
  // 0 user, 1 admin and 2 guest are seeded by a migration.
  id: integer().primaryKey().generatedByDefaultAsIdentity({ startWith: 3 }),
  name: varchar({ length: 50 }).notNull().unique("roles_name_unique"),
  description: text().notNull().default(""),
  permissions: jsonb().$type<string[]>().notNull().default([]),
  isSystem: boolean("is_system").notNull().default(false),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

export const users = pgTable(
  "users",
  {
    id: identity(),
    email: varchar({ length: 255 }).notNull(),
    passwordHash: varchar("password_hash", { length: 255 }).notNull(),
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
    /** Registered with REGISTRATION=verified: when the address is free again, unless its mailbox was proven. */
    proofDueAt: instant("proof_due_at"),
    deletedAt: instant("deleted_at"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex("idx_users_email")
      .on(table.email)
      .where(sql`deleted_at is null`),
    // With the id behind the role, the list of a role's accounts is in order as it stands.
    index("idx_users_role_id_id").on(table.roleId, table.id),
    index("idx_users_nom_id").on(table.nom, table.id),
    index("idx_users_created_at").on(table.createdAt),
    // Few accounts are disabled or deleted: finding them must not walk through all that are neither.
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

/** One row per signed-in device, for as long as it stays signed in. `token` is the hash of the current refresh token. */
export const refreshTokens = pgTable(
  "refresh_tokens",
  {
    id: identity(),
    userId: userId(),
    sessionId: uuid("session_id").notNull().unique("refresh_tokens_session_id_unique"),
    token: varchar({ length: 255 }).notNull().unique("refresh_tokens_token_unique"),
    /** The hash of the one that `token` succeeds: what a former AUTH_SECRET vouches for must have been handed out. */
    previousToken: varchar("previous_token", { length: 255 }),
    generation: integer().notNull().default(0),
    rotatedAt: instant("rotated_at"),
    authenticatedAt: instant("authenticated_at").notNull().defaultNow(),
    methods: text().array().notNull(),
    /** The known device that opened it. */
    device: varchar({ length: 64 }),
    ipAddress: varchar("ip_address", { length: 45 }),
    userAgent: varchar("user_agent", { length: 512 }),
    country: varchar({ length: 2 }),
    city: varchar({ length: 100 }),
    lastUsedAt: instant("last_used_at").notNull().defaultNow(),
    expiresAt: instant("expires_at").notNull(),
    revokedAt: instant("revoked_at"),
    revokedReason: varchar("revoked_reason", { length: 50 }),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index("idx_refresh_tokens_user_id").on(table.userId),
    // One account may have had thousands: its live ones are found, in order, without walking through those. By `-id`
    // for the reason given at `audit_logs`.
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
    // Made by the hundred a minute, and of no use once they have run out: found among links that are kept for longer.
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
    /** Sealed (AES-256-GCM) and bound to the user id; null for e-mail codes, which have none. */
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

/** Devices that an account has been signed in from: `device` is the hash of the id in the device's token. */
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

/** Consecutive failures: `key` is a keyed hash of an address, known or not, or names an account by its id. */
export const loginThrottles = pgTable(
  "login_throttles",
  {
    id: identity(),
    key: varchar({ length: 64 }).notNull().unique("login_throttles_key_unique"),
    failures: integer().notNull().default(0),
    lockedUntil: instant("locked_until"),
    lastFailedAt: instant("last_failed_at"),
    /** When the first attempt of the present wait was refused: the history gets one row for it, and no more. */
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
    // With the outcome, counting logins by day reads the index alone.
    index("idx_login_history_created_at_outcome").on(table.createdAt, table.outcome),
    // Whether a device or country is familiar: each login asks, of an account that may have millions of rows.
    index("idx_login_history_user_id_country")
      .on(table.userId, table.country)
      .where(sql`outcome = 'success'`),
    index("idx_login_history_user_id_user_agent")
      .on(table.userId, table.userAgent)
      .where(sql`outcome = 'success'`),
    check("login_history_outcome_check", oneOf(table.outcome, LOGIN_OUTCOMES)),
  ],
);

/** Append-only and hash-chained: the trigger of migration 0001 sets `id` and `hash`, and refuses update and delete. */
export const auditLogs = pgTable(
  "audit_logs",
  {
    id: logIdentity(),
    // No foreign keys: the log outlives the accounts that it names.
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
    // By `-id`, an order that the primary key can't give: sorted by `id`, a filtered list would be read along the primary
    // key whenever the planner takes the filter's rows to be spread evenly, and walk the whole log where they are not.
    index("idx_audit_logs_actor_id_id").on(table.actorId, sql`(-id)`),
    index("idx_audit_logs_action_id").on(table.action, sql`(-id)`),
    index("idx_audit_logs_target_type_target_id_id").on(table.targetType, table.targetId, sql`(-id)`),
    // Two filters that seldom or never meet: the index of either alone would be read to its end.
    index("idx_audit_logs_actor_id_action_id").on(table.actorId, table.action, sql`(-id)`),
    index("idx_audit_logs_target_action_id").on(table.targetType, table.targetId, table.action, sql`(-id)`),
    index("idx_audit_logs_target_actor_id").on(table.targetType, table.targetId, table.actorId, sql`(-id)`),
    index("idx_audit_logs_created_at").on(table.createdAt),
  ],
);

/**
 * What `count_statistics` of migration 0001 has counted: a row for each day, kept after the rows that it counted are gone.
 * The last one also says how far the count has come, what there was in total, and what it cost to find out.
 */
export const dailyStatistics = pgTable("daily_statistics", {
  id: identity(),
  /** In UTC. */
  day: date().notNull().unique("daily_statistics_day_unique"),
  signUps: integer("sign_ups").notNull().default(0),
  logins: integer().notNull().default(0),
  failures: integer().notNull().default(0),
  totals: jsonb().$type<Record<string, number>>(),
  countedUntil: instant("counted_until").notNull(),
  countingTime: interval("counting_time"),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

/** Marks for a provider without idempotency keys, so that a queue message seen twice is sent once. */
export const sentMails = pgTable(
  "sent_mails",
  {
    id: identity(),
    /** The id of the queue message: names nobody. */
    key: varchar({ length: 64 }).notNull().unique("sent_mails_key_unique"),
    claimedAt: instant("claimed_at").notNull().defaultNow(),
    sentAt: instant("sent_at"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index("idx_sent_mails_created_at").on(table.createdAt)],
);

/** The mails of the last hour by address, a keyed hash, so that none gets too many (services/events/mail-cap.ts). */
export const mailCounts = pgTable(
  "mail_counts",
  {
    id: identity(),
    /** The id of the queue message: seen twice, it is one mail. */
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

/** What failed for good: jobs out of the dead-letter queue, without codes, for an operator to look into. */
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

/** The trigger of migration 0001 draws `id` under a lock of the user: a user's ids are committed in their order. */
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
    /** The broadcast that it came with: at most one of each for a user, however often the queue delivers. */
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
