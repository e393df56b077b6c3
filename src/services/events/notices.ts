/** The notification that tells an account's owner: a row, in the owner's language, in the act's batch. */
import { sql, SQL } from "drizzle-orm";
import type { Platform } from "../../platform/index.ts";
import type { NoticesJob } from "./job.ts";
import { NOTICES, type NoticeType } from "./notice-texts.ts";

export interface Notice {
  type: NoticeType;
  /** Small facts for the client (a device, a place); never a secret. */
  data?: Record<string, string | number | null> | SQL;
  /** Selects users as `u`. */
  owners: SQL;
}

/** CTE body or statement: stores the notifications. With a `once`, each recipient gets one, however often it runs. */
export function storeNotices(notices: Notice[], once: string | null = null): SQL {
  const rows = notices.map(({ type, data = {}, owners }) => {
    const { title, content } = NOTICES[type];
    return sql`
      select u.id, ${type},
        case u.locale when 'en' then ${title.en} else ${title.fr} end,
        case u.locale when 'en' then ${content.en} else ${content.fr} end,
        ${data instanceof SQL ? data : sql`${JSON.stringify(data)}::jsonb`}, ${once}::uuid
      from users u where ${owners}`;
  });
  return sql`
    insert into notifications (user_id, type, title, content, data, broadcast_id)
    ${sql.join(rows, sql` union all `)} order by 1
    on conflict (broadcast_id, user_id) where broadcast_id is not null do nothing`;
}

/** Accounts per job, and per statement: each row holds a lock until its statement is finished. */
const NOTIFIED_BY_A_JOB = 2_000;
const NOTIFIED_AT_ONCE = 200;

/** A row of the outbox: a notification to many, without mail. */
export interface NoticesRow extends Record<string, unknown> {
  id: string;
  job: NoticesJob;
}

/** Statement, or its end: writes the rows for those whose `id` the CTE `told` holds. An act doesn't lock all of them. */
export function writeNotices(notice: NoticeType, told: SQL): SQL {
  return sql`
    insert into outbox (id, job)
    select gen_random_uuid(), jsonb_build_object(
      'type', 'notices', 'notice', ${notice}::text, 'userIds', jsonb_agg(id order by id))
    from (select id, (row_number() over (order by id) - 1) / ${NOTIFIED_BY_A_JOB}::int as part from ${told}) as parts
    group by part
    returning id, job`;
}

/** After the commit; the sweep sends what the queue refused. */
export function sendNotices(platform: Platform, rows: NoticesRow[] = []): void {
  for (const { id, job } of rows) platform.defer(platform.enqueue(job, id));
}

/** The queue's part: one batch at a time, each account told once by the message `id`, however often it is delivered. */
export async function deliverNotices(platform: Platform, { notice, userIds }: NoticesJob, id: string): Promise<void> {
  for (let at = 0; at < userIds.length; at += NOTIFIED_AT_ONCE) {
    const some = userIds.slice(at, at + NOTIFIED_AT_ONCE);
    const owners = sql`u.id = any(${sql.param(some)}::int[]) and u.deleted_at is null`;
    await platform.db.execute(storeNotices([{ type: notice, owners }], id));
  }
}
