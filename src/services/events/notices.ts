/**
 * The notification that tells an account's owner: a row, in the owner's language, written in the act's batch or, for
 * the many holders of a role, by the queue.
 */
import { sql, SQL } from "drizzle-orm";
import { NOTICES, type NoticeType } from "./notice-texts.ts";

export interface Notice {
  type: NoticeType;
  /** Small facts for the client (a device, a place); never a secret. */
  data?: Record<string, string | number | null> | SQL;
  /** Selects users as `u`. */
  owners: SQL;
}

/** CTE body or statement: stores the notifications. */
export function storeNotices(notices: Notice[]): SQL {
  const rows = notices.map(({ type, data = {}, owners }) => {
    const { title, content } = NOTICES[type];
    return sql`
      select u.id, ${type},
        case u.locale when 'en' then ${title.en} else ${title.fr} end,
        case u.locale when 'en' then ${content.en} else ${content.fr} end,
        ${data instanceof SQL ? data : sql`${JSON.stringify(data)}::jsonb`}
      from users u where ${owners}`;
  });
  return sql`
    insert into notifications (user_id, type, title, content, data)
    ${sql.join(rows, sql` union all `)} order by 1`;
}
