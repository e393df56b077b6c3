/** What the queue carries: never a secret but the code of a mail, which is stored nowhere else. */
import type { Client } from "../../platform/index.ts";
import type { RevocationMark } from "../../platform/revocations.ts";
import type { ACTION_LABELS, NoticeType } from "./notice-texts.ts";
import type { EventJob } from "./outbox.ts";

/** A link in a mail: the page that it opens, and the token that the consumer makes for it. */
export interface MailAction {
  purpose: keyof typeof ACTION_LABELS;
  payload?: Record<string, unknown>;
}

/** A security notice by mail: the consumer reads address and language when it runs, so that neither waits in the queue. */
export type NoticeJob = {
  type: "notice";
  userId: number;
  notice: NoticeType;
  data: Record<string, string | number | null>;
  /** Where the act that is told came from. */
  client?: Client | undefined;
  happenedAt: string;
  /** Another address than the account's present one, such as the one that it had before. */
  to?: string | undefined;
  /** What the owner can do with one click if it was not them. */
  action?: MailAction | undefined;
};

/** A message from an administrator to the users of `audience` whose id is over `after`. */
export type BroadcastJob = {
  type: "broadcast";
  broadcastId: string;
  audience: { userIds: number[] } | { roleId: number } | { all: true };
  title: string;
  content: string;
  after: number;
};

/** Its part for one range of ids, or what is left of it beyond `after`: some batches, then the next job. */
export type BroadcastRangeJob = Omit<BroadcastJob, "type"> & { type: "broadcast_range"; range: number };

/** Whether an account has this address is asked when the job runs, so that the answer before can't tell. */
export type Job =
  | NoticeJob
  /** The device that asks, if it showed a token of ours: whether the account knows it, the job finds out. */
  | { type: "forgot_password"; email: string; device?: { userId: number; hash: string } }
  /** A reset that the service itself starts. */
  | { type: "forgot_password"; userId: number }
  /** With `registering`, whoever owns the address already is told that somebody tried to register it. */
  | { type: "verification"; email: string; registering: boolean }
  /** The link's token, and the new address in its payload, are in the database already, under this message's id. */
  | { type: "email_change"; userId: number }
  | { type: "invitation"; userId: number }
  /** The code itself: only its keyed hash is stored, and it lives for minutes. */
  | { type: "mail_code"; userId: number; code: string; expiresAt: string }
  /** A notification for each of these accounts. */
  | { type: "notices"; notice: NoticeType; userIds: number[] }
  /** The rest of a night's removal, by the name of its rule. */
  | { type: "retention"; rule: string }
  /** A mark that KV would not take at once. */
  | { type: "revocation_mark"; mark: RevocationMark }
  | EventJob
  | BroadcastJob
  | BroadcastRangeJob;
