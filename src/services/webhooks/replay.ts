/** What was sent to an endpoint in the last 30 days, for administrators: listed, sent again, and tried out. */
import { sql, type SQL } from "drizzle-orm";
import { isoTime } from "../../db/iso-time.ts";
import { remember, remembered } from "../../db/batch.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { asActor, readAs, type Actor } from "../access/actor.ts";
import { happened } from "../events/happened.ts";
import { sendDeliveries } from "./deliveries.ts";

export interface Delivery {
  id: number;
  /** The `webhook-id` that the receiver gets, the same at every attempt. */
  eventId: string;
  type: string;
  status: "pending" | "delivered" | "failed";
  attempts: number;
  responseStatus: number | null;
  /** Why there was no answer: `timeout`, `unreachable` or `refused_address`. */
  failure: string | null;
  latencyMs: number | null;
  nextAt: string | null;
  createdAt: string;
}

type DeliveryRow = Omit<Delivery, "id"> & { id: string } & Record<string, unknown>;

/** Newest first, with one extra row if there are more than `limit`. @throws AppError not_found */
export async function listDeliveries(
  platform: Platform,
  actor: Actor,
  { endpointId, limit, after }: { endpointId: string; limit: number; after: number | undefined },
): Promise<Delivery[]> {
  const { db } = platform;
  const { known, page } = await readAs(platform, actor, {
    known: db.execute(sql`select id from webhook_endpoints where id = ${endpointId}::uuid`),
    page: db.execute<DeliveryRow>(sql`
      select d.id, d.event_id as "eventId", d.type, d.status, d.attempts, d.response_status as "responseStatus",
        d.failure, d.latency_ms as "latencyMs", case when d.status = 'pending' then d.next_at end as "nextAt",
        d.created_at as "createdAt"
      from webhook_deliveries d where d.endpoint_id = ${endpointId}::uuid
        ${after === undefined ? sql`` : sql`and d.id < ${after}::bigint`}
      order by d.id desc limit ${limit + 1}::int`),
  });
  if (known.rows.length === 0) throw new AppError("not_found");
  return page.rows.map((row) => ({
    ...row,
    id: Number(row.id),
    nextAt: isoTime(row.nextAt),
    createdAt: isoTime(row.createdAt),
  }));
}

interface Sent extends Record<string, unknown> {
  /** Null where the endpoint is unknown or off. */
  ids: string[] | null;
  noted: string;
}

/** `rows` is a CTE body that writes deliveries and returns their ids; they are sent after the commit. */
async function send(
  platform: Platform,
  actor: Actor,
  {
    endpointId,
    event,
    rows,
    metadata,
  }: {
    endpointId: string;
    event: "webhook.tested" | "webhook.replayed";
    rows: SQL;
    metadata?: Record<string, unknown>;
  },
): Promise<string[]> {
  const { sent } = await asActor(platform, actor, {
    sent: platform.db.execute<Sent>(sql`
      with written as (${rows}), counted as (select array_agg(id::text) as ids from written)
      select ids, ${remember(sql`to_jsonb(coalesce(cardinality(ids), 0))`)} as noted from counted`),
    ...happened(platform, {
      event,
      actorId: actor.userId,
      target: ["webhook", endpointId],
      metadata: sql`${JSON.stringify(metadata ?? {})}::jsonb || jsonb_build_object('deliveries', ${remembered})`,
      where: sql`(${remembered})::int > 0`,
    }),
  });
  const ids = sent.rows[0]?.ids ?? [];
  platform.defer(
    sendDeliveries(
      platform,
      ids.map((id) => ({ id, endpointId })),
    ),
  );
  return ids;
}

const active = (endpointId: string) =>
  sql`exists (select from webhook_endpoints e where e.id = ${endpointId}::uuid and e.disabled_at is null)`;

/** @throws AppError not_found for an endpoint that is unknown or off. */
export async function sendTestEvent(
  platform: Platform,
  actor: Actor,
  endpointId: string,
): Promise<{ deliveryId: number }> {
  const [id] = await send(platform, actor, {
    endpointId,
    event: "webhook.tested",
    rows: sql`
      insert into webhook_deliveries (endpoint_id, event_id, type, data, happened_at)
      select ${endpointId}::uuid, ${crypto.randomUUID()}::uuid, 'webhook.test', '{}'::jsonb, now() where ${active(endpointId)}
      returning id`,
  });
  if (id === undefined) throw new AppError("not_found");
  return { deliveryId: Number(id) };
}

const AGAIN = sql`status = 'pending', attempts = 0, updated_at = now()`;

/** Whatever became of it. @throws AppError not_found */
export async function replayDelivery(
  platform: Platform,
  actor: Actor,
  { endpointId, deliveryId }: { endpointId: string; deliveryId: number },
): Promise<void> {
  const ids = await send(platform, actor, {
    endpointId,
    event: "webhook.replayed",
    metadata: { deliveryId },
    rows: sql`
      update webhook_deliveries set ${AGAIN}, next_at = now() + interval '2 minutes'
      where id = ${deliveryId}::bigint and endpoint_id = ${endpointId}::uuid and ${active(endpointId)} returning id`,
  });
  if (ids.length === 0) throw new AppError("not_found");
}

/** All that failed since then; the sweep sends them, so that an endpoint that has just come back isn't flooded. */
export async function replayFailed(
  platform: Platform,
  actor: Actor,
  { endpointId, since }: { endpointId: string; since: Date },
): Promise<{ replayed: number }> {
  const { known, again } = await asActor(platform, actor, {
    known: platform.db.execute<{ isActive: boolean }>(sql`select ${active(endpointId)} as "isActive"`),
    again: platform.db.execute<{ replayed: number; noted: string }>(sql`
      with again as (
        update webhook_deliveries set ${AGAIN}, next_at = now()
        where endpoint_id = ${endpointId}::uuid and status = 'failed' and created_at >= ${since.toISOString()}::timestamptz
          and ${active(endpointId)} returning id
      ) select count(*)::int as replayed, ${remember(sql`to_jsonb(count(*))`)} as noted from again`),
    ...happened(platform, {
      event: "webhook.replayed",
      actorId: actor.userId,
      target: ["webhook", endpointId],
      metadata: sql`jsonb_build_object('since', ${since.toISOString()}::text, 'deliveries', ${remembered})`,
      where: sql`(${remembered})::int > 0`,
    }),
  });
  if (!known.rows[0]!.isActive) throw new AppError("not_found");
  return { replayed: again.rows[0]!.replayed };
}
