/** `npm run docs:schema`: the database for people, from src/db/schema.ts, drizzle/functions and the migrations. */
import { getTableName, is, SQL, type Table } from "drizzle-orm";
import { getTableConfig, PgDialect, PgTable, type PgColumn } from "drizzle-orm/pg-core";
import * as schema from "../../src/db/schema.ts";
import { readFunctions } from "../database/functions.ts";
import { readMigrations } from "../database/migration-files.ts";
import { keepFresh } from "./generated-file.ts";

const HELP = `Usage: node scripts/docs/schema.ts [--check]

Writes docs/schema.md from src/db/schema.ts, drizzle/functions and the migrations; with --check only says whether it is fresh.`;
const dialect = new PgDialect();

/** One sentence for each table. A table that is missing here, or one that is gone, fails the script; so below. */
const TABLES: Record<string, string> = {
  roles: "Named sets of permissions. Three are seeded: 0 `user`, 1 `admin` (`*`), 2 `guest`; new ones count from 3.",
  users: "Accounts. Deleting sets `deleted_at`, which frees the address at once; the row is purged 30 days later.",
  refresh_tokens: "Sessions: one row for each signed-in device. A rotation takes the token whose SHA-256 is `token`.",
  one_time_tokens: "Links, challenges, codes and tickets, by hash: one purpose, one user, one use.",
  two_factor_methods: "Second factors; one counts once `confirmed_at` is set. `secret` is sealed, bound to the user.",
  recovery_codes: "The keyed hashes of recovery codes.",
  known_devices: "Devices that an account has been signed in from, by the hash of an id that only the device holds.",
  login_throttles:
    "Consecutive failures. `key` is a keyed hash of an address, known or not, or names an account by its id.",
  login_history: "Logins and attempts; rows are added, never changed. `user_id` is null for an unknown address.",
  audit_logs: "Security events, append-only and chained by hashes. It names accounts by id and outlives them.",
  daily_statistics:
    "Figures by day, counted by `count_statistics`. Names nobody, and is kept when the rows that it counted are gone.",
  broadcast_ranges: "How far a broadcast has come with the accounts of one range of ids: a chain of jobs each.",
  mail_counts: "The mails of the last hour by address, a keyed hash, so that no address gets too many.",
  sent_mails: "Which queue messages have been mailed, for a provider without idempotency keys. Names nobody.",
  dead_jobs: "Jobs that failed for good, without the codes that they may have held, for an operator.",
  outbox: "What acts have caused, until the queue's consumer confirms it; swept every minute.",
  notifications: "What a user is told; the ids of one user are committed in their order.",
};

const RULES: Record<string, string> = {
  audit_logs_chain:
    "Numbers a new audit record without a gap and sets `hash` from the record before, one writer at a time.",
  audit_log_hash: "SHA-256 over the hash before and every column of the record, written as a JSON array.",
  audit_logs_append_only: "Refuses update, delete and truncate on the audit log (SQLSTATE `AUTH9`).",
  audit_logs_bounded:
    "Refuses the 31st record of an hour of one kind of act of an account on itself (SQLSTATE `AUTHD`).",
  assert_session:
    "In every batch for somebody, first or right after the lock of the account: raises, and so undoes the batch, unless the session lives and the account is active (`AUTH1`), holds the permission (`AUTH2`), has shown an authenticator code where one is needed (`AUTH4`) and authenticated lately enough (`AUTH3`).",
  rotate_session:
    "Rotates a refresh token under the lock of its account, and says what came of it: `rotated`, `repeated`, `reused` (the session is over) or `refused`.",
  assert_may_change_factors:
    "For every change of second factors: raises where an authenticator is on and the session has shown neither it nor a recovery code (`AUTH4`).",
  users_mailbox_proven:
    "At the first proof of an account's mailbox: ends and removes what was made before it, but for the session that brought the proof.",
  has_permission: "Whether granted permissions hold one: itself, its group's `group:*`, or `*`.",
  holds_all: "Whether granted permissions hold every one of others: who may grant, and who stands above whom.",
  permissions_of: "The permissions of an account's role.",
  assert_may_change_user:
    "Locks the account; raises where it does not exist (`AUTH5`) or holds what the actor lacks (`AUTH7`).",
  assert_may_grant: "Raises where the actor lacks a permission to be granted (`AUTH6`).",
  assert_may_grant_role: "The same for all permissions of a role; raises where there is no such role (`AUTHC`).",
  assert_may_change_role:
    "Locks the role; raises where it does not exist (`AUTH5`), is a system role to be renamed or deleted (`AUTHA`), or holds what the actor lacks (`AUTH7`).",
  assert_role_unused: "Raises while any account holds the role (`AUTHB`).",
  assert_admin_remains: "Raises at commit where no active account would hold `*` any more (`AUTH8`).",
  users_admin_remains: "Runs `assert_admin_remains` when an account loses its role, its state or is deleted softly.",
  users_admin_remains_after_delete: "The same when a row is deleted.",
  roles_admin_remains_after_delete: "The same when a role with `*` is deleted: once, however many held it.",
  roles_admin_remains: "The same when a role loses `*`.",
  changed_fields:
    "What differs between two states, as `{before, after}` with the changed keys alone; for the audit log.",
  pg_trgm: "The extension that lets a search use an index.",
  idx_users_search: "Trigrams over address and names: finds any part of them without walking through every account.",
  notifications_in_order: "Draws a notification's id under a lock of its user, held until the commit.",
  count_statistics:
    "Counts on from where the last count stopped, one at a time, and for no more than a hundredth of the time.",
};

/** As Prettier and oxfmt pad it, so that formatting changes nothing. */
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
  if (sentence === undefined) throw new Error(`scripts/docs/schema.ts says nothing of ${name}`);
  return sentence;
}

/** The functions with their triggers, then what the migrations create that Drizzle's schema does not know. */
function describeRules(): string {
  const functions = Object.entries(readFunctions()).flatMap(([name, text]) => [
    [`\`${name}\``, "function", sentenceOf(RULES, name)],
    ...Array.from(
      text.matchAll(/^CREATE (?:CONSTRAINT )?TRIGGER (\w+)([^;$]*?) ON (\w+)/gm),
      ([, trigger = "", when = "", on]) => [
        `\`${trigger}\``,
        `trigger on ${on}`,
        trigger === name ? `Runs the function of its name ${when.trim().toLowerCase()}.` : sentenceOf(RULES, trigger),
      ],
    ),
  ]);
  const statements = readMigrations().flatMap(({ up }) => up.map((statement) => statement.sql.trim()));
  // What drizzle-kit writes has its names in quotes.
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
  if (gone.length > 0) throw new Error(`scripts/docs/schema.ts describes what is gone: ${gone.join(", ")}`);
}

function writeDocument(): string {
  const tables = Object.values<unknown>(schema).flatMap((value) => (is(value, PgTable) ? [value] : []));
  requireNoneGone(TABLES, new Set(tables.map((table) => getTableName(table))));
  return [
    "# The database",
    "",
    "Written by `npm run docs:schema` from `src/db/schema.ts`, `drizzle/functions` and what the migrations say by hand; edit those.",
    "",
    "PostgreSQL 15 or newer. Tables are snake_case plural. A time is `timestamptz` with milliseconds. `created_at` and",
    "`updated_at` stand on what changes, `created_at` alone on what is only appended to. What may be read of each column, and",
    "how long it is kept, is in [security.md](security.md).",
    "",
    tables.map(describeTable).join("\n\n"),
    "",
    "## Functions, triggers and what else Drizzle can't say",
    "",
    "Errors raised here carry an SQLSTATE of our own, which `src/http/problem.ts` turns into the answer's code.",
    "",
    describeRules(),
    "",
  ].join("\n");
}

await keepFresh({ file: "docs/schema.md", command: "docs:schema", help: HELP, make: writeDocument });
