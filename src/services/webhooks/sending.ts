/**
 * The queue's part of a webhook: signs the deliveries of one job, sends them, and writes down what the receiver
 * answered. Two trips, however many deliveries. A second message about one that was taken finds nothing to do.
 */
import { sql, type SQL } from "drizzle-orm";
import { isoTime } from "../../db/iso-time.ts";
import { writtenHere } from "../../db/batch.ts";
import type { Platform } from "../../platform/index.ts";
import { asAccount } from "../access/actor.ts";
import { happened } from "../events/happened.ts";
import { openWebhookSecret, sealWebhookSecret, signWebhook } from "./signature.ts";

/** Seconds from each failed attempt to the next; the sweep comes every minute. After the last the delivery has failed. */
export const RETRY_SECONDS = [5, 300, 1_800, 7_200, 18_000, 36_000];
export const DISABLED_AFTER_DAYS = 5;
export const ANSWER_LIMIT_BYTES = 4 * 1024;
export const TIME_LIMIT_MS = 5_000;

interface Due extends Record<string, unknown> {
  id: string;
  eventId: string;
  type: string;
  data: unknown;
  happenedAt: string;
  attempts: number;
  url: string;
  secret: string;
  previousSecret: string | null;
}

interface Outcome {
  id: string;
  status: number | null;
  milliseconds: number;
  /** Why there was no answer, as a name: never what the network said. */
  failure: string | null;
}

export async function sendWebhooks(
  platform: Platform,
  { endpointId, ids }: { endpointId: string; ids: string[] },
): Promise<void> {
  const { db } = platform;
  const { rows } = await db.execute<Due>(sql`
    update webhook_deliveries d set attempts = d.attempts + 1, next_at = now() + interval '2 minutes', updated_at = now()
    from webhook_endpoints e
    where d.id = any(${sql.param(ids)}::bigint[]) and d.endpoint_id = ${endpointId}::uuid and e.id = d.endpoint_id
      and d.status = 'pending' and e.disabled_at is null
    returning d.id::text, d.event_id as "eventId", d.type, d.data, d.happened_at as "happenedAt", d.attempts,
      e.url, e.secret, case when e.previous_until > now() then e.previous_secret end as "previousSecret"`);
  const [first] = rows;
  if (!first) return;
  const secrets = [first.secret, ...(first.previousSecret ? [first.previousSecret] : [])];
  const opened = await Promise.all(secrets.map((sealed) => openWebhookSecret(platform, endpointId, sealed)));
  const outcomes = await Promise.all(rows.map((due) => attempt(platform, due, opened)));
  // Under the current AUTH_SECRET from now on, so that the previous one can be removed.
  const isOld = !(await platform.secrets.isCurrent(first.secret));
  const resealed = isOld ? await sealWebhookSecret(platform, endpointId, opened[0]!) : null;
  await record(platform, { endpointId, outcomes, resealed, before: first.secret });
}

async function attempt(platform: Platform, due: Due, secrets: string[]): Promise<Outcome> {
  const { id, eventId, type, data, url } = due;
  const body = JSON.stringify({ type, timestamp: isoTime(due.happenedAt), data });
  const startedAt = Date.now();
  const message = { id: eventId, timestamp: Math.floor(startedAt / 1000), body };
  const sent = platform.fetchOutward(url, {
    method: "POST",
    headers: await signWebhook(message, secrets),
    body,
    timeLimitMs: TIME_LIMIT_MS,
    answerLimitBytes: ANSWER_LIMIT_BYTES,
  });
  const [status, failure] = await sent.then(
    (answer): [number, null] => [answer.status, null],
    (error: unknown): [null, string] => [null, failureOf(error)],
  );
  return { id, status, failure, milliseconds: Date.now() - startedAt };
}

export const isTaken = ({ status }: { status: number | null }): boolean =>
  status !== null && status >= 200 && status < 300;

export function failureOf(error: unknown): string {
  const { name } = error as Error;
  if (name === "OutwardRefused") return "refused_address";
  return name === "TimeoutError" ? "timeout" : "unreachable";
}

interface Recorded {
  endpointId: string;
  outcomes: Outcome[];
  resealed: string | null;
  before: string;
}

/** The owner's account is locked first, as everywhere where a notification is written. */
async function record(platform: Platform, { endpointId, outcomes, resealed, before }: Recorded): Promise<void> {
  const { db } = platform;
  const isWell = outcomes.some(isTaken);
  const isGone = outcomes.some(({ status }) => status === 410);
  const endpoint = sql`id = ${endpointId}::uuid`;
  const disabledHere = sql`exists (
    select from webhook_endpoints e where ${endpoint} and e.disabled_at is not null and ${writtenHere("e")})`;
  const owner = sql`(select owner_id from webhook_endpoints where ${endpoint})`;
  const found = outcomes.map((outcome) => ({ ...outcome, taken: isTaken(outcome) }));
  await asAccount(platform, sql`u.id = ${owner}`, {
    attempted: db.execute(sql`
      update webhook_deliveries d set
        response_status = o.status, latency_ms = o.milliseconds, failure = o.failure, updated_at = now(),
        status = case when o.taken then 'delivered' when d.attempts > ${RETRY_SECONDS.length}::int then 'failed' else 'pending' end,
        next_at = now() + make_interval(secs => (${sql.param(RETRY_SECONDS)}::int[])[least(d.attempts, ${RETRY_SECONDS.length}::int)])
      from jsonb_to_recordset(${JSON.stringify(found)}::jsonb)
        as o (id bigint, status int, milliseconds int, failure text, taken boolean)
      where d.id = o.id and d.status = 'pending'`),
    judged: db.execute(sql`
      update webhook_endpoints set
        failing_since = case when ${isWell}::boolean then null else coalesce(failing_since, now()) end,
        disabled_at = case when ${isGone}::boolean
          or (not ${isWell}::boolean and failing_since < now() - make_interval(days => ${DISABLED_AFTER_DAYS}::int)) then now() end,
        secret = case when secret = ${before} then coalesce(${resealed}, secret) else secret end
      where ${endpoint} and disabled_at is null`),
    given_up: db.execute(giveUp(endpointId, disabledHere)),
    ...happened(platform, {
      event: "webhook.disabled",
      userId: owner,
      actorId: null,
      target: ["webhook", endpointId],
      metadata: { reason: isGone ? "gone" : "failing" },
      where: sql`${owner} is not null and ${disabledHere}`,
      auditedWhere: disabledHere,
    }),
  });
}

/** Statement: what waits for an endpoint that is off has failed; it can be replayed. */
export function giveUp(endpointId: string, condition: SQL): SQL {
  return sql`
    update webhook_deliveries set status = 'failed', updated_at = now()
    where endpoint_id = ${endpointId}::uuid and status = 'pending' and ${condition}`;
}
