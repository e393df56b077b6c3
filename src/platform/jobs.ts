/** Work that may be done after the answer: sent through the queue, retried with growing delay, then kept from the dead-letter queue. */
import type { TOKEN_PURPOSES } from "../db/values.ts";
import type { NoticeType } from "../services/events/notices.ts";
import type { Client } from "./index.ts";
import { logEvent } from "./log.ts";
import type { RevocationMark } from "./revocations.ts";

/** A link in a mail: the page that it opens, and the token that the consumer makes for it. */
export interface MailAction {
  purpose: (typeof TOKEN_PURPOSES)[number];
  payload?: Record<string, unknown>;
}

/** A security notice by mail: the consumer reads address and language when it runs, so that neither waits in the queue. */
export interface NoticeJob {
  type: "notice";
  userId: number;
  notice: NoticeType;
  data: Record<string, string | number | null>;
  /** Where the act that is told came from. */
  client: Client;
  happenedAt: string;
  /** Another address than the account's present one, such as the one that it had before. */
  to?: string;
  /** What the owner can do with one click if it was not them. */
  action?: MailAction;
}

/** A message from an administrator to the users of `audience` whose id is over `after`: one batch, then the next job. */
export interface BroadcastJob {
  type: "broadcast";
  broadcastId: string;
  audience: { userIds: number[] } | { roleId: number } | { all: true };
  title: string;
  content: string;
  after: number;
}

/** Whether an account has this address is asked when the job runs, so that the answer before can't tell. */
export type Job =
  | NoticeJob
  | { type: "forgot_password"; email: string }
  /** A reset that the service itself starts. */
  | { type: "forgot_password"; userId: number }
  /** With `registering`, whoever owns the address already is told that somebody tried to register it. */
  | { type: "verification"; email: string; registering: boolean }
  /** The link's token, and the new address in its payload, are in the database already, under this message's id. */
  | { type: "email_change"; userId: number }
  | { type: "invitation"; userId: number }
  /** The code itself: only its keyed hash is stored, and it lives for minutes. */
  | { type: "mail_code"; userId: number; code: string; expiresAt: string }
  /** A mark that KV would not take at once. */
  | { type: "revocation_mark"; mark: RevocationMark }
  | BroadcastJob;

/** What travels: the job and a key by which a message seen twice is known. */
export interface JobMessage {
  id: string;
  job: Job;
}

/** Answered by `Queue.send`, a message is kept; what was not is tried once more, and else logged as lost. */
export async function enqueue(queue: Queue, job: Job, id: string = crypto.randomUUID()): Promise<void> {
  const message = { id, job } satisfies JobMessage;
  try {
    await queue.send(message).catch(() => queue.send(message));
  } catch (error) {
    logEvent("job_not_enqueued", { id, type: job.type, cause: nameOf(error) });
    throw error;
  }
}

/** Seconds until the next delivery: 10, 40, 160, 640, 2560. Five retries span most of an hour. */
function retryDelay(attempts: number): number {
  return Math.min(10 * 4 ** (attempts - 1), 3600);
}

/** Each message by itself: one that fails is retried later and holds up no other. */
export async function consume(
  messages: readonly Message<JobMessage>[],
  run: (message: JobMessage) => Promise<void>,
): Promise<void> {
  await Promise.all(
    messages.map(async (message) => {
      try {
        await run(message.body);
        message.ack();
      } catch (error) {
        const { id, job } = message.body;
        logEvent("job_failed", { id, type: job.type, attempts: message.attempts, cause: nameOf(error) });
        message.retry({ delaySeconds: retryDelay(message.attempts) });
      }
    }),
  );
}

/** The names in the chain of causes: messages may hold addresses and bound parameters. */
function nameOf(error: unknown): string {
  const names: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) names.push(cause.name);
  return names.join(" < ") || "unknown";
}
