/** The audit log for its readers: listed, and verified along its hash chain. */
import { sql, type SQL } from "drizzle-orm";
import { isoTime } from "../../db/iso-time.ts";
import type { Platform } from "../../platform/index.ts";
import { readAs, type Actor } from "../access/actor.ts";

export interface AuditRecord {
  id: string;
  actorId: string | null;
  action: string;
  targetType: string;
  targetId: string | null;
  metadata: Record<string, unknown>;
  ipAddress: string | null;
  requestId: string | null;
  hash: string;
  createdAt: string;
}

export interface AuditFilter {
  actor?: number | undefined;
  action?: string | undefined;
  target?: { type: string; id: string } | undefined;
  from?: Date | undefined;
  /** Exclusive. */
  to?: Date | undefined;
  limit: number;
  /** The end of the previous page: the id of its last record. */
  before?: number | undefined;
}

/** At most `limit + 1` records, newest first. */
export async function listAuditLogs(platform: Platform, actor: Actor, filter: AuditFilter): Promise<AuditRecord[]> {
  const { target } = filter;
  const filters = [
    ...(filter.actor === undefined ? [] : [sql`actor_id = ${filter.actor}::int`]),
    ...(filter.action === undefined ? [] : [sql`action = ${filter.action}`]),
    ...(target ? [sql`target_type = ${target.type} and target_id = ${target.id}`] : []),
  ];
  // Each filter has its own index, in the order of `-id` (src/db/schema.ts).
  const isFiltered = filters.length > 0;
  const order = isFiltered ? sql`-audit_logs.id` : sql`audit_logs.id desc`;
  const below = (id: SQL) => (isFiltered ? sql`-id > -${id}` : sql`id < ${id}`);
  const conditions = [
    ...filters,
    ...(filter.from ? [sql`not (${below(firstIdSince(filter.from))})`] : []),
    ...(filter.to ? [below(firstIdSince(filter.to))] : []),
    ...(filter.before === undefined ? [] : [below(sql`${filter.before}::bigint`)]),
  ];
  const where = conditions.length > 0 ? sql`where ${sql.join(conditions, sql` and `)}` : sql``;
  const { page } = await readAs(platform, actor, {
    page: platform.db.execute<AuditRecord & Record<string, unknown>>(sql`
      select id, actor_id::text as "actorId", action, target_type as "targetType", target_id as "targetId",
        metadata, ip_address as "ipAddress", request_id as "requestId", hash, created_at as "createdAt"
      from audit_logs ${where} order by ${order} limit ${filter.limit + 1}`),
  });
  return page.rows.map((row) => ({ ...row, createdAt: isoTime(row.createdAt) }));
}

/**
 * Times become ids, which are in the same order, so that an old range is found directly instead of by a scan from the
 * newest row. After the last record: larger than every id.
 */
function firstIdSince(time: Date): SQL {
  return sql`coalesce(
    (select id from audit_logs where created_at >= ${time.toISOString()}::timestamptz order by created_at, id limit 1),
    9223372036854775807)`;
}

/** A verified record to continue from: in the next step, or by an operator who stored it outside the database. */
export interface Anchor {
  id: number;
  hash: string;
}

export interface AuditVerification {
  intact: boolean;
  checked: number;
  /**
   * The first record that breaks the chain. `missing`: removed. `changed`: its columns, or the hash of the previous
   * record, are no longer as written. `rewritten`: not the record in the anchor, so everything up to it was recomputed,
   * including the hashes.
   */
  firstBroken: { id: string; reason: "missing" | "changed" | "rewritten" } | null;
  /**
   * The last valid record, `id:hash`: the next step begins there. Stored elsewhere, it later proves that nothing up to
   * it was rewritten.
   */
  anchor: string | null;
  /** Whether the check has reached the newest record. */
  complete: boolean;
}

interface Walk extends Record<string, unknown> {
  anchored: string | null;
  checked: string;
  brokenId: string | null;
  previousId: string | null;
  lastId: string | null;
  lastHash: string | null;
  lastGoodHash: string | null;
  newestId: string | null;
}

/** Checks at most `limit` records after `anchor`, or from the first. */
export async function verifyAuditLog(
  platform: Platform,
  actor: Actor,
  { anchor, limit }: { anchor?: Anchor | undefined; limit: number },
): Promise<AuditVerification> {
  const after = anchor?.id ?? 0;
  const { walked } = await readAs(platform, actor, {
    walked: platform.db.execute<Walk>(sql`
      with step as (
        select l.id, l.hash, lag(l.id, 1, ${after}::bigint) over (order by l.id) as previous_id,
          lag(l.hash, 1, ${anchor?.hash ?? ""}) over (order by l.id) as previous_hash,
          l.hash <> audit_log_hash(lag(l.hash, 1, ${anchor?.hash ?? ""}) over (order by l.id), l) as changed
        from audit_logs l where l.id > ${after}::bigint and l.id <= ${after + limit}::bigint
      ), broken as (
        select id, previous_id, previous_hash from step where changed or id <> previous_id + 1 order by id limit 1
      )
      select (select hash from audit_logs where id = ${after}::bigint) as anchored,
        (select count(*) from step) as checked,
        (select id from broken) as "brokenId", (select previous_id from broken) as "previousId",
        (select previous_hash from broken) as "lastGoodHash",
        (select id from step order by id desc limit 1) as "lastId",
        (select hash from step order by id desc limit 1) as "lastHash",
        (select id from audit_logs order by id desc limit 1) as "newestId"`),
  });
  const walk = walked.rows[0]!;
  const newest = Number(walk.newestId ?? 0);
  const end = Math.min(after + limit, newest);
  const last = Number(walk.lastId ?? after);
  const verdict = (
    goodUpTo: Anchor,
    broken: { id: number; reason: "missing" | "changed" | "rewritten" } | undefined,
  ): AuditVerification => ({
    intact: broken === undefined,
    checked: Number(walk.checked),
    firstBroken: broken ? { id: String(broken.id), reason: broken.reason } : null,
    anchor: goodUpTo.id > 0 ? `${goodUpTo.id}:${goodUpTo.hash}` : null,
    complete: broken === undefined && end === newest,
  });
  const start = anchor ?? { id: 0, hash: "" };
  if (anchor && walk.anchored !== anchor.hash)
    return { ...verdict(start, { id: after, reason: walk.anchored === null ? "missing" : "rewritten" }), anchor: null };
  if (walk.brokenId !== null) {
    const previous = Number(walk.previousId);
    const isNext = Number(walk.brokenId) === previous + 1;
    const broken = isNext
      ? ({ id: previous + 1, reason: "changed" } as const)
      : ({ id: previous + 1, reason: "missing" } as const);
    return verdict({ id: previous, hash: walk.lastGoodHash! }, broken);
  }
  const lastGood = walk.lastId === null ? start : { id: last, hash: walk.lastHash! };
  return verdict(lastGood, last < end ? { id: last + 1, reason: "missing" } : undefined);
}
