/**
 * Work that can run after the answer: sent through the queue, retried with a growing delay, then kept from the
 * dead-letter queue.
 */
import { AppError } from "../errors.ts";
import { logEvent } from "./log.ts";

/** The queue message: the job and a key that identifies a repeated delivery. */
export interface JobMessage<Job extends AnyJob = AnyJob> {
  id: string;
  job: Job;
}

/** src/services/events knows the contents of a job. */
export type AnyJob = { type: string; [fact: string]: unknown };

/** Once `Queue.send` answers, the message is stored. A failed send is tried once more. @throws AppError service_unavailable */
export async function enqueue(queue: Queue, job: AnyJob, id: string = crypto.randomUUID()): Promise<void> {
  const message = { id, job } satisfies JobMessage;
  try {
    await queue.send(message).catch(() => queue.send(message));
  } catch (error) {
    logEvent("job_not_enqueued", { id, type: job.type }, error);
    throw new AppError("service_unavailable", { cause: error });
  }
}

/** Seconds until the next delivery: 10, 40, 160, 640, 2560. Five retries span most of an hour. */
function retryDelay(attempts: number): number {
  return Math.min(10 * 4 ** (attempts - 1), 3600);
}

/**
 * Each message on its own, with its place in the batch: a failed one is retried later and doesn't hold up the others.
 * `confirm` gets those that succeeded.
 */
export async function consume<Job extends AnyJob>(
  messages: readonly Message<JobMessage<Job>>[],
  run: (message: JobMessage<Job>, at: number) => Promise<void>,
  confirm: (succeeded: JobMessage<Job>[]) => Promise<unknown>,
): Promise<void> {
  const succeeded: JobMessage<Job>[] = [];
  await Promise.all(
    messages.map(async (message, at) => {
      try {
        await run(message.body, at);
        message.ack();
        succeeded.push(message.body);
      } catch (error) {
        const { id, job } = message.body;
        logEvent("job_failed", { id, type: job.type, attempts: message.attempts }, error);
        message.retry({ delaySeconds: retryDelay(message.attempts) });
      }
    }),
  );
  // What stays unconfirmed is sent again, and known by its id.
  await confirm(succeeded).catch((error: unknown) => logEvent("jobs_not_confirmed", {}, error));
}
