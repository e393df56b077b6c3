/**
 * Everything stored about an account, for its owner (GDPR, articles 15 and 20): one trip, one statement per table.
 * Secrets (hashes, sealed secrets) are listed and left out; so is information about other people.
 */
import { sql, type SQL } from "drizzle-orm";
import type { Platform } from "../../platform/index.ts";
import { throttleKey } from "../login/throttle.ts";
import { readAs, type Actor } from "../access/actor.ts";
import { joinRole } from "../access/held-role.ts";

const WITHHELD = "withheld: secret";

/** The tables with a `user_id`, and their columns that must not leave. A missing table fails a test. */
export const OWNED_TABLES: Record<string, string[]> = {
  refresh_tokens: ["token", "impersonator_id"],
  // A payload may contain the keyed hash of a code.
  one_time_tokens: ["token", "payload"],
  two_factor_methods: ["secret"],
  recovery_codes: ["code"],
  passkeys: [],
  identities: [],
  api_keys: ["hash", "previous_hash"],
  oauth_consents: [],
  oauth_grants: ["code_hash", "token", "previous_token"],
  known_devices: ["device"],
  login_places: [],
  login_history: [],
  notifications: [],
};

/** Rows of a table in one trip: what a Worker holds in memory at a time. */
const PAGE = 1_000;
/** Of the tables with an index by account and id: an account may have millions of logins, and those rows are short. */
const LONG_PAGES: Record<string, number> = { login_history: 5_000, notifications: PAGE };

interface Entry extends Record<string, unknown> {
  /** As text: some are bigints. */
  id: string;
  entry: unknown;
}

/** A table of the export: its rows after the one with the id `after`, in order. */
interface Source {
  name: string;
  page: number;
  select: (after: string, limit: number) => SQL;
}

/** One trip before it answers, which asks whether it may; what a table has beyond its first page follows in the stream. */
export async function exportAccount(platform: Platform, actor: Actor): Promise<ReadableStream<Uint8Array>> {
  const { userId } = actor;
  const { db } = platform;
  const sources = sourcesOf(userId);
  const { account, login_throttles, dead_jobs, ...first } = await readAs(platform, actor, {
    account: db.execute<{ entry: unknown }>(sql`
      select to_jsonb(u) - 'password_hash' || ${withheld(["password_hash"])} || jsonb_build_object('role', r.name) as entry
      from users u ${joinRole} where u.id = ${userId}`),
    login_throttles: db.execute<{ entry: unknown }>(sql`
      select to_jsonb(t) - 'key' || ${withheld(["key"])} as entry
      from login_throttles t where t.key = ${await throttleKey(platform, { userId })}`),
    dead_jobs: db.execute<{ entry: unknown }>(sql`
      select jsonb_build_object('type', type, 'job', job, 'created_at', created_at) as entry
      from dead_jobs where job ->> 'userId' = ${String(userId)} order by id`),
    ...Object.fromEntries(sources.map(({ name, select }) => [name, db.execute<Entry>(select("0", PAGE))])),
  });
  const entries = ({ rows }: { rows: { entry: unknown }[] }) => rows.map(({ entry }) => entry);
  const whole = JSON.stringify({
    exportedAt: new Date().toISOString(),
    account: entries(account)[0],
    login_throttles: entries(login_throttles),
    dead_jobs: entries(dead_jobs),
  });

  async function* text(): AsyncGenerator<string> {
    yield whole.slice(0, -1);
    for (const source of sources) {
      let { rows } = (first as Record<string, { rows: Entry[] }>)[source.name]!;
      delete (first as Record<string, unknown>)[source.name];
      yield `,${JSON.stringify(source.name)}:[${listed(rows)}`;
      for (let page = PAGE; rows.length === page; page = source.page) {
        const after = rows.at(-1)!.id;
        // The session is asked each time: what ends it cuts the download.
        ({
          more: { rows },
        } = await readAs(platform, actor, { more: db.execute<Entry>(source.select(after, source.page)) }));
        if (rows.length > 0) yield `,${listed(rows)}`;
      }
      yield "]";
    }
    yield "}\n";
  }
  const encoder = new TextEncoder();
  const chunks = text();
  return new ReadableStream<Uint8Array>({
    // Asked for one at a time, as the client takes them.
    async pull(controller) {
      try {
        const { value, done } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      } catch (error) {
        platform.log("export_cut", { userId }, error);
        throw error;
      }
    },
  });
}

const listed = (rows: Entry[]) => rows.map(({ entry }) => JSON.stringify(entry)).join(",");

function sourcesOf(userId: number): Source[] {
  const owned = Object.entries(OWNED_TABLES).map(([name, secrets]) => ({
    name,
    page: LONG_PAGES[name] ?? PAGE,
    select: (after: string, limit: number) => selectOwned(name, secrets, { userId, after, limit }),
  }));
  const audited = (after: string, limit: number) => selectAudited({ userId, after, limit });
  return [{ name: "audit_logs", page: PAGE, select: audited }, ...owned];
}

interface Part {
  userId: number;
  after: string;
  limit: number;
}

/**
 * Acts of others on the account are included, but not who did them and from where; the owner's acts on others, but not
 * on whom.
 */
function selectAudited({ userId, after, limit }: Part): SQL {
  // By `-id`, as the indexes are; each of the two by its own.
  const firstIds = (whose: SQL) =>
    sql`select id from audit_logs where ${whose} and -id < -${after}::bigint order by -id desc limit ${limit}::int`;
  return sql`
    select a.id::text as id, jsonb_build_object('action', a.action, 'created_at', a.created_at, 'target_type', a.target_type)
      || case when a.target_type = 'user' and a.target_id = ${String(userId)} then jsonb_build_object('target_id', a.target_id) else '{}' end
      || case when a.actor_id = ${userId} then jsonb_build_object('actor_id', a.actor_id, 'ip_address', a.ip_address) else '{}' end as entry
    from audit_logs a join (
      (${firstIds(sql`actor_id = ${userId}`)}) union
      (${firstIds(sql`target_type = 'user' and target_id = ${String(userId)}`)}) order by id limit ${limit}::int
    ) page using (id)
    order by a.id`;
}

function selectOwned(table: string, secrets: string[], { userId, after, limit }: Part): SQL {
  const name = sql.identifier(table);
  // The only part of a payload that belongs to the owner: the address that they want.
  const pending =
    table === "one_time_tokens"
      ? sql` || jsonb_strip_nulls(jsonb_build_object('email', t.payload ->> 'email'))`
      : sql``;
  // Without an index by account and id, the account's rows are sorted: no walk along everybody's by the primary key.
  const order = table in LONG_PAGES ? sql`t.id` : sql`t.id + 0`;
  return sql`
    select t.id::text as id, to_jsonb(t) - ${sql.param(secrets)}::text[] || ${withheld(secrets)}${pending} as entry
    from ${name} t where t.user_id = ${userId} and ${order} > ${after}::bigint order by ${order} limit ${limit}::int`;
}

function withheld(columns: string[]): SQL {
  return sql`${JSON.stringify(Object.fromEntries(columns.map((column) => [column, WITHHELD])))}::jsonb`;
}
