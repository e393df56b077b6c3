/**
 * Notifications: rows, in the order of their ids. The owner lists and reads them here; the hub reads what a socket has
 * missed.
 */
import { sql, type SQL } from "drizzle-orm";
import { isoTime } from "../../db/iso-time.ts";
import * as z from "zod/mini";
import type { Platform } from "../../platform/index.ts";
import { asActor, readAs, type Actor } from "../access/actor.ts";

/** Rows that the hub reads per trip. */
const READ_AT_ONCE = 200;

export interface Notification {
  id: number;
  /** A notice of ours (`password_changed`, `new_device`, …) or `admin_message`. */
  type: string;
  title: string;
  content: string;
  data: Record<string, unknown>;
  readAt: string | null;
  createdAt: string;
}

interface NotificationRow extends Record<string, unknown>, Omit<Notification, "id"> {
  id: string;
}

const columns = sql.raw(`id, type, title, content, data, read_at as "readAt", created_at as "createdAt"`);

export function toNotification({ id, type, title, content, data, readAt, createdAt }: NotificationRow): Notification {
  return {
    id: Number(id),
    type,
    title,
    content,
    data,
    readAt: isoTime(readAt),
    createdAt: isoTime(createdAt),
  };
}

interface Unread extends Record<string, unknown> {
  unread: number;
}

const unreadOf = (userId: number): SQL =>
  sql`(select count(*)::int from notifications where user_id = ${userId} and read_at is null)`;

/** The position in the list: the last id shown. */
export const NotificationPosition = z.tuple([z.int()]);

/** Newest first; with one extra row if there is a next page. */
export async function listNotifications(
  platform: Platform,
  actor: Actor,
  { limit, before }: { limit: number; before: number | undefined },
): Promise<{ notifications: Notification[]; unread: number }> {
  const { db } = platform;
  const { listed, counted } = await readAs(platform, actor, {
    listed: db.execute<NotificationRow>(sql`
      select ${columns} from notifications
      where user_id = ${actor.userId} and id < ${before ?? Number.MAX_SAFE_INTEGER}::bigint
      order by id desc limit ${limit + 1}`),
    counted: db.execute<Unread>(sql`select ${unreadOf(actor.userId)} as unread`),
  });
  return { notifications: listed.rows.map(toNotification), unread: counted.rows[0]!.unread };
}

/** Marks these, or all current ones, as read; the user's open pages are told at once. */
export async function markRead(
  platform: Platform,
  actor: Actor,
  input: { ids: number[] } | { all: true },
): Promise<{ unread: number }> {
  const { userId } = actor;
  const which = "ids" in input ? sql`id = any(${sql.param(input.ids)}::bigint[])` : sql`true`;
  const { ids, unread } = await readWhich(platform, actor, which);
  if (ids.length > 0) {
    const read = "ids" in input ? { ids } : { upTo: ids.reduce((a, b) => Math.max(a, b)) };
    platform.defer(platform.hubs.tell(userId, { type: "read", unread, ...read }));
  }
  return { unread };
}

/** Marks as read for the hub: all up to one; `changed` if any was unread. */
export async function readUpTo(
  platform: Platform,
  actor: Actor,
  id: number,
): Promise<{ changed: boolean; unread: number }> {
  const { ids, unread } = await readWhich(platform, actor, sql`id <= ${id}::bigint`);
  return { changed: ids.length > 0, unread };
}

async function readWhich(platform: Platform, { userId, sessionId }: Actor, which: SQL) {
  const { marked, counted } = await asActor(
    platform,
    { userId, sessionId },
    {
      marked: platform.db.execute<{ id: string }>(sql`
      update notifications set read_at = now(), updated_at = now()
      where user_id = ${userId} and read_at is null and ${which}
      returning id`),
      counted: platform.db.execute<Unread>(sql`select ${unreadOf(userId)} as unread`),
    },
  );
  return { ids: marked.rows.map((row) => Number(row.id)), unread: counted.rows[0]!.unread };
}

/**
 * Rows after `after`, oldest first, and which of `sessionIds` are alive. A user's ids are committed in order
 * (drizzle/functions/notifications_in_order.sql), so nothing can appear later below the last one read.
 */
export async function readMissed(
  { db }: Platform,
  { userId, after, sessionIds }: { userId: number; after: number; sessionIds: string[] },
): Promise<{ notifications: Notification[]; more: boolean; liveSessionIds: string[] }> {
  const { missed, live } = await db.batch({
    missed: db.execute<NotificationRow>(sql`
      select ${columns} from notifications
      where user_id = ${userId} and id > ${after}::bigint
      order by id limit ${READ_AT_ONCE}`),
    // Second, so that it sees a session end that came during the first.
    live: db.execute<{ sessionId: string }>(sql`
      select s.session_id as "sessionId" from refresh_tokens s join users u on u.id = s.user_id
      where s.session_id = any(${sql.param(sessionIds)}::uuid[]) and s.user_id = ${userId}
        and s.revoked_at is null and s.expires_at > now() and u.is_active and u.deleted_at is null`),
  });
  return {
    notifications: missed.rows.map(toNotification),
    more: missed.rows.length === READ_AT_ONCE,
    liveSessionIds: live.rows.map((row) => row.sessionId),
  };
}

/** The newest id of this session's user; raises like `assert_session`. */
export async function positionOf(platform: Platform, actor: Actor): Promise<number> {
  const { newest } = await readAs(platform, actor, {
    newest: platform.db.execute<{ position: string }>(
      sql`select coalesce(max(id), 0) as position from notifications where user_id = ${actor.userId}`,
    ),
  });
  return Number(newest.rows[0]!.position);
}
