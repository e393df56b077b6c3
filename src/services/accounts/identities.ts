/** An account's identities at other services, from their owner's view: linking, the list, unlinking. */
import { sql, type SQL } from "drizzle-orm";
import { isoTime } from "../../db/iso-time.ts";
import { remember, remembered } from "../../db/batch.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import type { Provider } from "../../platform/providers.ts";
import { assertSession, lockAccounts, lockedActor, readAs, runAct, type Actor } from "../access/actor.ts";
import { happened } from "../events/happened.ts";
import { freeOfDeleted, isIdentity, takeTurnsWith, type Person } from "../login/federated.ts";
import { revokeSessions } from "../sessions/session.ts";

export interface LinkedIdentity {
  id: number;
  /** The provider's id in the configuration; null if it is there no longer. */
  provider: string | null;
  issuer: string;
  email: string | null;
  linkedAt: string;
  lastUsedAt: string | null;
}

/** SQL expression: the identities of `userId`, as JSON. */
export function identitiesOf(userId: SQL | number): SQL {
  return sql`(
    select coalesce(jsonb_agg(jsonb_build_object('id', i.id, 'issuer', i.issuer, 'email', i.email,
      'linkedAt', i.created_at, 'lastUsedAt', i.last_used_at) order by i.id), '[]')
    from identities i where i.user_id = ${userId})`;
}

export function toIdentities({ config }: Platform, rows: Omit<LinkedIdentity, "provider">[]): LinkedIdentity[] {
  return rows.map((row) => ({
    ...row,
    provider: config.FEDERATION.find(({ issuer }) => issuer === row.issuer)?.id ?? null,
    linkedAt: isoTime(row.linkedAt),
    lastUsedAt: isoTime(row.lastUsedAt),
  }));
}

export async function listIdentities(platform: Platform, actor: Actor): Promise<LinkedIdentity[]> {
  const { list } = await readAs(platform, actor, {
    list: platform.db.execute<{ identities: Omit<LinkedIdentity, "provider">[] }>(
      sql`select ${identitiesOf(actor.userId)} as identities`,
    ),
  });
  return toIdentities(platform, list.rows[0]!.identities);
}

/** Before the browser leaves, so that nobody comes back in vain. */
export async function assertMayLink(platform: Platform, actor: Actor): Promise<void> {
  await readAs(platform, actor, {});
}

/** One trip. Linking again what is linked already changes nothing. @throws AppError identity_taken */
export async function linkIdentity(
  platform: Platform,
  actor: Actor,
  { provider, person }: { provider: Provider; person: Pick<Person, "subject" | "email" | "emailVerified"> },
): Promise<void> {
  const { db } = platform;
  const { userId } = actor;
  const { subject, email, emailVerified } = person;
  const identity = isIdentity(provider, person);
  const { owned } = await runAct(
    platform,
    {
      freed: db.execute(freeOfDeleted(identity)),
      linked: db.execute(sql`
        with linked as (
          insert into identities (user_id, issuer, subject, email, email_verified)
          values (${userId}, ${provider.issuer}, ${subject}, ${email ?? null}, ${emailVerified}::boolean)
          on conflict (issuer, subject) do nothing returning id
        ) select ${remember(sql`exists (select from linked)`)}`),
      owned: db.execute<{ isOwn: boolean }>(
        sql`select i.user_id = ${userId}::int as "isOwn" from identities i where ${identity}`,
      ),
      ...happened(platform, {
        event: "identity.linked",
        userId,
        where: sql`${remembered}::boolean`,
        metadata: { provider: provider.id },
      }),
    },
    [
      db.execute(takeTurnsWith(provider, person)),
      // Its owner too: an account that is being restored keeps it.
      db.execute(lockAccounts(sql`u.id = ${userId} or u.id = (select i.user_id from identities i where ${identity})`)),
      db.execute(assertSession(platform, actor)),
    ],
  );
  if (!owned.rows[0]?.isOwn) throw new AppError("identity_taken");
}

/** Condition: the account can be opened without the identity `id`, by what is configured today. */
function anotherWayIn({ config }: Platform, userId: number, id: number): SQL {
  const issuers = config.FEDERATION.map(({ issuer }) => issuer);
  return sql`(
    exists (select from users where id = ${userId} and password_hash is not null)
    or exists (select from passkeys p where p.user_id = ${userId} and p.signs_in)
    or exists (
      select from identities other where other.user_id = ${userId} and other.id <> ${id}
        and other.issuer = any(${sql.param(issuers)}::text[])))`;
}

/** Ends the other sessions: one of them may have been opened with it. @throws AppError not_found, last_way_in */
export async function unlinkIdentity(platform: Platform, actor: Actor, id: number): Promise<void> {
  const { db } = platform;
  const { userId, sessionId } = actor;
  const own = sql`i.id = ${id} and i.user_id = ${userId}`;
  const done = sql`${remembered}::boolean`;
  const { before, removed } = await runAct(
    platform,
    {
      before: db.execute(sql`select from identities i where ${own}`),
      removed: db.execute<{ done: string }>(sql`
        with removed as (
          delete from identities i where ${own} and ${anotherWayIn(platform, userId, id)} returning i.id
        ) select ${remember(sql`exists (select from removed)`)} as done`),
      ended: db.execute(
        revokeSessions("identity_unlinked", sql`user_id = ${userId} and session_id <> ${sessionId}::uuid and ${done}`),
      ),
      ...happened(platform, {
        event: "identity.unlinked",
        userId,
        where: done,
        metadata: { identityId: id },
        facts: { exceptSessionId: sessionId },
      }),
    },
    lockedActor(platform, actor, [userId]),
  );
  if (removed.rows[0]!.done !== "true") throw new AppError(before.rows.length > 0 ? "last_way_in" : "not_found");
}
