/** Work that may be done after the answer: sent through the queue, retried with growing delay, then kept in the dead-letter queue. */
import type { NoticeType } from "../services/notices.ts";
import type { Client } from "./index.ts";

/** A security notice by mail: the consumer reads address and language when it runs, so that neither waits in the queue. */
export interface NoticeJob {
  type: "notice";
  userId: number;
  notice: NoticeType;
  data: Record<string, string | number | null>;
  /** Where the act that is told came from. */
  client: Client;
  happenedAt: string;
}

export type Job = NoticeJob;

/** What travels: the job and a key by which a message seen twice is known. */
export interface JobMessage {
  id: string;
  job: Job;
}

export async function enqueue(queue: Queue, job: Job): Promise<void> {
  await queue.send({ id: crypto.randomUUID(), job } satisfies JobMessage);
}
