/**
 * Revocation marks in KV, for verifiers that don't query the database. Reads see a write after KV's own delay (up to 60
 * s in other locations, misses included) or at once in this isolate's memory; a mark lives as long as a token that it
 * covers.
 */
import { createMemory } from "./memory.ts";

/** Times in milliseconds since 1970. */
export type RevocationMark =
  | { kind: "session"; sessionId: string }
  /** Every session of a user that was open at that time, except one. */
  | {
      kind: "sessions";
      userId: number;
      at: number;
      exceptSessionId?: string;
      /** When another act last ended sessions without that exception. */
      withoutExceptionAt?: number;
    }
  /** When a user's role or state changed: tokens issued before are out of date. */
  | { kind: "authority"; userId: number; at: number }
  /** When the permissions of a role changed. */
  | { kind: "role"; roleId: number; at: number };

/** The marks on one session, its user and the role in the token. */
export interface Marks {
  session: boolean;
  sessions?: { at: number; exceptSessionId?: string; withoutExceptionAt?: number };
  authority?: { at: number };
  role?: { at: number };
  /** False when KV failed or was slow: marks may be missing. */
  complete: boolean;
}

type TimedMark = Exclude<RevocationMark, { kind: "session" }>;

/** Combines two marks in either order: a delayed write must not undo a newer one. */
function merge(one: TimedMark, two: TimedMark): TimedMark {
  const [older, newer] = one.at < two.at ? [one, two] : [two, one];
  if (newer.kind !== "sessions" || older.kind !== "sessions" || newer.exceptSessionId === undefined) return newer;
  const others = older.exceptSessionId === newer.exceptSessionId ? older.withoutExceptionAt : older.at;
  const withoutExceptionAt = Math.max(others ?? 0, newer.withoutExceptionAt ?? 0);
  return withoutExceptionAt === 0 ? newer : { ...newer, withoutExceptionAt };
}

export interface MarkedBy {
  sessionId: string;
  userId: string;
  roleId: number;
}

export interface Revocations {
  /** @throws Error when KV refuses (one write per second and key) or fails; it is safe to call again later. */
  write(mark: RevocationMark): Promise<void>;
  /** Never throws; after a failure KV is not read for a second. */
  read(of: MarkedBy): Promise<Marks>;
}

/** How long an isolate trusts what it read. */
export const MEMORY_MS = 5_000;
const MEMORY_ENTRIES = 10_000;
export const READ_LIMIT_MS = 500;
const PAUSE_AFTER_FAILURE_MS = 1_000;
/** The minimum that KV allows: how long a location may serve a cached read. */
const KV_CACHE_SECONDS = 30;
/** On top of the token's lifetime: clock tolerance and KV's delay. */
const MARGIN_SECONDS = 90;

const SESSION_OVER = "1";

const keyOf = {
  session: (sessionId: string) => `revoked:s:${sessionId}`,
  sessions: (userId: number | string) => `revoked:u:${userId}`,
  authority: (userId: number | string) => `revoked:a:${userId}`,
  role: (roleId: number) => `revoked:r:${roleId}`,
};

/** Called once per isolate. @param now tests pass their own clock. */
export function createRevocations({
  kv,
  tokenTtlSeconds,
  now = () => Date.now(),
}: {
  kv: KVNamespace;
  tokenTtlSeconds: number;
  now?: () => number;
}): Revocations {
  const expirationTtl = tokenTtlSeconds + MARGIN_SECONDS;
  /** By KV key; null for a missing key. */
  const memory = createMemory<string | null>({ maxEntries: MEMORY_ENTRIES, now });
  let pausedUntil = 0;

  async function write(mark: RevocationMark): Promise<void> {
    if (mark.kind === "session") return put(keyOf.session(mark.sessionId), SESSION_OVER);
    const key = mark.kind === "role" ? keyOf.role(mark.roleId) : keyOf[mark.kind](mark.userId);
    const stored = await kv.get(key);
    // KV may not return what this isolate has just written. No await from here to the write.
    const present = [stored, memory.get(key)].flatMap((text) => (text ? [JSON.parse(text) as TimedMark] : []));
    const merged = JSON.stringify(present.reduce(merge, mark));
    if (merged !== stored) await put(key, merged);
  }

  /** Remembered first: this isolate then knows the mark even if KV refuses it. */
  function put(key: string, value: string): Promise<void> {
    remember(key, value);
    return kv.put(key, value, { expirationTtl });
  }

  /** A revoked session stays revoked; everything else may change. */
  function remember(key: string, value: string | null): void {
    memory.set(key, value, value === SESSION_OVER ? expirationTtl * 1000 : MEMORY_MS);
  }

  async function read({ sessionId, userId, roleId }: MarkedBy): Promise<Marks> {
    const keys = [keyOf.session(sessionId), keyOf.sessions(userId), keyOf.authority(userId), keyOf.role(roleId)];
    const remembered = keys.map((key) => memory.get(key));
    const missing = keys.filter((_, at) => remembered[at] === undefined);
    const recalled = missing.length > 0 ? await recall(missing) : new Map<string, string | null>();
    const [session, sessions, authority, role] = keys.map((key, at) => remembered[at] ?? recalled?.get(key));
    return {
      session: session === SESSION_OVER,
      ...(sessions && { sessions: JSON.parse(sessions) as NonNullable<Marks["sessions"]> }),
      ...(authority && { authority: JSON.parse(authority) as NonNullable<Marks["authority"]> }),
      ...(role && { role: JSON.parse(role) as NonNullable<Marks["role"]> }),
      complete: recalled !== undefined,
    };
  }

  /** One operation for all keys; undefined when KV did not answer. */
  async function recall(keys: string[]): Promise<Map<string, string | null> | undefined> {
    if (now() < pausedUntil) return undefined;
    try {
      const found = await within(READ_LIMIT_MS, kv.get(keys, { type: "text", cacheTtl: KV_CACHE_SECONDS }));
      for (const key of keys) remember(key, found.get(key) ?? null);
      return found;
    } catch {
      pausedUntil = now() + PAUSE_AFTER_FAILURE_MS;
      return undefined;
    }
  }

  return { write, read };
}

/** KV has no timeout of its own. */
async function within<Result>(limitMs: number, work: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("revocations: too slow")), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
