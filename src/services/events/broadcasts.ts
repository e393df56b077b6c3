/** A message from an administrator to some users, a role, or all: sent out by the queue, so many users at a time. */
import { sql, type SQL } from "drizzle-orm";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { auditStatement } from "./audit.ts";
import type { BroadcastJob } from "./job.ts";
import { asActor, type Actor } from "../access/actor.ts";

/** Each row holds a lock until the batch commits (drizzle/functions/notifications_in_order.sql), and each user gets a push. */
const USERS_AT_ONCE = 200;
/** Pushes under way at a time: a Worker may have six requests waiting for an answer, the others queue behind. */
const PUSHES_AT_ONCE = 6;

export type Audience = BroadcastJob["audience"];

/** One trip and a job. @throws AppError not_found for a role that there is none of. */
export async function broadcast(
  platform: Platform,
  actor: Actor,
  { title, content, audience }: { title: string; content: string; audience: Audience },
): Promise<{ broadcastId: string }> {
  const broadcastId = crypto.randomUUID();
  const exists = "roleId" in audience ? sql`exists (select from roles where id = ${audience.roleId})` : sql`true`;
  const { known } = await asActor(platform, actor, {
    known: platform.db.execute<{ exists: boolean }>(sql`select ${exists} as exists`),
    audited: platform.db.execute(
      auditStatement(
        platform,
        {
          actorId: actor.userId,
          action: "notification.sent",
          targetType: "broadcast",
          targetId: broadcastId,
          metadata: { audience, title },
        },
        exists,
      ),
    ),
  });
  if (!known.rows[0]!.exists) throw new AppError("not_found");
  await platform.enqueue({ type: "broadcast", broadcastId, audience, title, content, after: 0 });
  return { broadcastId };
}

/**
 * The queue's part: one batch of users, then the job for the next. The queue may deliver a job twice: nobody gets a
 * second row for one broadcast, and a push too many finds nothing to send.
 */
export async function deliverBroadcast(platform: Platform, job: BroadcastJob): Promise<void> {
  const { broadcastId, audience, title, content, after } = job;
  const { rows } = await platform.db.execute<{ id: number; isReachable: boolean }>(sql`
    with recipients as (
      select id from users u
      where u.id > ${after} and u.is_active and u.deleted_at is null and ${condition(audience)}
      order by u.id limit ${USERS_AT_ONCE}
    ), inserted as (
      insert into notifications (user_id, type, title, content, broadcast_id)
      select id, 'admin_message', ${title}, ${content}, ${broadcastId}::uuid from recipients order by id
      on conflict (broadcast_id, user_id) where broadcast_id is not null do nothing
    )
    select id, exists (
      select from refresh_tokens s
      where s.user_id = recipients.id and s.revoked_at is null
        and s.last_used_at > now() - make_interval(secs => ${2 * platform.config.ACCESS_TOKEN_TTL}::int)
    ) as "isReachable"
    from recipients order by id`);
  if (rows.length === USERS_AT_ONCE) await platform.enqueue({ ...job, after: rows.at(-1)!.id });
  // A socket lives as long as an access token, so it stands on a session that got one lately: only those hubs are woken.
  const reachable = rows.filter((row) => row.isReachable).values();
  const push = async () => {
    for (const { id } of reachable) await platform.hubs.publish(id);
  };
  await Promise.all(Array.from({ length: PUSHES_AT_ONCE }, push));
}

function condition(audience: Audience): SQL {
  if ("userIds" in audience) return sql`u.id = any(${sql.param(audience.userIds)}::int[])`;
  if ("roleId" in audience) return sql`u.role_id = ${audience.roleId}`;
  return sql`true`;
}
