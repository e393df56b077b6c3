/**
 * Deletes data that is no longer needed: every night, in batches, so that no statement runs long or locks much, and in
 * as many jobs as it takes.
 */
import { sql, type SQL } from "drizzle-orm";
import type { Platform } from "../../platform/index.ts";
import { RESTORABLE_DAYS } from "./profile.ts";
import { countStatistics, countTotals } from "../administration/statistics.ts";

interface Rule {
  table: string;
  /** Distinguishes rules of the same table. */
  name?: string;
  /** The rows to delete; an index finds them. */
  expired: SQL;
  /** Rows per statement. */
  batch: number;
}

const PURGED = sql`deleted_at < now() - make_interval(days => ${RESTORABLE_DAYS}::int)`;
/** Rows that are not counted yet would be missing from the statistics for ever. */
const COUNTED = sql`created_at < (select counted_until from daily_statistics order by day desc limit 1)`;

const RULES: Rule[] = [
  { table: "refresh_tokens", expired: sql`expires_at < now() - interval '7 days'`, batch: 1_000 },
  { table: "one_time_tokens", expired: sql`expires_at < now() - interval '7 days'`, batch: 1_000 },
  {
    table: "one_time_tokens",
    name: "short_lived_tokens",
    expired: sql`purpose in ('ws_ticket', 'login_challenge') and expires_at < now() - interval '1 hour'`,
    batch: 1_000,
  },
  // Nothing expired is redeemed.
  { table: "used_challenges", expired: sql`expires_at < now() - interval '1 hour'`, batch: 1_000 },
  // Listed as expired until then.
  { table: "api_keys", expired: sql`expires_at < now() - interval '30 days'`, batch: 1_000 },
  // Registered by themselves, and nobody has let them in.
  {
    table: "oauth_clients",
    expired: sql`source <> 'administrator' and updated_at < now() - interval '1 day'
      and not exists (select from oauth_consents consent where consent.client_id = oauth_clients.id)
      and not exists (select from oauth_grants g where g.client_id = oauth_clients.id)`,
    batch: 1_000,
  },
  // As long as a browser keeps the cookie that identifies the device.
  { table: "known_devices", expired: sql`last_seen_at < now() - interval '400 days'`, batch: 1_000 },
  { table: "login_places", expired: sql`seen_at < now() - interval '180 days'`, batch: 1_000 },
  { table: "login_throttles", expired: sql`last_failed_at < now() - interval '7 days'`, batch: 1_000 },
  { table: "login_history", expired: sql`created_at < now() - interval '180 days' and ${COUNTED}`, batch: 1_000 },
  { table: "sent_mails", expired: sql`created_at < now() - interval '7 days'`, batch: 1_000 },
  // They are counted over an hour; a job that is sent again a day later counts as a new mail.
  { table: "mail_counts", expired: sql`created_at < now() - interval '1 day'`, batch: 1_000 },
  { table: "webhook_deliveries", expired: sql`created_at < now() - interval '30 days'`, batch: 1_000 },
  { table: "dead_jobs", expired: sql`created_at < now() - interval '14 days'`, batch: 1_000 },
  // As long as one of its jobs may still come, including the dead ones.
  { table: "broadcast_ranges", expired: sql`created_at < now() - interval '30 days'`, batch: 1_000 },
  // Before the accounts: one account may have millions of rows, too many for a single statement.
  ...["login_history", "notifications"].map((table) => ({
    table,
    name: `${table}_of_deleted`,
    expired: sql`user_id in (select id from users where ${PURGED})`,
    batch: 1_000,
  })),
  // Registered, but never proven or used.
  {
    table: "users",
    name: "unproven_users",
    expired: sql`proof_due_at < now() and not is_verified and last_login_at is null and ${COUNTED}`,
    batch: 20,
  },
  // Few at a time: each takes its remaining rows with it (on delete cascade).
  { table: "users", expired: sql`${PURGED} and ${COUNTED}`, batch: 20 },
];

/** Batches per rule in one run: the rest is left to a job, and then the next. */
const BATCHES_A_RUN = 100;

/** A failing rule, or failing statistics, doesn't stop the others; the log has the number of rows that each removed. */
export async function applyRetention(platform: Platform): Promise<void> {
  await goOnCounting(platform).catch((error: unknown) => platform.log("statistics_failed", {}, error));
  for (const rule of RULES) {
    await applyRule(platform, rule).catch((error: unknown) =>
      platform.log("retention_failed", { table: rule.table }, error),
    );
  }
}

async function goOnCounting({ db }: Platform): Promise<void> {
  await db.execute(countStatistics);
  for (let run = 0; run < BATCHES_A_RUN; run++) {
    const { rows } = await db.execute<{ complete: boolean }>(countTotals);
    if (rows[0]!.complete) return;
  }
}

/** The queue's part. An unknown rule of another release is left to the next night. */
export async function goOnRemoving(platform: Platform, name: string): Promise<void> {
  const rule = RULES.find((one) => ruleName(one) === name);
  if (rule) await applyRule(platform, rule);
}

const ruleName = ({ name, table }: Rule) => name ?? table;

async function applyRule(platform: Platform, rule: Rule): Promise<void> {
  let removed = 0;
  let last = rule.batch;
  for (let run = 0; run < BATCHES_A_RUN && last === rule.batch; run++) {
    last = await removeExpired(platform, rule);
    removed += last;
  }
  platform.log("retention", { table: rule.table, removed });
  if (last === rule.batch) await platform.enqueue({ type: "retention", rule: ruleName(rule) });
}

async function removeExpired({ db }: Platform, { table, expired, batch }: Rule): Promise<number> {
  const name = sql.identifier(table);
  const { rows } = await db.execute<{ n: number }>(sql`
    with gone as (
      delete from ${name} where id in (select id from ${name} where ${expired} limit ${batch} for update skip locked)
      returning id
    )
    select count(*)::int as n from gone`);
  return rows[0]!.n;
}
