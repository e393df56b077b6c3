/**
 * An act's effects outside the database go through a row of its own transaction. After the answer, marks are written,
 * sockets are told, and the row goes to the queue; the sweep sends again whatever nobody confirmed within 30 seconds.
 * So whatever dies in between, every effect happens: at least once, and visibly once, by the row's id.
 */
import { sql, SQL } from "drizzle-orm";
import type { EndedSockets } from "../../platform/hubs.ts";
import type { Client, Platform } from "../../platform/index.ts";
import type { RevocationMark } from "../../platform/revocations.ts";
import { kindOf, type EventName } from "./catalogue.ts";

/** A message from an administrator to many. */
export type Broadcast = {
  broadcastId: string;
  audience: { userIds: number[] } | { roleId: number } | { all: true };
  title: string;
  content: string;
};

/**
 * What the consumers need to know about an event. A fact that only the database knows is an expression until it is
 * stored.
 */
export interface Facts {
  userId?: number;
  /** For the client and the mail: a device, a place; never a secret. */
  data?: Record<string, string | number | null>;
  /** Where the act came from. */
  client?: Client;
  /** Another address that is told too, such as the account's previous one. */
  to?: string;
  /** The recipient of the promised link, for an address that may have no account. */
  email?: string;
  /** What the link that undoes the act needs. */
  payload?: Record<string, unknown>;
  /** The id that the promised link's token is derived from, if the act has stored it itself. */
  linkId?: string;
  /** The sessions that it ended; by default, all but `exceptSessionId`. */
  sessionIds?: string[];
  exceptSessionId?: string;
  /** The role whose permissions have changed, if any. */
  roleId?: number;
  /** The message that it starts. */
  broadcast?: Broadcast;
}

export type EventJob = {
  type: "event";
  event: EventName;
  facts: Facts;
  /** Milliseconds since 1970, no earlier than the commit. */
  at: number;
  /** Which of its effects the act's own isolate has completed, by their index in `effectsOf`. */
  done?: number[];
};

export type OutboxRow = { id: string; job: EventJob };

export interface OutboxEntry {
  event: EventName;
  facts: { [Fact in keyof Facts]: Facts[Fact] | SQL };
  where: SQL;
}

/** No trip takes longer, so the act is committed by then. */
const COMMITTED_WITHIN_MS = 5_000;

/** CTE body or statement: writes the rows of the events that happened, and returns them. */
export function writeOutbox(entries: OutboxEntry[]): SQL {
  const rows = entries.map(({ event, facts, where }) => {
    const known = Object.entries(facts).filter(([, fact]) => fact !== undefined);
    const values = Object.fromEntries(known.filter(([, fact]) => !(fact instanceof SQL)));
    const found = known.flatMap(([name, fact]) => (fact instanceof SQL ? [sql`${name}::text, ${fact}`] : []));
    return sql`
      select ${crypto.randomUUID()}::uuid, jsonb_build_object(
        'type', 'event', 'event', ${event}::text,
        'facts', ${JSON.stringify(values)}::jsonb || jsonb_strip_nulls(jsonb_build_object(${sql.join(found, sql`, `)})),
        'at', floor(extract(epoch from clock_timestamp()) * 1000)::bigint + ${COMMITTED_WITHIN_MS}::int)
      where ${where}`;
  });
  return sql`insert into outbox (id, job) ${sql.join(rows, sql` union all `)} returning id, job`;
}

/** Column: the rows that the CTE `queued` has written. */
export const queuedRows: SQL = sql`(select json_agg(queued) from queued)`;

type Effect =
  | { kind: "push"; userId: number }
  | { kind: "close"; ended: EndedSockets }
  | { kind: "authority"; userId: number }
  | { kind: "mark"; mark: RevocationMark };

/** All except the mails, always in the same order. */
export function effectsOf({ event, facts, at }: EventJob): Effect[] {
  const { notice, ends, changesAuthority } = kindOf(event);
  const { userId, sessionIds, exceptSessionId, roleId } = facts;
  const effects: Effect[] = [];
  if (ends) {
    for (const sessionId of sessionIds ?? []) {
      // Applications have no account, and no sockets.
      if (userId !== undefined) effects.push({ kind: "close", ended: { userId, sessionId } });
      effects.push({ kind: "mark", mark: { kind: "session", sessionId } });
    }
    if (!sessionIds && userId !== undefined) {
      const which = { userId, ...(exceptSessionId !== undefined && { exceptSessionId }) };
      effects.push({ kind: "close", ended: which }, { kind: "mark", mark: { kind: "sessions", at, ...which } });
    }
  }
  if (changesAuthority && roleId !== undefined) effects.push({ kind: "mark", mark: { kind: "role", at, roleId } });
  else if (changesAuthority && userId !== undefined) {
    effects.push({ kind: "authority", userId }, { kind: "mark", mark: { kind: "authority", at, userId } });
  }
  if (notice && userId !== undefined) effects.push({ kind: "push", userId });
  return effects;
}

/** Runs the effects that are not done yet, and returns the indexes of all that are. */
export async function seeTo({ hubs, revocations }: Platform, { id, job }: OutboxRow): Promise<number[]> {
  const run = (effect: Effect, eventId: string): Promise<boolean> => {
    if (effect.kind === "push") return hubs.publish(effect.userId);
    if (effect.kind === "close") return hubs.endSessions(effect.ended, eventId);
    if (effect.kind === "authority")
      return hubs.tell(effect.userId, { type: "session", event: "authority_changed" }, eventId);
    return revocations.write(effect.mark).then(
      () => true,
      () => false,
    );
  };
  const outcomes = await Promise.all(
    effectsOf(job).map(async (effect, at) => job.done?.includes(at) || run(effect, `${id}:${at}`)),
  );
  return outcomes.flatMap((isDone, at) => (isDone ? [at] : []));
}

/** After the commit and in parallel with the answer, which waits for none of it. The sweep retries what fails here. */
export function sendNow(platform: Platform, rows: OutboxRow[] | null | undefined): void {
  const at = Date.now();
  for (const { id, job } of rows ?? []) platform.defer(send(platform, { id, job: { ...job, at } }));
}

async function send(platform: Platform, row: OutboxRow): Promise<void> {
  const done = await seeTo(platform, row);
  await platform.enqueue({ ...row.job, done }, row.id);
}

/** Sent per minute, at most. */
const SWEPT_AT_ONCE = 500;

/** Every minute: sends again whatever was not confirmed in time, with a delay that grows with each try. */
export async function sweepOutbox(platform: Platform): Promise<void> {
  const { rows } = await platform.db.execute<OutboxRow & { seconds: number }>(sql`
    update outbox set attempts = attempts + 1, next_at = now() + make_interval(mins => (4 ^ least(attempts, 5))::int)
    where id in (
      select id from outbox where next_at <= now() order by next_at limit ${SWEPT_AT_ONCE}::int for update skip locked)
    returning id, job, extract(epoch from now() - created_at)::int as seconds`);
  if (rows.length === 0) return;
  const sent = await Promise.allSettled(rows.map(({ id, job }) => platform.enqueue(job, id)));
  platform.log("outbox_swept", {
    found: rows.length,
    sent: sent.filter(({ status }) => status === "fulfilled").length,
    oldestSeconds: Math.max(...rows.map(({ seconds }) => seconds)),
  });
}

/** Statement: these are completed. */
export function confirmed(ids: string[]): SQL {
  return sql`delete from outbox where id = any(${sql.param(ids)}::uuid[])`;
}
