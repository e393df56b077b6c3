/** Who signed in, from where, and who tried. */
import { sql, type SQL } from "drizzle-orm";
import { isoTime } from "../../db/iso-time.ts";
import type { LOGIN_OUTCOMES } from "../../db/values.ts";
import type { Platform } from "../../platform/index.ts";
import { nameDevice, type DeviceName } from "./device-name.ts";
import { readAs, type Actor } from "../access/actor.ts";

export interface LoginRecord {
  outcome: (typeof LOGIN_OUTCOMES)[number];
  reason?: string | SQL;
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

/** The statement that records a refused attempt; during a wait, only the first one. `key` is that of its throttle. */
export function recordRefusal(
  platform: Platform,
  record: LoginRecord & { outcome: "failure" | "locked" },
  { userId, key }: { userId: number | null; key: string },
): SQL {
  if (record.outcome === "failure") return recordLogin(platform, record, userId);
  return sql`
    with waiting as (
      update login_throttles set refused_at = now() where key = ${key} and refused_at is null returning id
    ) ${recordLogin(platform, record, userId, sql`from waiting`)}`;
}

/** One login, or attempt, from its owner's view. */
export interface LoginEntry {
  id: number;
  outcome: LoginRecord["outcome"];
  reason: string | null;
  method: string | null;
  sessionId: string | null;
  ipAddress: string | null;
  country: string | null;
  city: string | null;
  device: DeviceName;
  createdAt: string;
}

interface LoginRow extends Record<string, unknown>, Omit<LoginEntry, "id" | "device"> {
  /** A bigint, as PostgreSQL writes it. */
  id: string;
  userAgent: string | null;
}

/** Newest first, with one extra row if there are more than `limit`; after the entry `after`. */
export async function listLogins(
  platform: Platform,
  actor: Actor,
  { limit, after }: { limit: number; after: number | undefined },
): Promise<LoginEntry[]> {
  const { page } = await readAs(platform, actor, {
    page: platform.db.execute<LoginRow>(sql`
      select id, outcome, reason, method, session_id as "sessionId", ip_address as "ipAddress", user_agent as "userAgent",
        country, city, created_at as "createdAt"
      from login_history
      where user_id = ${actor.userId} ${after === undefined ? sql`` : sql`and id < ${after}::bigint`}
      order by id desc limit ${limit + 1}::int`),
  });
  return page.rows.map(({ userAgent, ...login }) => ({
    ...login,
    id: Number(login.id),
    device: nameDevice(userAgent),
    createdAt: isoTime(login.createdAt),
  }));
}
