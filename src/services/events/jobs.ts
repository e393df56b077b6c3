/** What the queue's consumer does with each message. A repeated message has no visible second effect. */
import { sql } from "drizzle-orm";
import type { Platform } from "../../platform/index.ts";
import type { JobMessage } from "../../platform/jobs.ts";
import { deliverRange } from "./broadcast-ranges.ts";
import { deliverBroadcast } from "./broadcasts.ts";
import { kindOf } from "./catalogue.ts";
import type { Job } from "./job.ts";
import { sendCode, sendEmailChangeLink, sendInvitation, sendNotice, sendResetLink, sendVerification } from "./mails.ts";
import { deliverNotices } from "./notices.ts";
import { goOnRemoving } from "../accounts/retention.ts";
import { confirmed, effectsOf, seeTo, type OutboxRow } from "./outbox.ts";

/** Throws when the work must be retried. */
export async function runJob(platform: Platform, { id, job }: JobMessage<Job>): Promise<void> {
  switch (job.type) {
    case "event":
      return followEvent(platform, { id, job });
    case "notice":
      return sendNotice(platform, job, id);
    case "forgot_password":
      return sendResetLink(platform, job, id);
    case "verification":
      return sendVerification(platform, job, id);
    case "email_change":
      return sendEmailChangeLink(platform, job, id);
    case "invitation":
      return sendInvitation(platform, job, id);
    case "mail_code":
      return sendCode(platform, job, id);
    case "broadcast":
      return deliverBroadcast(platform, job);
    case "notices":
      return deliverNotices(platform, job, id);
    case "retention":
      return goOnRemoving(platform, job.rule);
    case "broadcast_range":
      return deliverRange(platform, job);
    case "revocation_mark":
      return platform.revocations.write(job.mark);
    default:
      // A message of a newer or older release: kept for an operator instead of dropped.
      throw new Error(`unknown job ${(job as Job).type}`);
  }
}

/**
 * First the effects that the act's own isolate has not completed, then the mails: each with a key of its own, so that
 * none is sent twice.
 */
async function followEvent(platform: Platform, { id, job }: OutboxRow): Promise<void> {
  const done = await seeTo(platform, { id, job });
  const { event, facts, at } = job;
  if (done.length < effectsOf(job).length) throw new Error("not everybody has heard");
  const { notice, mailed, undo } = kindOf(event);
  const { userId, client, data = {}, to, payload } = facts;
  if (notice && mailed !== false && userId !== undefined) {
    const told = { type: "notice", userId, notice, data, client, happenedAt: new Date(at).toISOString() } as const;
    await sendNotice(platform, { ...told, action: undo && { purpose: undo, ...(payload && { payload }) } }, id);
    if (to !== undefined) await sendNotice(platform, { ...told, to }, `${id}:to`);
  }
  await sendPromisedLink(platform, { id, job });
}

async function sendPromisedLink(platform: Platform, { id, job: { event, facts } }: OutboxRow): Promise<void> {
  const { userId, email, linkId = `${id}:link` } = facts;
  const { link } = kindOf(event);
  if (email !== undefined && (link === "verification" || link === "registration")) {
    return sendVerification(platform, { email, registering: link === "registration" }, linkId);
  }
  if (userId === undefined) return;
  if (link === "invitation") return sendInvitation(platform, { userId }, linkId);
  if (link === "email_change") return sendEmailChangeLink(platform, { userId }, linkId);
  if (link === "forgot_password") return sendResetLink(platform, { userId }, linkId);
}

/** Until it is confirmed. */
function waitsInOutbox({ type }: Job): boolean {
  return type === "event" || type === "notices";
}

/** One trip for the whole batch: the outbox need not send these again. */
export async function confirmJobs({ db }: Platform, messages: JobMessage<Job>[]): Promise<void> {
  const ids = messages.flatMap(({ id, job }) => (waitsInOutbox(job) ? [id] : []));
  if (ids.length > 0) await db.execute(confirmed(ids));
}

/** Jobs that failed for good are stored for an operator, without any code in them. */
export async function keepDeadJob(platform: Platform, { id, job }: JobMessage<Job>): Promise<void> {
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
