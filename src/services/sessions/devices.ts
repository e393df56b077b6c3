/** An account's sessions from its owner's view: where it is signed in, and ending one or all others. */
import { sql, type SQL } from "drizzle-orm";
import { isoTime } from "../../db/iso-time.ts";
import { writtenHere } from "../../db/batch.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { happened, type Happening } from "../events/happened.ts";
import { nameDevice, type DeviceName } from "../login/device-name.ts";
import { asActor, readAs, type Actor } from "../access/actor.ts";
import { revokeSessions } from "./session.ts";

export interface SessionEntry {
  id: string;
  /** The session of this request. */
  current: boolean;
  /** An administrator looks at the account in it. */
  impersonated: boolean;
  device: DeviceName;
  ipAddress: string | null;
  country: string | null;
  city: string | null;
  methods: string[];
  createdAt: string;
  authenticatedAt: string;
  lastUsedAt: string;
  expiresAt: string;
  /** Where the list continues. */
  position: number;
}

interface SessionRow extends Record<string, unknown>, Omit<SessionEntry, "device" | "current"> {
  userAgent: string | null;
}

/** Newest first, with one extra row if there are more than `limit`. */
export async function listSessions(
  platform: Platform,
  actor: Actor,
  { limit, after }: { limit: number; after: number | undefined },
): Promise<SessionEntry[]> {
  const { page } = await readAs(platform, actor, {
    page: platform.db.execute<SessionRow>(sql`
      select t.id as position, session_id as id, ip_address as "ipAddress", user_agent as "userAgent", country, city, methods,
        impersonator_id is not null as impersonated,
        created_at as "createdAt", authenticated_at as "authenticatedAt", last_used_at as "lastUsedAt", expires_at as "expiresAt"
      from refresh_tokens t
      where user_id = ${actor.userId} and revoked_at is null and expires_at > now()
        ${after === undefined ? sql`` : sql`and -t.id > -${after}::int`}
      order by -t.id limit ${limit + 1}::int`),
  });
  return page.rows.map(({ userAgent, ...session }) => ({
    ...session,
    current: session.id === actor.sessionId,
    device: nameDevice(userAgent),
    createdAt: isoTime(session.createdAt),
    authenticatedAt: isoTime(session.authenticatedAt),
    lastUsedAt: isoTime(session.lastUsedAt),
    expiresAt: isoTime(session.expiresAt),
  }));
}

/** @throws AppError not_found, both for somebody else's session and for an unknown one. */
export async function endSession(platform: Platform, actor: Actor, sessionId: string): Promise<void> {
  const { userId } = actor;
  const ended = await end(platform, actor, sql`session_id = ${sessionId}::uuid`, {
    event: "session.revoked",
    userId,
    target: ["session", sessionId],
    facts: { sessionIds: [sessionId] },
  });
  if (ended === 0) throw new AppError("not_found");
}

/** How many there were. */
export async function endOtherSessions(platform: Platform, actor: Actor): Promise<number> {
  const { userId, sessionId } = actor;
  return end(platform, actor, sql`session_id <> ${sessionId}::uuid`, {
    event: "sessions.revoked",
    userId,
    facts: { exceptSessionId: sessionId },
  });
}

/** The actor's sessions that `condition` selects. */
async function end(platform: Platform, actor: Actor, condition: SQL, happening: Happening): Promise<number> {
  const { db } = platform;
  const owned = sql`user_id = ${actor.userId}`;
  const { ended } = await asActor(platform, actor, {
    ended: db.execute(sql`${revokeSessions("revoked_by_owner", sql`${owned} and ${condition}`)} returning session_id`),
    ...happened(platform, {
      ...happening,
      where: sql`exists (select from refresh_tokens where ${owned} and ${condition} and ${writtenHere("refresh_tokens")})`,
    }),
  });
  return ended.rows.length;
}
