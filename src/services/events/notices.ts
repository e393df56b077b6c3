/**
 * What the owner of an account is told when something that matters happens to it: one text, as a notification (a row,
 * then a push to open pages) and as a mail. The row goes into the batch of the act; the rest follows the answer.
 */
import { sql, type SQL } from "drizzle-orm";
import type { Client, Platform } from "../../platform/index.ts";
import { NOTICES, type NoticeText, type NoticeType } from "./catalogue.ts";
import type { NoticeJob } from "./job.ts";

export interface Notice {
  type: NoticeType;
  /** Small facts for the client (a device, a place); never a secret. */
  data?: Record<string, string | number | null>;
}

/**
 * The statement that stores the notification, in the owner's language; `owners` selects users as `u`. With a `once`,
 * however often it runs, each gets one.
 */
export function noticeStatement({ type, data = {} }: Notice, owners: SQL, once: string | null = null): SQL {
  const { title, content } = NOTICES[type];
  return sql`
    insert into notifications (user_id, type, title, content, data, broadcast_id)
    select u.id, ${type},
      case u.locale when 'en' then ${title.en} else ${title.fr} end,
      case u.locale when 'en' then ${content.en} else ${content.fr} end,
      ${JSON.stringify(data)}::jsonb, ${once}::uuid
    from users u where ${owners} order by u.id
    on conflict (broadcast_id, user_id) where broadcast_id is not null do nothing`;
}

/** Accounts that one job tells, and that one statement does: each row holds a lock until its statement is through. */
const NOTIFIED_BY_A_JOB = 2_000;
const NOTIFIED_AT_ONCE = 200;

/** A notification, and no mail, to many: by the queue, since an act has no locks for them all. */
export async function notifyMany(platform: Platform, notice: NoticeType, userIds: number[]): Promise<void> {
  const inOrder = userIds.toSorted((a, b) => a - b);
  for (let at = 0; at < inOrder.length; at += NOTIFIED_BY_A_JOB) {
    await platform.enqueue({ type: "notices", notice, userIds: inOrder.slice(at, at + NOTIFIED_BY_A_JOB) });
  }
}

/** The queue's part: so many at a time, each told once by the message `id`, however often it is delivered. */
export async function deliverNotices(
  platform: Platform,
  { notice, userIds }: { notice: NoticeType; userIds: number[] },
  id: string,
): Promise<void> {
  for (let at = 0; at < userIds.length; at += NOTIFIED_AT_ONCE) {
    const some = userIds.slice(at, at + NOTIFIED_AT_ONCE);
    const owners = sql`u.id = any(${sql.param(some)}::int[]) and u.deleted_at is null`;
    await platform.db.execute(noticeStatement({ type: notice }, owners, id));
  }
}

const NOBODY: Client = { requestId: null, ipAddress: null, userAgent: null, country: null, city: null };

/** Once the act is through: the push to open pages, and the mail by the queue. Never fails the act. */
export function afterNotice(
  platform: Platform,
  userId: number,
  { type, data = {} }: Notice,
  mail: Pick<NoticeJob, "to" | "action"> = {},
): void {
  const { byAdministrator }: NoticeText = NOTICES[type];
  const client = byAdministrator ? NOBODY : platform.client;
  platform.defer(platform.hubs.publish(userId));
  platform.defer(
    platform.enqueue({
      type: "notice",
      userId,
      notice: type,
      data,
      client,
      happenedAt: new Date().toISOString(),
      ...mail,
    }),
  );
}
