/** Jobs that failed for good, for operators: listed without their contents, and sent again. */
import { sql } from "drizzle-orm";
import { isoTime } from "../../db/iso-time.ts";
import { remember, remembered } from "../../db/batch.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { happened } from "../events/happened.ts";
import type { Job } from "../events/job.ts";
import { asActor, readAs, type Actor } from "../access/actor.ts";

/** A job may contain an address, which is not listed: the account's id is enough. */
export interface DeadJob extends Record<string, unknown> {
  id: number;
  type: string;
  userId: string | null;
  createdAt: string;
}

/** Newest first, with one extra row if there are more than `limit`. */
export async function listDeadJobs(
  platform: Platform,
  actor: Actor,
  { limit, after }: { limit: number; after: number | undefined },
): Promise<DeadJob[]> {
  const { page } = await readAs(platform, actor, {
    page: platform.db.execute<DeadJob>(sql`
      select id, type, job ->> 'userId' as "userId", created_at as "createdAt" from dead_jobs
      where id < ${after ?? 2_147_483_647}::int order by id desc limit ${limit + 1}::int`),
  });
  return page.rows.map((row) => ({ ...row, createdAt: isoTime(row.createdAt) }));
}

/**
 * Two trips. The queue gets the job before the row is deleted, so that it is never lost; two clicks send the same
 * message twice, which the consumer recognises by its id, and one of them finds the row to remove and audit.
 * @throws AppError not_found, or service_unavailable when the queue does not accept it.
 */
export async function replayDeadJob(platform: Platform, actor: Actor, id: number): Promise<void> {
  const { db } = platform;
  const { found } = await readAs(platform, actor, {
    found: db.execute<{ messageId: string; job: Job }>(
      sql`select message_id as "messageId", job from dead_jobs where id = ${id}`,
    ),
  });
  const dead = found.rows[0];
  if (!dead) throw new AppError("not_found");
  await platform.enqueue(dead.job, dead.messageId);
  await asActor(platform, actor, {
    removed: db.execute(sql`
      with removed as (delete from dead_jobs where id = ${id} returning id)
      select ${remember(sql`to_jsonb(exists (select from removed))`)}`),
    ...happened(platform, {
      event: "job.replayed",
      actorId: actor.userId,
      target: ["job", id],
      metadata: { type: dead.job.type },
      where: sql`${remembered}::boolean`,
    }),
  });
}
