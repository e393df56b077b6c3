/** The last statements of an act: its event as the owner's notification, the outbox row and the audit record. */
import { sql, type SQL } from "drizzle-orm";
import type { Statement } from "../../db/client.ts";
import type { Platform } from "../../platform/index.ts";
import { auditStatement } from "./audit.ts";
import { kindOf, type EventName } from "./catalogue.ts";
import { storeNotices, type Notice } from "./notices.ts";
import { writeOutbox, type Facts, type OutboxEntry, type OutboxRow } from "./outbox.ts";

export interface Happening {
  event: EventName;
  /** The account concerned. */
  userId?: number | SQL;
  /** The actor: by default the account's owner. */
  actorId?: number | SQL | null;
  /** The target, as type and id: by default the account. */
  target?: readonly [type: string, id: string | number | SQL | null];
  /** For the audit log; by default the notice's `data`. */
  metadata?: Record<string, unknown> | SQL;
  /** Condition: whether the event happened. */
  where?: SQL;
  /** Whether it is audited, if that differs from `where`. */
  auditedWhere?: SQL;
  /** Condition on `users u`: who is told, if not only the account. */
  told?: SQL;
  facts?: { [Fact in Exclude<keyof Facts, "userId" | "client">]?: Facts[Fact] | SQL };
}

export interface Told {
  noticed: Statement | undefined;
  outbox: Statement<OutboxRow> | undefined;
  audited: Statement | undefined;
}

/** Named in this order, at the end of a batch: the audit log's lock comes last. */
export function happened(platform: Platform, ...happenings: Happening[]): Told {
  const { db } = platform;
  const notices = happenings.flatMap((happening) => noticeOf(happening) ?? []);
  const entries = happenings.flatMap((happening) => outboxEntry(platform, happening) ?? []);
  const audits = happenings.flatMap((happening) => auditOf(platform, happening) ?? []);
  if (audits.length > 1) throw new Error("one act is one record of the audit log");
  return {
    noticed: notices.length > 0 ? db.execute(storeNotices(notices)) : undefined,
    outbox: entries.length > 0 ? db.execute<OutboxRow>(writeOutbox(entries)) : undefined,
    audited: audits[0] && db.execute(audits[0]),
  };
}

/** Two CTEs, `noticed` and `queued`, for an act of one statement, which returns `queuedRows` for `sendNow`. */
export function tell(platform: Platform, happenings: Happening[]): SQL {
  const notices = happenings.flatMap((happening) => noticeOf(happening) ?? []);
  const entries = happenings.flatMap((happening) => outboxEntry(platform, happening) ?? []);
  return sql`noticed as (${storeNotices(notices)}), queued as (${writeOutbox(entries)})`;
}

/** Undefined for an event that the owner is not told about. */
function noticeOf({ event, userId, where = sql`true`, told, facts }: Happening): Notice | undefined {
  const { notice } = kindOf(event);
  const data = facts?.data;
  return notice && { type: notice, ...(data && { data }), owners: sql`${told ?? sql`u.id = ${userId}`} and ${where}` };
}

/** Undefined for an event without effects outside the database. */
function outboxEntry(
  { client }: Platform,
  { event, userId, where = sql`true`, facts }: Happening,
): OutboxEntry | undefined {
  const { by, notice, mailed, link, ends, changesAuthority, starts, webhook } = kindOf(event);
  const { origin: _, ...caller } = client;
  const isTold = notice && mailed !== false;
  const hasEffects = isTold || link || ends || changesAuthority || starts;
  if (!hasEffects && !webhook) return undefined;
  return {
    event,
    // What webhooks alone would carry needs an endpoint.
    where: hasEffects ? where : sql`(${where}) and exists (select from webhook_endpoints where disabled_at is null)`,
    facts: {
      ...facts,
      ...(userId !== undefined && { userId }),
      ...(isTold && by !== "administrator" && { client: caller }),
    },
  };
}

function auditOf(platform: Platform, happening: Happening): SQL | undefined {
  const { event, userId = null, actorId = userId, target = ["user", userId], facts, where } = happening;
  const { action = event } = kindOf(event);
  const metadata = happening.metadata ?? facts?.data;
  return action === null
    ? undefined
    : auditStatement(
        platform,
        { actorId, action, targetType: target[0], targetId: target[1], ...(metadata && { metadata }) },
        happening.auditedWhere ?? where,
      );
}
