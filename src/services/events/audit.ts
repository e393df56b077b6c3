/**
 * The audit log: written in the act's own transaction, and last in it, since appending holds a lock until the commit.
 */
import { sql, SQL } from "drizzle-orm";
import type { Platform } from "../../platform/index.ts";

export interface AuditEntry {
  actorId: number | SQL | null;
  /** `noun.past`, e.g. `session.revoked`. */
  action: string;
  targetType: string;
  /** A value, or an expression if only the database knows it; the same for metadata (jsonb). */
  targetId: string | number | SQL | null;
  /** What changed, before and after; never a secret. */
  metadata?: Record<string, unknown> | SQL;
}

/** The statement that appends `entry`; with `condition`, only if that holds. */
export function auditStatement({ client }: Platform, entry: AuditEntry, condition: SQL = sql`true`): SQL {
  const { targetId, metadata = {} } = entry;
  return sql`
    insert into audit_logs (actor_id, action, target_type, target_id, metadata, ip_address, request_id)
    select (${entry.actorId})::int, ${entry.action}, ${entry.targetType}, ${targetId instanceof SQL ? sql`(${targetId})::text` : (targetId?.toString() ?? null)},
      ${metadata instanceof SQL ? metadata : sql`${JSON.stringify(metadata)}::jsonb`}, ${client.ipAddress}, ${client.requestId}
    where ${condition}`;
}
