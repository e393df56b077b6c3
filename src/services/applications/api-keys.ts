/** A person's API keys, for scripts and machines that act for them: made, listed, renamed, rotated, revoked. */
import { sql, type SQL } from "drizzle-orm";
import { isoTime } from "../../db/iso-time.ts";
import { createApiKey, createApiKeyId } from "../../crypto/api-key.ts";
import { remember, remembered, writtenHere } from "../../db/batch.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { assertSession, asActor, readAs, type Actor } from "../access/actor.ts";
import { mayGrant, refuseAdministration } from "../access/authority.ts";
import { happened } from "../events/happened.ts";

/** Of one account. */
export const MAX_API_KEYS = 50;

export interface ApiKeyEntry {
  /** The part of the key behind `ak_`. */
  id: string;
  name: string;
  permissions: string[];
  createdAt: string;
  expiresAt: string;
  lastUsedAt: string | null;
  rotatedAt: string | null;
  /** Until when the key before the last rotation works too. */
  previousUntil: string | null;
}

/** Shown once. */
export interface IssuedApiKey {
  key: string;
  apiKey: ApiKeyEntry;
}

type Row = ApiKeyEntry & Record<string, unknown>;

function selectApiKeys({ db }: Platform, whose: SQL) {
  return db.execute<Row>(sql`
    select k.key_id as id, k.name, k.permissions, k.created_at as "createdAt", k.expires_at as "expiresAt",
      k.last_used_at as "lastUsedAt", k.rotated_at as "rotatedAt",
      case when k.previous_until > now() then k.previous_until end as "previousUntil"
    from api_keys k where ${whose} order by k.id`);
}

/** Condition on `api_keys k`. */
const ofOwner = (userId: number, id: string) => sql`k.key_id = ${id} and k.user_id = ${userId}`;

function toEntry(row: Row): ApiKeyEntry {
  const { id, name, permissions, createdAt, expiresAt, lastUsedAt, rotatedAt, previousUntil } = row;
  return {
    id,
    name,
    permissions,
    createdAt: isoTime(createdAt),
    expiresAt: isoTime(expiresAt),
    lastUsedAt: isoTime(lastUsedAt),
    rotatedAt: isoTime(rotatedAt),
    previousUntil: isoTime(previousUntil),
  };
}

/** Expired ones too; all of them, oldest first: an account has few. */
export async function listApiKeys(platform: Platform, actor: Actor, userId = actor.userId): Promise<ApiKeyEntry[]> {
  const { keys } = await readAs(platform, actor, { keys: selectApiKeys(platform, sql`k.user_id = ${userId}`) });
  return keys.rows.map(toEntry);
}

/**
 * Nobody gives a key what they lack.
 * @throws AppError not_grantable, too_many_api_keys
 */
export async function addApiKey(
  platform: Platform,
  actor: Actor,
  { name, permissions, expiresInDays }: { name: string; permissions: string[]; expiresInDays: number },
): Promise<IssuedApiKey> {
  const { userId } = actor;
  const { db } = platform;
  refuseAdministration(permissions);
  const id = createApiKeyId();
  const { key, keyHash } = await createApiKey(id);
  const own = ofOwner(userId, id);
  const { made } = await asActor(platform, actor, {
    granted: db.execute(mayGrant(actor, permissions)),
    // What the session itself may not use for want of a second factor, its keys may not either.
    usable: permissions[0] ? db.execute(assertSession(platform, { ...actor, permission: permissions[0] })) : undefined,
    added: db.execute(sql`
      insert into api_keys (user_id, key_id, name, hash, mark_id, permissions, expires_at)
      select ${userId}, ${id}, ${name}, ${keyHash}, gen_random_uuid(), ${JSON.stringify(permissions)}::jsonb,
        now() + make_interval(days => ${expiresInDays}::int)
      where (select count(*) from api_keys where user_id = ${userId}) < ${MAX_API_KEYS}::int`),
    made: selectApiKeys(platform, own),
    ...happened(platform, {
      event: "api_key.created",
      userId,
      target: ["api_key", id],
      metadata: { name, permissions },
      facts: { data: { apiKeyId: id, name } },
      where: sql`exists (select from api_keys k where ${own})`,
    }),
  });
  if (!made.rows[0]) throw new AppError("too_many_api_keys");
  return { key, apiKey: toEntry(made.rows[0]) };
}

/** @throws AppError not_found */
export async function renameApiKey(
  platform: Platform,
  actor: Actor,
  { id, name }: { id: string; name: string },
): Promise<void> {
  const { userId } = actor;
  const own = ofOwner(userId, id);
  const { renamed } = await asActor(platform, actor, {
    renamed: platform.db.execute(sql`
      update api_keys k set name = ${name}, updated_at = now() where ${own} returning k.id`),
    ...happened(platform, {
      event: "api_key.renamed",
      userId,
      target: ["api_key", id],
      metadata: { name },
      where: sql`exists (select from api_keys k where ${own} and ${writtenHere("k")})`,
    }),
  });
  if (renamed.rows.length === 0) throw new AppError("not_found");
}

/** Statement: remembers the marks of what `which` selects, as a list; the key before a rotation only while it works. */
function rememberMarks(which: SQL, { current }: { current: SQL }): SQL {
  return sql`select ${remember(sql`coalesce((
    select to_jsonb(array_remove(array[
      case when ${current} then k.mark_id end, case when k.previous_until > now() then k.previous_mark_id end], null))
    from api_keys k where ${which}), '[]')`)}`;
}

/**
 * A new secret under the same id; the one before works for `overlapSeconds` more, the one before that no longer.
 * @throws AppError not_found
 */
export async function rotateApiKey(
  platform: Platform,
  actor: Actor,
  { id, overlapSeconds }: { id: string; overlapSeconds: number },
): Promise<IssuedApiKey> {
  const { userId } = actor;
  const { db } = platform;
  const { key, keyHash } = await createApiKey(id);
  const own = ofOwner(userId, id);
  const { rotated } = await asActor(platform, actor, {
    marked: db.execute(rememberMarks(own, { current: sql`${overlapSeconds}::int = 0` })),
    changed: db.execute(sql`
      update api_keys k set hash = ${keyHash}, mark_id = gen_random_uuid(), previous_hash = k.hash,
        previous_mark_id = k.mark_id, previous_until = now() + make_interval(secs => ${overlapSeconds}::int),
        rotated_at = now(), updated_at = now()
      where ${own}`),
    rotated: selectApiKeys(platform, own),
    ...happened(platform, {
      event: "api_key.rotated",
      userId,
      target: ["api_key", id],
      metadata: { overlapSeconds },
      facts: { data: { apiKeyId: id }, sessionIds: remembered },
      where: sql`exists (select from api_keys k where ${own})`,
    }),
  });
  if (!rotated.rows[0]) throw new AppError("not_found");
  return { key, apiKey: toEntry(rotated.rows[0]) };
}

/** The statements that revoke a key of that account. Where it had none, `remembered` is an empty list. */
export function revokedKey({ db }: Platform, { userId, id }: { userId: number; id: string }) {
  const which = ofOwner(userId, id);
  return {
    marked: db.execute(rememberMarks(which, { current: sql`true` })),
    gone: db.execute(sql`delete from api_keys k where ${which} returning k.id`),
  };
}

/** Of {@link revokedKey}. */
export const keyWasRevoked: SQL = sql`${remembered} <> '[]'`;

/** @throws AppError not_found */
export async function revokeApiKey(platform: Platform, actor: Actor, id: string): Promise<void> {
  const { userId } = actor;
  const { gone } = await asActor(platform, actor, {
    ...revokedKey(platform, { userId, id }),
    ...happened(platform, {
      event: "api_key.revoked",
      userId,
      target: ["api_key", id],
      facts: { sessionIds: remembered },
      where: keyWasRevoked,
    }),
  });
  if (gone.rows.length === 0) throw new AppError("not_found");
}
