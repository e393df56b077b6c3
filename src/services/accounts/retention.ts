/** What is kept no longer than it is of use: every night, in batches, so that no statement runs long or locks much. */
import { sql, type SQL } from "drizzle-orm";
import type { Platform } from "../../platform/index.ts";
import { RESTORABLE_DAYS } from "./profile.ts";
import { countStatistics } from "../administration/statistics.ts";

interface Rule {
  table: string;
  /** Which rows go; an index answers it. */
  expired: SQL;
  /** Rows a statement. */
  batch: number;
}

const RULES: Rule[] = [
  { table: "refresh_tokens", expired: sql`expires_at < now() - interval '7 days'`, batch: 1_000 },
  { table: "one_time_tokens", expired: sql`expires_at < now() - interval '7 days'`, batch: 1_000 },
  {
    table: "one_time_tokens",
    expired: sql`purpose in ('ws_ticket', 'login_challenge') and expires_at < now() - interval '1 hour'`,
    batch: 1_000,
  },
  // As long as a browser keeps the cookie that names the device.
  { table: "known_devices", expired: sql`last_seen_at < now() - interval '400 days'`, batch: 1_000 },
  { table: "login_throttles", expired: sql`last_failed_at < now() - interval '7 days'`, batch: 1_000 },
  { table: "login_history", expired: sql`created_at < now() - interval '180 days'`, batch: 1_000 },
  { table: "sent_mails", expired: sql`created_at < now() - interval '7 days'`, batch: 1_000 },
  // An hour is what they are counted over; a job that is sent again a day later is a mail of its own.
  { table: "mail_counts", expired: sql`created_at < now() - interval '1 day'`, batch: 1_000 },
  { table: "dead_jobs", expired: sql`created_at < now() - interval '14 days'`, batch: 1_000 },
  // Registered, and never proven nor used.
  { table: "users", expired: sql`proof_due_at < now() and not is_verified and last_login_at is null`, batch: 20 },
  // Few at a time: each takes its sessions, history and notifications with it (on delete cascade).
  { table: "users", expired: sql`deleted_at < now() - make_interval(days => ${RESTORABLE_DAYS}::int)`, batch: 20 },
];

/** What the statistics are counted from. */
const COUNTED = new Set(["users", "login_history"]);
/** What one night does at most of a table: 500,000 rows; the next night goes on. */
const BATCHES_A_NIGHT = 500;

/** A rule that fails does not keep the others from running; the log says how many rows each removed. */
export async function applyRetention(platform: Platform): Promise<void> {
  // First: what is removed uncounted would be missing in the figures for ever, and so waits for another night.
  const counted = await platform.db.execute(countStatistics).then(
    () => true,
    (error: unknown) => {
      platform.log("statistics_failed", {}, error);
      return false;
    },
  );
  for (const rule of RULES) {
    if (!counted && COUNTED.has(rule.table)) continue;
    try {
      platform.log("retention", { table: rule.table, removed: await removeExpired(platform, rule) });
    } catch (error) {
      platform.log("retention_failed", { table: rule.table }, error);
    }
  }
}

async function removeExpired({ db }: Platform, { table, expired, batch }: Rule): Promise<number> {
  const name = sql.identifier(table);
  let removed = 0;
  for (let round = 0; round < BATCHES_A_NIGHT; round++) {
    const { rows } = await db.execute<{ n: number }>(sql`
      with gone as (
        delete from ${name} where id in (select id from ${name} where ${expired} limit ${batch} for update skip locked)
        returning id
      )
      select count(*)::int as n from gone`);
    const n = rows[0]?.n ?? 0;
    removed += n;
    if (n < batch) break;
  }
  return removed;
}
