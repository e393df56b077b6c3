/**
 * Everything that is held about an account, as its owner may ask for it (GDPR, articles 15 and 20): one trip, one
 * statement a table. What opens something (hashes, sealed secrets) is named and left out; so is whatever tells of others.
 */
import { sql, type SQL } from "drizzle-orm";
import type { Platform } from "../../platform/index.ts";
import { throttleKey } from "../login/throttle.ts";
import { readAs, type Actor } from "../access/actor.ts";

const WITHHELD = "withheld: secret";

/** The tables with a `user_id`, and their columns that must not leave. A table missing here fails a test. */
export const OWNED_TABLES: Record<string, string[]> = {
  refresh_tokens: ["token"],
  // A payload may hold the keyed hash of a code.
  one_time_tokens: ["token", "payload"],
  two_factor_methods: ["secret"],
  recovery_codes: ["code"],
  known_devices: ["device"],
  login_history: [],
  notifications: [],
};

/** One trip; the second is for the address, whose throttle has a keyed name. */
export async function exportAccount(platform: Platform, actor: Actor): Promise<Record<string, unknown>> {
  const { userId } = actor;
  const { db } = platform;
  const tables = Object.entries(OWNED_TABLES);
  const { account, ...results } = await readAs(platform, actor, {
    account: db.execute(sql`
      select to_jsonb(u) - 'password_hash' || ${withheld(["password_hash"])} || jsonb_build_object('role', r.name) as entry
      from users u join roles r on r.id = u.role_id where u.id = ${userId}`),
    // What others did to the account is told, but not who and from where; what the owner did to others, but not to whom.
    audit_logs: db.execute(sql`
      select jsonb_build_object('action', a.action, 'created_at', a.created_at, 'target_type', a.target_type)
        || case when a.target_type = 'user' and a.target_id = ${String(userId)} then jsonb_build_object('target_id', a.target_id) else '{}' end
        || case when a.actor_id = ${userId} then jsonb_build_object('actor_id', a.actor_id, 'ip_address', a.ip_address) else '{}' end as entry
      from audit_logs a
      where a.actor_id = ${userId} or (a.target_type = 'user' and a.target_id = ${String(userId)})
      order by a.id`),
    login_throttles: db.execute(sql`
      select to_jsonb(t) - 'key' || ${withheld(["key"])} as entry
      from login_throttles t where t.key = ${await throttleKey(platform, { userId })}`),
    dead_jobs: db.execute(sql`
      select jsonb_build_object('type', type, 'job', job, 'created_at', created_at) as entry
      from dead_jobs where job ->> 'userId' = ${String(userId)} order by id`),
    ...Object.fromEntries(tables.map(([table, secrets]) => [table, db.execute(selectOwned(table, secrets, userId))])),
  });
  const entries = ({ rows }: { rows: Record<string, unknown>[] }) => rows.map((row) => row["entry"]);
  return {
    exportedAt: new Date().toISOString(),
    account: entries(account)[0],
    ...Object.fromEntries(Object.entries<typeof account>(results).map(([table, result]) => [table, entries(result)])),
  };
}

function selectOwned(table: string, secrets: string[], userId: number): SQL {
  const name = sql.identifier(table);
  // The one thing in a payload that is the owner's own: the address that they want.
  const pending =
    table === "one_time_tokens"
      ? sql` || jsonb_strip_nulls(jsonb_build_object('email', t.payload ->> 'email'))`
      : sql``;
  return sql`
    select to_jsonb(t) - ${sql.param(secrets)}::text[] || ${withheld(secrets)}${pending} as entry
    from ${name} t where t.user_id = ${userId} order by t.id`;
}

function withheld(columns: string[]): SQL {
  return sql`${JSON.stringify(Object.fromEntries(columns.map((column) => [column, WITHHELD])))}::jsonb`;
}
