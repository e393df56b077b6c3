/** The audit log: written in the same batch as the act, and last in it, since appending takes a lock until the commit. */
import { sql, SQL } from "drizzle-orm";
import type { Platform } from "../platform/index.ts";

export interface AuditEntry {
  actorId: number | SQL | null;
  /** `noun.past`, e.g. `session.revoked`. */
  action: string;
  targetType: string;
  /** An SQL value where only the statement itself knows whom it touched. */
  targetId: string | number | SQL | null;
  /** What changed, before and after; never a secret. */
  metadata?: Record<string, unknown>;
}

/** The statement that appends `entry`; with `condition`, only where that holds. */
export function auditStatement({ client }: Platform, entry: AuditEntry, condition: SQL = sql`true`): SQL {
  return sql`
    insert into audit_logs (actor_id, action, target_type, target_id, metadata, ip_address, request_id)
    select (${entry.actorId})::int, ${entry.action}, ${entry.targetType}, ${entry.targetId instanceof SQL ? sql`(${entry.targetId})::text` : (entry.targetId?.toString() ?? null)},
      ${JSON.stringify(entry.metadata ?? {})}::jsonb, ${client.ipAddress}, ${client.requestId}
    where ${condition}`;
}
