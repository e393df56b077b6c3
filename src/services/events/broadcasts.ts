/**
 * A message from an administrator to some users, a role, or all: the queue sends it, many ranges of users in parallel.
 */
import { sql } from "drizzle-orm";
import { isoTime } from "../../db/iso-time.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { openRanges, sendRangeJobs } from "./broadcast-ranges.ts";
import { happened } from "./happened.ts";
import type { Broadcast } from "./outbox.ts";
import { asActor, readAs, type Actor } from "../access/actor.ts";

export type Audience = Broadcast["audience"];

/** One trip; the outbox starts it. @throws AppError not_found for an unknown role. */
export async function broadcast(
  platform: Platform,
  actor: Actor,
  { title, content, audience }: { title: string; content: string; audience: Audience },
): Promise<{ broadcastId: string }> {
  const broadcastId = crypto.randomUUID();
  const exists =
    "roleId" in audience
      ? sql`exists (select from roles where id = ${audience.roleId} and replacement_id is null)`
      : sql`true`;
  const { known } = await asActor(platform, actor, {
    known: platform.db.execute<{ exists: boolean }>(sql`select ${exists} as exists`),
    ...happened(platform, {
      event: "notification.sent",
      actorId: actor.userId,
      target: ["broadcast", broadcastId],
      metadata: { audience, title },
      where: exists,
      facts: { broadcast: { broadcastId, audience, title, content } },
    }),
  });
  if (!known.rows[0]!.exists) throw new AppError("not_found");
  return { broadcastId };
}

/** `share` of the accounts that a broadcast has come past, 0 to 1. */
export interface BroadcastProgress {
  broadcastId: string;
  state: "waiting" | "sending" | "sent";
  share: number;
  createdAt: string;
}

/** Retention removes the ranges a day later, so before that a broadcast without any has not begun. */
const RANGES_KEPT = sql`interval '29 days'`;

/** @throws AppError not_found */
export async function getBroadcast(platform: Platform, actor: Actor, broadcastId: string): Promise<BroadcastProgress> {
  const { found } = await readAs(platform, actor, {
    found: platform.db.execute<{ createdAt: string; isOld: boolean; past: number; whole: number }>(sql`
      select a.created_at as "createdAt", a.created_at < now() - ${RANGES_KEPT} as "isOld",
        coalesce(r.whole - r.ahead, 0)::float8 as past, coalesce(r.whole, 0)::float8 as whole
      from audit_logs a, (
        select max(until_id)::bigint as whole, sum(until_id - after_id)::bigint as ahead
        from broadcast_ranges where broadcast_id = ${broadcastId}::uuid
      ) r
      where a.target_type = 'broadcast' and a.target_id = ${broadcastId} and a.action = 'notification.sent' limit 1`),
  });
  const [row] = found.rows;
  if (!row) throw new AppError("not_found");
  const { isOld, past, whole } = row;
  const share = isOld ? 1 : whole > 0 ? past / whole : 0;
  const state = share === 1 ? "sent" : share > 0 ? "sending" : "waiting";
  return { broadcastId, state, share, createdAt: isoTime(row.createdAt) };
}

/**
 * The queue's part: divides the accounts with an id above `after` into ranges, and sends a job for each.
 * @throws Error while accounts of a deleted role are still being moved to the role: a retry finds all of them there.
 */
export async function deliverBroadcast(platform: Platform, message: Broadcast, after = 0): Promise<void> {
  if ("roleId" in message.audience) {
    const moving = sql`select from roles where replacement_id = ${message.audience.roleId}`;
    const { rows } = await platform.db.execute(moving);
    if (rows.length > 0) throw new Error("accounts of a deleted role are being moved to this one");
  }
  await sendRangeJobs(platform, message, await openRanges(platform, message, after));
}
