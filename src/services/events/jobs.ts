/** What the queue's consumer does with each message. A repeated message has no visible second effect. */
import { sql } from "drizzle-orm";
import type { Platform } from "../../platform/index.ts";
import type { JobMessage } from "../../platform/jobs.ts";
import { deliverRange } from "./broadcast-ranges.ts";
import { deliverBroadcast } from "./broadcasts.ts";
import { kindOf } from "./catalogue.ts";
import type { Job } from "./job.ts";
import { openMailRound } from "./mail-round.ts";
import {
  draftCode,
  draftEmailChangeLink,
  draftInvitation,
  draftLoginCode,
  draftNotice,
  draftResetLink,
  draftVerification,
  type MailDraft,
} from "./mails.ts";
import { goOnMoving } from "../access/role-removal.ts";
import { goOnRemoving } from "../accounts/retention.ts";
import { noteEnded, queueLogoutTokens, sendLogoutTokens } from "../applications/logout-tokens.ts";
import { sendDeliveries, spread, type NewDelivery } from "../webhooks/deliveries.ts";
import { sendWebhooks } from "../webhooks/sending.ts";
import { confirmed, effectsOf, seeTo, type OutboxRow } from "./outbox.ts";

type Message = JobMessage<Job>;

/** The work for each message, by its place in the batch; it throws when the message must be retried. */
interface Batch {
  run: (message: Message, at: number) => Promise<void>;
  confirm: (succeeded: Message[]) => Promise<unknown>;
}

/** Two trips for the mails and the confirmation of the whole batch. */
export function jobBatch(platform: Platform, messages: Message[]): Batch {
  const round = openMailRound(
    platform,
    messages.map((message) => draftsOf(platform, message)),
  );
  return {
    async run(message, at) {
      // Those that wait for a socket or a mark of this message must not hold up the mails of others.
      await runJob(platform, message);
      await round.send(at);
    },
    confirm: (succeeded) => confirm(platform, succeeded, round.notes()),
  };
}

/** Jobs that failed for good. */
export function deadBatch(platform: Platform): Batch {
  return { run: (message) => keepDeadJob(platform, message), confirm: async () => {} };
}

/** All but the mails. Throws when it must be retried. */
export async function runJob(platform: Platform, { id, job }: Message): Promise<void> {
  switch (job.type) {
    case "event":
      return seeToEffects(platform, { id, job });
    case "notice":
    case "forgot_password":
    case "verification":
    case "email_change":
    case "invitation":
    case "mail_code":
    case "login_code":
      return;
    case "broadcast":
      return deliverBroadcast(platform, job, job.after);
    case "role_removal":
      return goOnMoving(platform, job, id);
    case "retention":
      return goOnRemoving(platform, job.rule);
    case "webhooks":
      return sendWebhooks(platform, job);
    case "logout_tokens":
      return sendLogoutTokens(platform, job);
    case "broadcast_range":
      return deliverRange(platform, job);
    case "revocation_mark":
      return platform.revocations.write(job.mark);
    default:
      // A message of a newer or older release: kept for an operator instead of dropped.
      throw new Error(`unknown job ${(job as Job).type}`);
  }
}

/** Those that the act's own isolate has not completed. The mails come later: an event that must be retried sends none. */
async function seeToEffects(platform: Platform, row: OutboxRow): Promise<void> {
  const done = await seeTo(platform, row);
  const { event, facts } = row.job;
  if (done.length < effectsOf(row.job).length) throw new Error("not everybody has heard");
  if (kindOf(event).starts && facts.broadcast) await deliverBroadcast(platform, facts.broadcast);
}

async function draftsOf(platform: Platform, { id, job }: Message): Promise<MailDraft[]> {
  switch (job.type) {
    case "event":
      return draftsOfEvent(platform, { id, job });
    case "notice":
      return [await draftNotice(platform, job, id)];
    case "forgot_password":
      return [await draftResetLink(platform, job, id)];
    case "verification":
      return [await draftVerification(platform, job, id)];
    case "email_change":
      return [await draftEmailChangeLink(platform, job, id)];
    case "invitation":
      return [await draftInvitation(platform, job, id)];
    case "mail_code":
      return draftCode(job, id);
    case "login_code":
      return draftLoginCode(platform, job, id);
    default:
      return [];
  }
}

/** Each mail has a key of its own, so that none is sent twice. */
function draftsOfEvent(platform: Platform, { id, job }: OutboxRow): Promise<MailDraft[]> {
  const { event, facts, at } = job;
  const { notice, mailed, undo } = kindOf(event);
  const { userId, client, data = {}, to, payload } = facts;
  const drafts: Promise<MailDraft>[] = [];
  if (notice && mailed !== false && userId !== undefined) {
    const told = { type: "notice", userId, notice, data, client, happenedAt: new Date(at).toISOString() } as const;
    const action = undo && { purpose: undo, ...(payload && { payload }) };
    drafts.push(draftNotice(platform, { ...told, action }, id));
    if (to !== undefined) drafts.push(draftNotice(platform, { ...told, to }, `${id}:to`));
  }
  return Promise.all([...drafts, ...promisedLink(platform, { id, job })]);
}

function promisedLink(platform: Platform, { id, job: { event, facts } }: OutboxRow): Promise<MailDraft>[] {
  const { userId, email, linkId = `${id}:link` } = facts;
  const { link } = kindOf(event);
  if (email !== undefined && (link === "verification" || link === "registration")) {
    return [draftVerification(platform, { email, registering: link === "registration" }, linkId)];
  }
  if (userId === undefined) return [];
  if (link === "invitation") return [draftInvitation(platform, { userId }, linkId)];
  if (link === "email_change") return [draftEmailChangeLink(platform, { userId }, linkId)];
  if (link === "forgot_password") return [draftResetLink(platform, { userId }, linkId)];
  return [];
}

/** Until it is confirmed. The removal of a role is one of many jobs, and the last confirms it. */
function waitsInOutbox({ type }: Job): boolean {
  return type === "event";
}

/**
 * One trip for the whole batch: the outbox need not send these again, nor a later delivery the mails in `notes`. As they
 * leave the outbox they become deliveries of webhooks, and logout tokens.
 */
async function confirm(
  platform: Platform,
  succeeded: Message[],
  notes: Parameters<Platform["db"]["batch"]>[0],
): Promise<void> {
  const { db } = platform;
  const rows = succeeded.flatMap(({ id, job }) => (job.type === "event" ? [{ id, job }] : []));
  const deliveries = spread(rows);
  const ended = noteEnded(rows);
  const statements = {
    ...notes,
    deliveries: deliveries && db.execute<NewDelivery>(deliveries),
    ended: ended && db.execute<{ id: string }>(ended),
    confirmed: rows.length > 0 ? db.execute(confirmed(rows.map(({ id }) => id))) : undefined,
  };
  if (Object.values(statements).every((statement) => statement === undefined)) return;
  const results = await db.batch(statements);
  await sendDeliveries(platform, results.deliveries?.rows ?? []);
  await queueLogoutTokens(platform, results.ended?.rows ?? []);
}

/** Stored for an operator, without any code in it. */
async function keepDeadJob(platform: Platform, { id, job }: Message): Promise<void> {
  const kept = job.type === "mail_code" ? { ...job, code: null } : job;
  const { db } = platform;
  await db.batch({
    kept: db.execute(sql`
      insert into dead_jobs (message_id, type, job) values (${id}, ${job.type}, ${JSON.stringify(kept)}::jsonb)
      on conflict (message_id) do nothing`),
    ...(waitsInOutbox(job) && { confirmed: db.execute(confirmed([id])) }),
  });
  platform.log("job_dead", { id, type: job.type });
}
