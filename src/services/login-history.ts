/** Who signed in, from where, and who tried. */
import { sql, type SQL } from "drizzle-orm";
import type { LOGIN_OUTCOMES } from "../db/schema.ts";
import type { Platform } from "../platform/index.ts";

export interface LoginRecord {
  outcome: (typeof LOGIN_OUTCOMES)[number];
  reason?: string;
  method: string;
  sessionId?: string;
}

/** The statement that records a login of `userId` (a value, or a column of `source`). */
export function recordLogin(
  { client }: Platform,
  login: LoginRecord,
  userId: SQL | number | null,
  source = sql``,
): SQL {
  return sql`
    insert into login_history (user_id, outcome, reason, method, session_id, ip_address, user_agent, country, city)
    select ${userId}::int, ${login.outcome}, ${login.reason ?? null}, ${login.method}, ${login.sessionId ?? null}::uuid,
      ${client.ipAddress}, ${client.userAgent}, ${client.country}, ${client.city}
    ${source}`;
}
