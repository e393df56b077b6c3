/** Work that may be done after the answer: sent through the queue, retried with growing delay, then kept from the dead-letter queue. */
import { logEvent } from "./log.ts";

/** What travels: the job and a key by which a message seen twice is known. */
export interface JobMessage<Job extends AnyJob = AnyJob> {
  id: string;
  job: Job;
}

/** What a job holds is for src/services/events to know. */
export type AnyJob = { type: string; [fact: string]: unknown };

/** Answered by `Queue.send`, a message is kept; what was not is tried once more, and else logged as lost. */
export async function enqueue(queue: Queue, job: AnyJob, id: string = crypto.randomUUID()): Promise<void> {
  const message = { id, job } satisfies JobMessage;
  try {
    await queue.send(message).catch(() => queue.send(message));
  } catch (error) {
    logEvent("job_not_enqueued", { id, type: job.type }, error);
    throw error;
  }
}

/** Seconds until the next delivery: 10, 40, 160, 640, 2560. Five retries span most of an hour. */
function retryDelay(attempts: number): number {
  return Math.min(10 * 4 ** (attempts - 1), 3600);
}

/** Each message by itself: one that fails is retried later and holds up no other. */
export async function consume<Job extends AnyJob>(
  messages: readonly Message<JobMessage<Job>>[],
  run: (message: JobMessage<Job>) => Promise<void>,
): Promise<void> {
  await Promise.all(
    messages.map(async (message) => {
      try {
        await run(message.body);
        message.ack();
      } catch (error) {
        const { id, job } = message.body;
        logEvent("job_failed", { id, type: job.type, attempts: message.attempts }, error);
        message.retry({ delaySeconds: retryDelay(message.attempts) });
      }
    }),
  );
}
