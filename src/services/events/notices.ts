/**
 * What the owner of an account is told when something that matters happens to it: one text, as a notification (a row,
 * then a push to open pages) and as a mail. The row goes into the batch of the act; the rest follows the answer.
 */
import { sql, type SQL } from "drizzle-orm";
import type { Platform } from "../../platform/index.ts";
import { NOTICES, type NoticeType } from "./catalogue.ts";
import type { NoticeJob } from "./job.ts";

export interface Notice {
  type: NoticeType;
  /** Small facts for the client (a device, a place); never a secret. */
  data?: Record<string, string | number | null>;
}

/** The statement that stores the notification, in the owner's language; `owners` selects users as `u`. */
export function noticeStatement({ type, data = {} }: Notice, owners: SQL): SQL {
  const { title, content } = NOTICES[type];
  return sql`
    insert into notifications (user_id, type, title, content, data)
    select u.id, ${type},
      case u.locale when 'en' then ${title.en} else ${title.fr} end,
      case u.locale when 'en' then ${content.en} else ${content.fr} end,
      ${JSON.stringify(data)}::jsonb
    from users u where ${owners}`;
}

/** Once the act is through: the push to open pages, and the mail by the queue. Never fails the act. */
export function afterNotice(
  platform: Platform,
  userId: number,
  { type, data = {} }: Notice,
  mail: Pick<NoticeJob, "to" | "action"> = {},
): void {
  const { client } = platform;
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
