/** Where webhooks go: administrators add, change and remove endpoints, and rotate their secrets. */
import { sql, type SQL } from "drizzle-orm";
import { isoTime } from "../../db/iso-time.ts";
import { remember, remembered } from "../../db/batch.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { asActor, readAs, type Actor } from "../access/actor.ts";
import { requireOutward } from "../access/outward-address.ts";
import { happened } from "../events/happened.ts";
import type { CarriedEvent } from "../events/catalogue.ts";
import { giveUp } from "./sending.ts";
import { generateWebhookSecret, sealWebhookSecret } from "./signature.ts";

/** How long the secret before still signs beside the new one. */
export const ROTATION_HOURS = 24;

export interface WebhookEndpoint {
  id: string;
  url: string;
  description: string;
  /** Empty: all. */
  events: string[];
  ownerId: string | null;
  /** Until when the secret before the current one signs too. */
  previousSecretUntil: string | null;
  failingSince: string | null;
  disabledAt: string | null;
  createdAt: string;
  updatedAt: string;
}

type EndpointRow = WebhookEndpoint & Record<string, unknown>;

export interface NewEndpoint {
  url: string;
  description: string;
  events: CarriedEvent[];
}

function selectEndpoints({ db }: Platform, rest: SQL) {
  return db.execute<EndpointRow>(sql`
    select e.id, e.url, e.description, e.events, e.owner_id::text as "ownerId",
      case when e.previous_until > now() then e.previous_until end as "previousSecretUntil",
      e.failing_since as "failingSince", e.disabled_at as "disabledAt",
      e.created_at as "createdAt", e.updated_at as "updatedAt"
    from webhook_endpoints e where ${rest}`);
}

function toEndpoint(row: EndpointRow): WebhookEndpoint {
  return {
    ...row,
    previousSecretUntil: isoTime(row.previousSecretUntil),
    failingSince: isoTime(row.failingSince),
    disabledAt: isoTime(row.disabledAt),
    createdAt: isoTime(row.createdAt),
    updatedAt: isoTime(row.updatedAt),
  };
}

function firstEndpoint({ rows }: { rows: EndpointRow[] }): WebhookEndpoint {
  const [row] = rows;
  if (!row) throw new AppError("not_found");
  return toEndpoint(row);
}

const byId = (endpointId: string) => sql`e.id = ${endpointId}::uuid`;

/** Oldest first, with one extra row if there are more than `limit`. */
export async function listEndpoints(
  platform: Platform,
  actor: Actor,
  { limit, after }: { limit: number; after: [createdAt: string, id: string] | undefined },
): Promise<WebhookEndpoint[]> {
  const rest = after ? sql`(e.created_at, e.id) > (${after[0]}::timestamptz, ${after[1]}::uuid)` : sql`true`;
  const { page } = await readAs(platform, actor, {
    page: selectEndpoints(platform, sql`${rest} order by e.created_at, e.id limit ${limit + 1}::int`),
  });
  return page.rows.map(toEndpoint);
}

/** The address may hold a secret, which the audit log would keep for good. */
const hostOf = (url: string) => new URL(url).host;

/** The secret is answered here alone. @throws AppError validation_failed */
export async function createEndpoint(
  platform: Platform,
  actor: Actor,
  { url, description, events }: NewEndpoint,
): Promise<{ webhook: WebhookEndpoint; secret: string }> {
  await requireOutward(platform, actor, { url, pointer: "#/url" });
  const id = crypto.randomUUID();
  const secret = generateWebhookSecret();
  const sealed = await sealWebhookSecret(platform, id, secret);
  const { endpoint } = await asActor(platform, actor, {
    created: platform.db.execute(sql`
      insert into webhook_endpoints (id, url, description, events, secret, owner_id)
      values (${id}::uuid, ${url}, ${description}, ${sql.param(events)}::text[], ${sealed}, ${actor.userId})`),
    endpoint: selectEndpoints(platform, byId(id)),
    ...happened(platform, {
      event: "webhook.created",
      actorId: actor.userId,
      target: ["webhook", id],
      metadata: { host: hostOf(url), description, events },
    }),
  });
  return { webhook: firstEndpoint(endpoint), secret };
}

export type EndpointChange = { [Field in keyof NewEndpoint]?: NewEndpoint[Field] | undefined } & {
  isActive?: boolean | undefined;
};

/** @throws AppError validation_failed, not_found */
export async function changeEndpoint(
  platform: Platform,
  actor: Actor,
  { endpointId, change }: { endpointId: string; change: EndpointChange },
): Promise<WebhookEndpoint> {
  const { url, description, events, isActive } = change;
  if (url !== undefined) await requireOutward(platform, actor, { url, pointer: "#/url" });
  const off = isActive === undefined ? sql`disabled_at` : isActive ? sql`null` : sql`coalesce(disabled_at, now())`;
  // A new address or another try starts with a clean slate.
  const failing = url === undefined && isActive !== true ? sql`failing_since` : sql`null`;
  const { endpoint } = await asActor(platform, actor, {
    changed: platform.db.execute(sql`
      with changed as (
        update webhook_endpoints e set
          url = coalesce(${url ?? null}, url), description = coalesce(${description ?? null}, description),
          events = coalesce(${sql.param(events ?? null)}::text[], events),
          disabled_at = ${off}, failing_since = ${failing}, updated_at = now()
        where ${byId(endpointId)} returning id
      ) select ${remember(sql`to_jsonb(exists (select from changed))`)}`),
    given_up: isActive === false ? platform.db.execute(giveUp(endpointId, sql`true`)) : undefined,
    endpoint: selectEndpoints(platform, byId(endpointId)),
    ...happened(platform, {
      event: "webhook.updated",
      actorId: actor.userId,
      target: ["webhook", endpointId],
      metadata: { ...(url !== undefined && { host: hostOf(url) }), description, events, isActive },
      where: sql`${remembered}::boolean`,
    }),
  });
  return firstEndpoint(endpoint);
}

/** Its deliveries go with it. @throws AppError not_found */
export async function deleteEndpoint(platform: Platform, actor: Actor, endpointId: string): Promise<void> {
  const { removed } = await asActor(platform, actor, {
    removed: platform.db.execute<{ wasThere: boolean; noted: string }>(sql`
      with removed as (delete from webhook_endpoints e where ${byId(endpointId)} returning id)
      select exists (select from removed) as "wasThere", ${remember(sql`to_jsonb(exists (select from removed))`)} as noted`),
    ...happened(platform, {
      event: "webhook.deleted",
      actorId: actor.userId,
      target: ["webhook", endpointId],
      where: sql`${remembered}::boolean`,
    }),
  });
  if (!removed.rows[0]!.wasThere) throw new AppError("not_found");
}

/** The current secret still signs for a day, beside the new one. @throws AppError not_found */
export async function rotateWebhookSecret(platform: Platform, actor: Actor, endpointId: string): Promise<string> {
  const secret = generateWebhookSecret();
  const sealed = await sealWebhookSecret(platform, endpointId, secret);
  const { rotated } = await asActor(platform, actor, {
    rotated: platform.db.execute<{ isRotated: boolean; noted: string }>(sql`
      with rotated as (
        update webhook_endpoints e set secret = ${sealed}, previous_secret = secret,
          previous_until = now() + make_interval(hours => ${ROTATION_HOURS}::int), updated_at = now()
        where ${byId(endpointId)} returning id
      ) select exists (select from rotated) as "isRotated", ${remember(sql`to_jsonb(exists (select from rotated))`)} as noted`),
    ...happened(platform, {
      event: "webhook.secret_rotated",
      actorId: actor.userId,
      target: ["webhook", endpointId],
      where: sql`${remembered}::boolean`,
    }),
  });
  if (!rotated.rows[0]!.isRotated) throw new AppError("not_found");
  return secret;
}
