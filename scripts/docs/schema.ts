/** `npm run docs:schema`: documents the database from src/db/schema.ts, drizzle/functions and the migrations. */
import { getTableName, is, SQL, type Table } from "drizzle-orm";
import { getTableConfig, PgDialect, PgTable, type PgColumn } from "drizzle-orm/pg-core";
import * as schema from "../../src/db/schema.ts";
import { readFunctions } from "../database/functions.ts";
import { readMigrations } from "../database/migration-files.ts";
import { keepFresh } from "./generated-file.ts";

const HELP = `Usage: node scripts/docs/schema.ts [--check]

Writes docs/schema.md from src/db/schema.ts, drizzle/functions and the migrations; with --check it only reports whether the file is fresh.`;
const dialect = new PgDialect();

/**
 * One sentence per table. A missing table, or one that no longer exists, fails the script; the same holds for the lists
 * below.
 */
const TABLES: Record<string, string> = {
  roles: "Named sets of permissions. Three are seeded: 0 `user`, 1 `admin` (`*`), 2 `guest`; new ones count from 3.",
  users: "Accounts. Deleting sets `deleted_at`, which frees the address at once; the row is purged 30 days later.",
  refresh_tokens: "Sessions: one row for each signed-in device. A rotation accepts the token whose SHA-256 is `token`.",
  one_time_tokens: "Links, challenges, codes and tickets, by hash: one purpose, one user, one use.",
  two_factor_methods:
    "Second factors; one counts once `confirmed_at` is set. `secret` is sealed and bound to the user.",
  recovery_codes: "The keyed hashes of recovery codes.",
  identities: "Who an account is at identity providers, by issuer and subject.",
  passkeys: "Credentials of WebAuthn: public keys, binary values in base64url.",
  api_keys:
    "Keys of scripts and machines that act for an account, by the SHA-256 of the whole. `mark_id` is what revocation marks name.",
  oauth_clients:
    "Applications that get tokens of their own. `hash` is of the secret; `mark_id` is what revocation marks name their tokens by.",
  oauth_consents: "What people let applications have.",
  oauth_grants:
    "One row for each time that a person signs in to an application, for as long as the session lives that it came from.",
  logout_tokens: "Which applications are told that a session is over, until they take it; goes with the session's row.",
  used_challenges: "Nonces of redeemed passkey challenges, until those have expired: each is good once.",
  webhook_endpoints: "Where events are sent, and the sealed secrets that sign them.",
  webhook_deliveries: "Events for each of these endpoints, and what became of them.",
  login_places: "Countries and networks that an account has signed in from.",
  known_devices: "Devices that have signed in to an account, by the hash of an id that only the device has.",
  login_throttles: "Consecutive failures. `key` is a keyed hash of an address, known or not, or an account's id.",
  login_history: "Logins and attempts; rows are added, never changed. `user_id` is null for an unknown address.",
  audit_logs: "Security events, append-only and hash-chained. It identifies accounts by id and outlives them.",
  daily_statistics:
    "Figures by day, counted by `count_statistics`. Contains no personal data, and is kept after the counted rows are gone.",
  uncounted_changes: "Changes that the totals don't contain yet, noted by triggers and taken away by `count_totals`.",
  account_counts: "The totals of accounts, for each thousand ids.",
  session_counts: "How many sessions run out in the quarter of a day that begins at `runs_out`.",
  broadcast_ranges: "How far a broadcast has come with the accounts of one range of ids: a chain of jobs each.",
  mail_counts: "The mails of the last hour per address (a keyed hash), to cap them.",
  sent_mails: "Queue messages that have been mailed, for a provider without idempotency keys. Identifies nobody.",
  dead_jobs: "Jobs that failed for good, without any codes in them, for an operator.",
  outbox: "What acts have caused, until the queue's consumer confirms it; swept every minute.",
  notifications: "A user's notifications; the ids of one user are committed in order.",
};

const RULES: Record<string, string> = {
  audit_logs_chain:
    "Numbers a new audit record without a gap and sets `hash` from the record before, one writer at a time.",
  audit_log_hash: "SHA-256 over the previous hash and every column of the record, written as a JSON array.",
  audit_logs_append_only: "Refuses update, delete and truncate on the audit log (SQLSTATE `AUTH9`).",
  audit_logs_bounded: "Refuses the 31st record per hour of one kind of act by an account on itself (SQLSTATE `AUTHD`).",
  assert_session:
    "In every batch for somebody, first or right after the account's lock: raises an error, which undoes the batch, unless the session is alive and the account is active (`AUTH1`), has the permission (`AUTH2`), has used an authenticator code or a passkey where one is required (`AUTH4`) and authenticated recently enough (`AUTH3`).",
  rotate_session:
    "Rotates a refresh token under its account's lock, and returns the outcome: `rotated`, `repeated`, `reused` (the session has ended) or `refused`.",
  client_shows: "Whether an application is who it says: active, with its present secret or the one before, or public.",
  exchange_code: "Makes the grant of a code at its first use, under the account's lock, and ends it at any later one.",
  rotate_grant:
    "Rotates the refresh token of an application, as `rotate_session` does it for a session's, while the session that it came from lives.",
  assert_may_change_factors:
    "For every change of second factors: raises an error if an authenticator or a passkey is on and the session has used neither one of them nor a recovery code (`AUTH4`).",
  users_mailbox_proven:
    "At the first proof of an account's mailbox: ends and removes everything created before it, except the session that brought the proof.",
  has_permission: "Whether the granted permissions include one: itself, its group's `group:*`, or `*`.",
  holds_all:
    "Whether the granted permissions include all of the others: decides who may grant, and who ranks above whom.",
  permissions_of: "The permissions of an account's role.",
  permissions_of_role: "The permissions of a role, or of the one that replaces it while it is being deleted.",
  assert_may_change_user:
    "Locks the account; raises an error if it does not exist (`AUTH5`) or has permissions that the actor lacks (`AUTH7`).",
  assert_may_grant: "Raises an error if the actor lacks a permission to grant (`AUTH6`).",
  assert_may_grant_role:
    "The same for all permissions of a role; raises an error if the role does not exist (`AUTHC`).",
  assert_may_change_role:
    "Locks the role; raises an error if it does not exist (`AUTH5`), is a system role to be renamed or deleted (`AUTHA`), or has permissions that the actor lacks (`AUTH7`).",
  assert_role_unused: "Raises an error while any account has the role (`AUTHB`).",
  assert_admin_remains: "Raises an error at commit if no active account would have `*` any more (`AUTH8`).",
  users_admin_remains:
    "Runs `assert_admin_remains` when an account loses its role or its active state, or is soft-deleted.",
  users_admin_remains_after_delete: "The same when a row is deleted.",
  roles_admin_remains_after_delete: "The same when a role with `*` is deleted: once, however many accounts had it.",
  roles_admin_remains: "The same when a role loses `*`.",
  changed_fields:
    "The difference between two states, as `{before, after}` with the changed keys only; for the audit log.",
  pg_trgm: "The extension that lets a search use an index.",
  idx_users_search: "Trigrams over address and names: find any part of them without scanning every account.",
  notifications_in_order: "Assigns a notification's id under a lock on its user, held until the commit.",
  count_statistics: "Continues counting from the last count, one run at a time.",
  count_totals: "Brings the totals up to date from what was noted: a bounded part of it, and whether that was all.",
  note_uncounted_account: "Notes the slice of an account that the totals have to count again.",
  users_uncounted: "For each new and each purged account.",
  users_uncounted_change: "When an account is disabled, enabled, deleted or restored.",
  two_factor_methods_uncounted: "For each second factor that is on from its start.",
  two_factor_methods_uncounted_change: "When one is turned on.",
  two_factor_methods_uncounted_end: "When one that was on is removed.",
  passkeys_uncounted: "For each passkey, when it is added or removed.",
  note_uncounted_session: "Notes one live session more or less, by the quarter of a day in which it runs out.",
  refresh_tokens_uncounted: "For each new session.",
  refresh_tokens_uncounted_change: "When a session ends, or a refresh moves its end to another quarter of a day.",
  refresh_tokens_uncounted_end: "When a session that counted is removed.",
};

/** Padded like Prettier and oxfmt do it, so that formatting changes nothing. */
function markdownTable(head: string[], rows: string[][]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)));
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  const [first, ...others] = cells.map(line);
  return [first, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...others].join("\n");
}

function toText(value: SQL): string {
  return dialect
    .sqlToQuery(value)
    .sql.replaceAll(/"(\w+)"\."(\w+)"/g, "$2")
    .replaceAll('"', "");
}

function defaultOf(column: PgColumn): string {
  if (column.generatedIdentity) return "identity";
  if (column.default === undefined) return "";
  if (is(column.default, SQL)) return `\`${toText(column.default)}\``;
  return `\`${typeof column.default === "string" ? `'${column.default}'` : JSON.stringify(column.default)}\``;
}

function describeTable(table: PgTable): string {
  const { name, columns, indexes, checks, foreignKeys, uniqueConstraints } = getTableConfig(table);
  const references = new Map(
    foreignKeys.map((key) => {
      const { columns: own, foreignTable, foreignColumns } = key.reference();
      const target = `${getTableName(foreignTable as Table)}.${foreignColumns[0]!.name}`;
      return [own[0]!.name, `${target}${key.onDelete === "cascade" ? ", on delete cascade" : ""}`];
    }),
  );
  const rows = columns.map((column) => [
    `\`${column.name}\``,
    column.getSQLType(),
    column.notNull ? "" : "yes",
    defaultOf(column),
    [
      column.primary && "primary key",
      column.isUnique && "unique",
      references.get(column.name) && `→ ${references.get(column.name)}`,
    ]
      .filter((fact) => typeof fact === "string")
      .join("; "),
  ]);
  const constraints = [
    ...uniqueConstraints.map(
      (unique) => `\`${unique.getName()}\`: unique (${unique.columns.map((c) => c.name).join(", ")})`,
    ),
    ...checks.map((check) => `\`${check.name}\`: ${toText(check.value)}`),
    ...indexes.map(({ config }) => {
      const on = config.columns.map((column) => {
        if (is(column, SQL)) return toText(column);
        const { name: columnName, indexConfig } = column as { name: string; indexConfig?: { order?: string } };
        return indexConfig?.order === "desc" ? `${columnName} desc` : columnName;
      });
      const where = config.where ? ` where ${toText(config.where)}` : "";
      return `\`${config.name}\`: ${config.unique ? "unique " : ""}index (${on.join(", ")})${where}`;
    }),
  ];
  const list = constraints.length > 0 ? `\n\n${constraints.map((text) => `- ${text}`).join("\n")}` : "";
  const columnsTable = markdownTable(["column", "type", "null", "default", "key"], rows);
  return `## ${name}\n\n${sentenceOf(TABLES, name)}\n\n${columnsTable}${list}`;
}

function sentenceOf(sentences: Record<string, string>, name: string): string {
  const sentence = sentences[name];
  if (sentence === undefined) throw new Error(`scripts/docs/schema.ts doesn't describe ${name}`);
  return sentence;
}

/** The functions with their triggers, then everything in the migrations that Drizzle's schema doesn't know. */
function describeRules(): string {
  const functions = Object.entries(readFunctions()).flatMap(([name, text]) => [
    [`\`${name}\``, "function", sentenceOf(RULES, name)],
    ...Array.from(
      text.matchAll(/^CREATE (?:CONSTRAINT )?TRIGGER (\w+)([^;$]*?) ON (\w+)/gm),
      ([, trigger = "", when = "", on]) => [
        `\`${trigger}\``,
        `trigger on ${on}`,
        trigger === name
          ? `Runs the function of the same name ${when.trim().toLowerCase()}.`
          : sentenceOf(RULES, trigger),
      ],
    ),
  ]);
  const statements = readMigrations().flatMap(({ up }) => up.map((statement) => statement.sql.trim()));
  // drizzle-kit writes names in quotes.
  const others = statements.flatMap((statement) => {
    const [, kind, name = ""] = /^CREATE (EXTENSION|INDEX) (?:IF NOT EXISTS )?(\w+)/m.exec(statement) ?? [];
    return kind ? [[`\`${name}\``, kind.toLowerCase(), sentenceOf(RULES, name)]] : [];
  });
  const rows = [...functions, ...others];
  requireNoneGone(RULES, new Set(rows.map(([name]) => name!.replaceAll("`", ""))));
  return markdownTable(["name", "kind", "what it does"], rows);
}

function requireNoneGone(sentences: Record<string, string>, present: Set<string>): void {
  const gone = Object.keys(sentences).filter((name) => !present.has(name));
  if (gone.length > 0) throw new Error(`scripts/docs/schema.ts describes what no longer exists: ${gone.join(", ")}`);
}

function writeDocument(): string {
  const tables = Object.values<unknown>(schema).flatMap((value) => (is(value, PgTable) ? [value] : []));
  requireNoneGone(TABLES, new Set(tables.map((table) => getTableName(table))));
  return [
    "# The database",
    "",
    "Written by `npm run docs:schema` from `src/db/schema.ts`, `drizzle/functions` and the hand-written parts of the migrations; edit those.",
    "",
    "PostgreSQL 15 or newer. Tables are snake_case plural. A time is `timestamptz` with milliseconds. `created_at` and",
    "`updated_at` are on tables that change, `created_at` alone on append-only ones. Who may read each column, and",
    "how long it is kept, is in [security.md](security.md).",
    "",
    tables.map(describeTable).join("\n\n"),
    "",
    "## Functions, triggers and everything else that Drizzle can't express",
    "",
    "Errors raised here carry an SQLSTATE of our own, which `src/db/rules.ts` turns into the answer's code.",
    "",
    describeRules(),
    "",
  ].join("\n");
}

await keepFresh({ file: "docs/schema.md", command: "docs:schema", help: HELP, make: writeDocument });
