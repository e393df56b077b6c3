/**
 * Divides a broadcast's users into ranges of ids, each a chain of jobs of its own. A range's progress is a row that the
 * statement which stores the notifications advances: of several deliveries of one job only one finds the row where the
 * job begins, so a chain never forks. The next job is named after the place where it begins, and recorded once the
 * queue has it.
 */
import { sql, type SQL } from "drizzle-orm";
import { writtenHere } from "../../db/batch.ts";
import type { Platform } from "../../platform/index.ts";
import type { BroadcastRangeJob } from "./job.ts";
import type { Broadcast } from "./outbox.ts";

/** Each row holds a lock until the batch commits (drizzle/functions/notifications_in_order.sql). */
const USERS_AT_ONCE = 200;
/** Statements per job, unless that many pushes come first: a Worker may only make a limited number of requests. */
const BATCHES_A_JOB = 10;
const PUSHES_A_JOB = 200;
/** Concurrent pushes: a Worker may have six requests waiting for an answer; the others queue behind them. */
const PUSHES_AT_ONCE = 6;

const MOST_RANGES = 32;
/** Fewer are not worth a job of their own. */
const LEAST_IDS_OF_A_RANGE = 10_000;

/** By then the delivery that advanced the range has sent the next job, or never will. */
const SENDING_TAKES = sql`interval '30 seconds'`;

/** Where a range's next job begins, and whether this delivery must send it. */
interface Unsent extends Record<string, unknown> {
  range: number;
  after: number;
  isDue: boolean;
}

/** The ranges whose first job was not sent yet. Later accounts are not part of the broadcast. */
export async function openRanges(
  platform: Platform,
  { broadcastId, audience }: Broadcast,
  after: number,
): Promise<Unsent[]> {
  const { db } = platform;
  const most = "userIds" in audience ? 1 : MOST_RANGES;
  const { unsent } = await db.batch({
    opened: db.execute(sql`
      with ids as (
        select last, greatest(1, least(${most}::int, (last - ${after}::bigint) / ${LEAST_IDS_OF_A_RANGE}::int)) as ranges
        from (select coalesce(max(id), 0)::bigint as last from users) newest
      )
      insert into broadcast_ranges (broadcast_id, range, after_id, until_id)
      select ${broadcastId}::uuid, range, ${after} + (last - ${after}) * range / ranges,
        ${after} + (last - ${after}) * (range + 1) / ranges
      from ids, generate_series(0, ranges - 1) range
      where not exists (select from broadcast_ranges where broadcast_id = ${broadcastId}::uuid)
      on conflict (broadcast_id, range) do nothing`),
    unsent: db.execute<Unsent>(
      claim(sql`r.broadcast_id = ${broadcastId}::uuid and r.sent_id is null`, writtenHere("r")),
    ),
  });
  return unsent.rows;
}

/**
 * @throws Error while another delivery is working on it: after that one's time, a retry finds out whether it succeeded.
 */
export async function sendRangeJobs(
  platform: Platform,
  { broadcastId, audience, title, content }: Broadcast,
  unsent: Unsent[],
): Promise<void> {
  const facts = { broadcastId, audience, title, content };
  for (const { range, after, isDue } of unsent) {
    if (!isDue) throw new Error("another delivery is about to send the next job");
    await platform.enqueue(
      { type: "broadcast_range", ...facts, range, after } satisfies BroadcastRangeJob,
      `${broadcastId}:${range}:${after}`,
    );
    await platform.db.execute(sql`
      update broadcast_ranges set sent_id = greatest(sent_id, ${after}::int)
      where broadcast_id = ${broadcastId}::uuid and range = ${range}`);
  }
}

/** The queue's part: some batches of users, then the job for the next ones. */
export async function deliverRange(platform: Platform, job: BroadcastRangeJob): Promise<void> {
  const reachable: number[] = [];
  let at: number | undefined = job.after;
  for (let batch = 0; batch < BATCHES_A_JOB && reachable.length < PUSHES_A_JOB && at !== undefined; batch++) {
    const stored = await storeBatch(platform, job, at);
    // Another delivery was here before, or is here now: it has these users.
    if (!stored) break;
    reachable.push(...stored.reachable);
    at = stored.next;
  }
  const here = sql`r.broadcast_id = ${job.broadcastId}::uuid and r.range = ${job.range}`;
  const { rows } = await platform.db.execute<Unsent>(claim(here, sql`r.after_id = ${at ?? null}::int`));
  await sendRangeJobs(platform, job, rows);
  const next = reachable.values();
  const push = async () => {
    for (const id of next) await platform.hubs.publish(id);
  };
  await Promise.all(Array.from({ length: PUSHES_AT_ONCE }, push));
}

/** Nothing if the range is elsewhere. No `next` if it is finished. */
async function storeBatch(platform: Platform, job: BroadcastRangeJob, at: number) {
  const { broadcastId, audience, title, content, range } = job;
  const { rows } = await platform.db.execute<{ next: number | null; reachable: number[] }>(sql`
    with range as (
      select id, until_id from broadcast_ranges
      where broadcast_id = ${broadcastId}::uuid and range = ${range} and after_id = ${at}::int and after_id < until_id
      for update
    ), recipients as (
      select u.id from range cross join lateral (
        select u.id from users u
        where u.id > ${at}::int and u.id <= range.until_id and u.is_active and u.deleted_at is null
          and ${condition(audience)}
        order by u.id limit ${USERS_AT_ONCE}::int
      ) u
    ), inserted as (
      insert into notifications (user_id, type, title, content, broadcast_id)
      select id, 'admin_message', ${title}, ${content}, ${broadcastId}::uuid from recipients order by id
      on conflict (broadcast_id, user_id) where broadcast_id is not null do nothing
    ), moved as (
      update broadcast_ranges r set updated_at = now(), after_id =
        case when (select count(*) from recipients) < ${USERS_AT_ONCE}::int then r.until_id
          else (select max(id) from recipients) end
      from range where r.id = range.id
      returning nullif(r.after_id, r.until_id) as next
    )
    select next, array(
      select id from recipients where exists (
        select from refresh_tokens s
        where s.user_id = recipients.id and s.revoked_at is null
          and s.last_used_at > now() - make_interval(secs => ${2 * platform.config.ACCESS_TOKEN_TTL}::int)
      ) order by id
    ) as reachable from moved`);
  const [row] = rows;
  // A socket lives as long as an access token, so its session got one recently: only the hubs of such sessions are
  // woken.
  return row && { next: row.next ?? undefined, reachable: row.reachable };
}

/**
 * Statement: the unsent among the ranges `r` of `which`. Those that are `mine` are due, the others once they are
 * overdue.
 */
function claim(which: SQL, mine: SQL): SQL {
  const unsent = sql`${which} and r.after_id < r.until_id and r.sent_id is distinct from r.after_id`;
  return sql`
    with due as (
      update broadcast_ranges r set updated_at = now()
      where ${unsent} and (${mine} or r.updated_at < now() - ${SENDING_TAKES})
      returning r.id
    )
    select r.range, r.after_id as after, r.id in (select id from due) as "isDue"
    from broadcast_ranges r where ${unsent} order by r.range`;
}

function condition(audience: Broadcast["audience"]): SQL {
  if ("userIds" in audience) return sql`u.id = any(${sql.param(audience.userIds)}::int[])`;
  if ("roleId" in audience) return sql`u.role_id = ${audience.roleId}`;
  return sql`true`;
}
