/** What the queue carries: no secrets except the code of a mail, which is stored nowhere else. */
import type { Client } from "../../platform/index.ts";
import type { RevocationMark } from "../../platform/revocations.ts";
import type { ACTION_LABELS, NoticeType } from "./notice-texts.ts";
import type { Broadcast, EventJob } from "./outbox.ts";

/** A link in a mail: the page that it opens, and the token that the consumer creates for it. */
export interface MailAction {
  purpose: keyof typeof ACTION_LABELS;
  payload?: Record<string, unknown>;
}

/**
 * A security notice by mail: the consumer reads address and language when it runs, so that neither waits in the queue.
 */
export type NoticeJob = {
  type: "notice";
  userId: number;
  notice: NoticeType;
  data: Record<string, string | number | null>;
  /** Where the reported act came from. */
  client?: Client | undefined;
  happenedAt: string;
  /** Another address than the account's current one, such as its previous one. */
  to?: string | undefined;
  /** What the owner can do with one click if it wasn't them. */
  action?: MailAction | undefined;
};

/** How the release before started a message to the users of `audience` with an id above `after`. */
export type BroadcastJob = Broadcast & { type: "broadcast"; after: number };

/** A message's part for one range of ids, or the rest of it beyond `after`: some batches, then the next job. */
export type BroadcastRangeJob = Broadcast & { type: "broadcast_range"; range: number; after: number };

/** The accounts that are still stored with a deleted role. */
export type RoleRemovalJob = { type: "role_removal"; roleId: number };

/** The job checks whether an account has this address, so that the earlier answer can't reveal it. */
export type Job =
  | NoticeJob
  /** The device that asks, if it sent one of our tokens: the job finds out whether the account knows it. */
  | { type: "forgot_password"; email: string; device?: { userId: number; hash: string } }
  /** A reset that the service itself starts. */
  | { type: "forgot_password"; userId: number }
  /** With `registering`, an existing owner of the address is told that somebody tried to register it. */
  | { type: "verification"; email: string; registering: boolean }
  /** The link's token, and the new address in its payload, are in the database already, under this message's id. */
  | { type: "email_change"; userId: number }
  | { type: "invitation"; userId: number }
  /** The message's id makes the code that signs in. The device as above. */
  | { type: "login_code"; email: string; device?: { userId: number; hash: string }; expiresAt: string }
  /** The code itself: only its keyed hash is stored, and it lives for minutes. */
  | { type: "mail_code"; userId: number; code: string; expiresAt: string }
  | RoleRemovalJob
  /** Deliveries of events to one endpoint. */
  | { type: "webhooks"; endpointId: string; ids: string[] }
  /** Which applications are told that a session is over. */
  | { type: "logout_tokens"; ids: string[] }
  /** The rest of a night's deletions, by the name of its rule. */
  | { type: "retention"; rule: string }
  /** A mark that KV did not accept at once. */
  | { type: "revocation_mark"; mark: RevocationMark }
  | EventJob
  | BroadcastJob
  | BroadcastRangeJob;
