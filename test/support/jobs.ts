/** The queue and the clock of the service, in a test's own hands: it delivers what it likes, and when. */
import {
  createExecutionContext,
  createMessageBatch,
  createScheduledController,
  getQueueResult,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import worker from "../../src/index.ts";
import type { JobMessage } from "../../src/platform/jobs.ts";
import type { Job } from "../../src/services/events/job.ts";

export type Message = JobMessage<Job>;

export const messageOf = (job: Job): Message => ({ id: crypto.randomUUID(), job });

interface Circumstances {
  /** What differs from the bindings of the tests: variables, or a broken queue. */
  bindings?: object;
  queue?: string;
  /** The how manieth delivery it is. */
  attempts?: number;
}

/** One batch, as the queue delivers it; which messages the consumer took, and which it wants again. */
export async function deliver(
  messages: Message[],
  { bindings = {}, queue = "auth-api-jobs", attempts = 1 }: Circumstances = {},
): Promise<{ taken: Message[]; again: Message[] }> {
  const delivered = messages.map((body) => ({ id: crypto.randomUUID(), timestamp: new Date(), body, attempts }));
  const batch = createMessageBatch<Message>(queue, delivered);
  const context = createExecutionContext();
  await worker.queue(batch, { ...env, ...bindings }, context);
  await waitOnExecutionContext(context);
  const { explicitAcks, retryMessages } = await getQueueResult(batch, context);
  const among = (ids: string[]) => delivered.flatMap(({ id, body }) => (ids.includes(id) ? [body] : []));
  return { taken: among(explicitAcks), again: among(retryMessages.map(({ msgId }) => msgId)) };
}

async function runSchedule(cron: string, bindings: object): Promise<void> {
  const context = createExecutionContext();
  await worker.scheduled(createScheduledController({ cron }), { ...env, ...bindings }, context);
  await waitOnExecutionContext(context);
}

/** What runs every minute: the outbox is swept. */
export const passTheMinute = (bindings: object = {}) => runSchedule("* * * * *", bindings);

/** What runs every night: expired rows go. */
export const passTheNight = (bindings: object = {}) => runSchedule("17 3 * * *", bindings);
