/**
 * Removes a role that has holders. From the commit of the act that deletes it, everything that reads an account's role
 * finds the replacement instead (held-role.ts). The accounts are moved a few at a time, first by the act itself, then by
 * the queue; the role's row goes with the last. A job delivered twice moves others, or finds the role gone.
 */
import { sql } from "drizzle-orm";
import { remember } from "../../db/batch.ts";
import type { Statement, Statements } from "../../db/client.ts";
import type { Platform } from "../../platform/index.ts";
import type { RoleRemovalJob } from "../events/job.ts";
import { storeNotices } from "../events/notices.ts";
import { confirmed } from "../events/outbox.ts";
import { lockAccounts } from "./actor.ts";
import { takeAdministration } from "./authority.ts";

/** Each account is locked, and so is the order of its notifications, until the batch commits. */
const MOVED_AT_ONCE = 200;
/** A Worker may only make a limited number of requests. */
const BATCHES_A_JOB = 25;

/** Statements: the role disappears from the API; those that it was about to replace get its own replacement. */
export function markRemoved({ db }: Platform, roleId: number, replacementId: number | undefined) {
  const replacement = sql`${replacementId ?? null}::int`;
  return {
    passedOn: db.execute(
      sql`update roles set replacement_id = ${replacement}, updated_at = now() where replacement_id = ${roleId}`,
    ),
    // Its name is free at once: no role can be created with a name like this one.
    marked: db.execute(sql`
      with before as (select name, permissions from roles where id = ${roleId}), marked as (
        update roles set name = '#' || id, permissions = '[]', replacement_id = ${replacement}, updated_at = now()
        where id = ${roleId}
      )
      select ${remember(sql`
        jsonb_build_object('before', jsonb_build_object('name', name, 'permissions', permissions),
          'replacementId', ${replacement})`)}
      from before`),
  } satisfies Statements;
}

/** Statements: moves the next accounts and tells them, without mail; the role's row goes if nobody holds it any more. */
export function moveHolders({ db }: Platform, roleId: number) {
  const next = sql`
    select id from users where role_id = ${roleId}
      and exists (select from roles where id = ${roleId} and replacement_id is not null)
    order by id limit ${MOVED_AT_ONCE}::int`;
  return {
    // An act on one of these accounts locks it first, and so must this one.
    held: db.execute(lockAccounts(sql`u.id in (${next})`)),
    moved: db.execute(sql`
      with moved as (
        update users u set role_id = r.replacement_id, updated_at = now() from roles r
        where r.id = ${roleId} and u.id in (${next})
        returning u.id
      )
      ${storeNotices([{ type: "role_changed", owners: sql`u.id in (select id from moved) and u.deleted_at is null` }])}`),
    removed: db.execute(sql`
      delete from roles where id = ${roleId} and name = '#' || id
        and not exists (select from users where role_id = ${roleId})`),
  } satisfies Statements;
}

export interface RoleRemovalRow extends Record<string, unknown> {
  id: string;
  job: RoleRemovalJob;
}

/** Statement: the job for the accounts that are left, if any. The outbox keeps it until the role is gone. */
export function queueRest({ db }: Platform, roleId: number): Statement<RoleRemovalRow> {
  return db.execute(sql`
    insert into outbox (id, job)
    select gen_random_uuid(), jsonb_build_object('type', 'role_removal', 'roleId', id) from roles where id = ${roleId}
    returning id, job`);
}

/** The queue's part: each batch is an act of administration of its own. */
export async function goOnMoving(platform: Platform, job: RoleRemovalJob, id: string): Promise<void> {
  const { db } = platform;
  const isLeft = sql`exists (select from roles where id = ${job.roleId} and replacement_id is not null)`;
  for (let batch = 0; batch < BATCHES_A_JOB; batch++) {
    const { left } = await db.batch(
      {
        ...moveHolders(platform, job.roleId),
        confirmed: db.execute(sql`${confirmed([id])} and not ${isLeft}`),
        left: db.execute<{ isLeft: boolean }>(sql`select ${isLeft} as "isLeft"`),
      },
      [db.execute(takeAdministration)],
    );
    if (!left.rows[0]!.isLeft) return;
  }
  await platform.enqueue(job, id);
}
