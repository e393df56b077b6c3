/**
 * Deliveries: an event that was confirmed becomes a row for each endpoint that wants it, in the same transaction in which it
 * leaves the outbox. The rows are sent at once, and by the sweep every minute until the receiver takes them.
 */
import { sql, type SQL } from "drizzle-orm";
import type { Platform } from "../../platform/index.ts";
import { kindOf } from "../events/catalogue.ts";
import type { Job } from "../events/job.ts";
import type { OutboxRow } from "../events/outbox.ts";

/** Deliveries of one job, all to one endpoint. As many requests a Worker has open at once; it needs one for the database. */
const SENT_AT_ONCE = 5;
/** To an endpoint that works, a minute. */
const SWEPT_AT_ONCE = 500;
/** To one that fails, so that its time limits hold up nothing else. */
const SWEPT_WHILE_FAILING = 10;

export interface DueDelivery extends Record<string, unknown> {
  id: string;
  endpointId: string;
}

/** Just written, for an endpoint that fails or not. */
export interface NewDelivery extends DueDelivery {
  isWorking: boolean;
}

/** The events among these, as the receivers get them. */
export function carried(rows: OutboxRow[]): { id: string; type: string; data: object; at: number }[] {
  return rows.flatMap(({ id, job: { event, facts, at } }) => {
    const kind = kindOf(event).webhook;
    if (kind === undefined) return [];
    const { userId, sessionIds, roleId } = facts;
    const data = {
      ...(kind !== "role" && { userId: userId === undefined ? null : String(userId) }),
      // Without a list, all of the account's sessions but, perhaps, the one that acted.
      ...(kind === "sessions" && { sessionIds: sessionIds ?? null }),
      ...(kind === "role" && { roleId: roleId ?? null }),
    };
    return [{ id, type: event, data, at }];
  });
}

/** The links of an event's mails follow from its own id (with AUTH_SECRET): receivers get another, a UUID of version 8. */
const publicId = (id: SQL) => sql`overlay(overlay(
  left(encode(sha256(convert_to('webhook:' || ${id}, 'UTF8')), 'hex'), 32) placing '8' from 13) placing 'a' from 17)::uuid`;

/**
 * Statement: the deliveries of these events, in the batch that removes them from the outbox and before it does. What is
 * no longer there was delivered before.
 */
export function spread(rows: OutboxRow[]): SQL | undefined {
  const events = carried(rows);
  if (events.length === 0) return undefined;
  return sql`
    insert into webhook_deliveries (endpoint_id, event_id, type, data, happened_at)
    select e.id, ${publicId(sql`v.id`)}, v.type, v.data, to_timestamp(v.at / 1000.0)
    from jsonb_to_recordset(${JSON.stringify(events)}::jsonb) as v (id uuid, type text, data jsonb, at float8)
    join outbox o on o.id = v.id
    join webhook_endpoints e on e.disabled_at is null and (e.events = '{}' or v.type = any(e.events))
    on conflict (endpoint_id, event_id) do nothing
    returning id::text, endpoint_id as "endpointId",
      (select failing_since is null from webhook_endpoints w where w.id = endpoint_id) as "isWorking"`;
}

/** Sends at once what `spread` wrote; an endpoint that fails is left to the sweep, which goes easy on it. */
export async function sendDeliveries(platform: Platform, rows: (DueDelivery | NewDelivery)[]): Promise<void> {
  const due = rows.filter((row) => !("isWorking" in row) || row.isWorking);
  // What the queue refuses is due at the next sweep.
  await Promise.allSettled(jobsFor(due).map((job) => platform.enqueue(job)));
}

function jobsFor(due: DueDelivery[]): Extract<Job, { type: "webhooks" }>[] {
  return [...Map.groupBy(due, ({ endpointId }) => endpointId)].flatMap(([endpointId, deliveries]) => {
    const ids = deliveries.map(({ id }) => id);
    const chunks = Array.from({ length: Math.ceil(ids.length / SENT_AT_ONCE) }, (_, at) =>
      ids.slice(at * SENT_AT_ONCE, (at + 1) * SENT_AT_ONCE),
    );
    return chunks.map((ids) => ({ type: "webhooks" as const, endpointId, ids }));
  });
}

/** Every minute: what is due goes to the queue, and is due again should nobody have tried it in two minutes. */
export async function sweepDeliveries(platform: Platform): Promise<void> {
  const { rows } = await platform.db.execute<DueDelivery>(sql`
    update webhook_deliveries set next_at = now() + interval '2 minutes' where id in (
      select d.id from webhook_endpoints e cross join lateral (
        select id from webhook_deliveries d
        where d.endpoint_id = e.id and d.status = 'pending' and d.next_at <= now()
        order by d.next_at
        limit case when e.failing_since is null then ${SWEPT_AT_ONCE}::int else ${SWEPT_WHILE_FAILING}::int end
        for update skip locked
      ) d where e.disabled_at is null)
    returning id::text, endpoint_id as "endpointId"`);
  await sendDeliveries(platform, rows);
}
