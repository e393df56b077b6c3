/**
 * A message from an administrator to some users, a role, or all: the queue sends it, many ranges of users in parallel.
 */
import { sql } from "drizzle-orm";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { openRanges, sendRangeJobs } from "./broadcast-ranges.ts";
import { happened } from "./happened.ts";
import type { Broadcast } from "./outbox.ts";
import { asActor, type Actor } from "../access/actor.ts";

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
