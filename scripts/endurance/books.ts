/**
 * What a run has to account for. Triggers of the run's own database note every event and notification in the transaction
 * that writes it, so that nobody who loses them later is believed.
 */
import { createHash } from "node:crypto";
import { deriveOneTimeToken } from "../../src/crypto/one-time-token.ts";
import type { EventJob } from "../../src/services/events/outbox.ts";
import type { World } from "../races/world.ts";

export interface Noted {
  id: string;
  /** The transaction that wrote it. */
  xact: string;
  job: EventJob;
}

export interface Books {
  events: Noted[];
  notices: { xact: string; userId: number; type: string; broadcastId: string | null }[];
  records: { xact: string; requestId: string; action: string }[];
  /** Left behind once nothing is under way any more. */
  left: { events: number; dead: number; deliveries: number };
}

export const TABLES = `
  create table noted_events (id uuid primary key, xact xid8 not null, job jsonb not null);
  create table noted_notices (xact xid8 not null, user_id int not null, type text not null, broadcast_id uuid);
  create function note_event() returns trigger language plpgsql as $$
    begin insert into noted_events values (new.id, pg_current_xact_id(), new.job); return null; end $$;
  create function note_notice() returns trigger language plpgsql as $$
    begin insert into noted_notices values (pg_current_xact_id(), new.user_id, new.type, new.broadcast_id); return null; end $$;
  create trigger note_event after insert on outbox for each row execute function note_event();
  create trigger note_notice after insert on notifications for each row execute function note_notice();`;

/** @param afterRecord the id of the last audit record before the run. */
export async function readBooks({ query }: World, afterRecord: number): Promise<Books> {
  const [left] = await query<Books["left"]>(
    `select (select count(*) from outbox)::int as events, (select count(*) from dead_jobs)::int as dead,
      (select count(*) from webhook_deliveries where status <> 'delivered')::int as deliveries`,
    [],
  );
  return {
    events: await query<Noted>("select id::text, xact::text, job from noted_events", []),
    notices: await query<Books["notices"][0]>(
      `select xact::text, user_id as "userId", type, broadcast_id::text as "broadcastId" from noted_notices`,
      [],
    ),
    // Never updated, so that the row itself still names its transaction.
    records: await query<Books["records"][0]>(
      `select xmin::text as xact, request_id as "requestId", action from audit_logs where id > $1 and request_id is not null`,
      [afterRecord],
    ),
    left: left!,
  };
}

/** As receivers know an event: src/services/webhooks/deliveries.ts. */
export function publicId(eventId: string): string {
  const hex = createHash("sha256").update(`webhook:${eventId}`).digest("hex");
  const id = `${hex.slice(0, 12)}8${hex.slice(13, 16)}a${hex.slice(17, 32)}`;
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** A mail that was not seen. */
export interface Unseen {
  /** Its idempotency key. */
  key: string;
  /** Of a notice, or the purpose of a link or code. */
  kind: string;
  userId?: number | undefined;
  email?: string | undefined;
  /** Milliseconds since 1970. */
  at: number;
}

/**
 * Why no mail had to follow, by what the database says in the end; undefined where it is missing. A link that was used or
 * ended before its mail could leave is mailed to nobody, and an account that is set aside gets notices alone.
 */
export async function excuseOf(
  { query, secrets }: World,
  { key, kind, userId, email, at }: Unseen,
): Promise<string | undefined> {
  const { tokenHash } = await deriveOneTimeToken(secrets, key);
  const [found] = await query<{ isUsed: boolean | null; isLive: boolean; isVerified: boolean; another: boolean }>(
    `with owner as (
       select id, is_verified, is_active and deleted_at is null as live from users
       where id = $2::int or (email = $3 and deleted_at is null) order by live desc limit 1)
     select (select used_at is not null from one_time_tokens where token = $1) as "isUsed",
       coalesce((select live from owner), false) as "isLive",
       coalesce((select is_verified from owner), false) as "isVerified",
       exists (select from one_time_tokens t where t.user_id = (select id from owner) and t.purpose = $4 and t.token <> $1
         and t.created_at between to_timestamp($5 / 1000.0) - interval '2 minutes' and to_timestamp($5 / 1000.0) + interval '5 minutes') as another`,
    [tokenHash, userId ?? null, email ?? null, kind, at],
  );
  if (found!.isUsed) return "its link was over before";
  if (kind === "notice") return undefined;
  if (!found!.isLive) return "the account was set aside";
  if (kind === "verify_email" && found!.isVerified) return "the address was proven";
  // One a minute is mailed for an account.
  const isPaced = kind === "reset_password" || kind === "verify_email";
  if (isPaced && found!.another && found!.isUsed === null) return "a link was mailed a moment before";
  return undefined;
}
