/** An account as its owner sees it: read, changed, deleted. */
import { sql } from "drizzle-orm";
import type { Locale } from "../errors.ts";
import type { Platform } from "../platform/index.ts";
import { selectAccount, toUser, type AccountRow, type User } from "./account-view.ts";
import { auditStatement } from "./audit.ts";
import { afterSessionsEnded, asActor, FRESH_FOR_SECONDS, revokeSessions, type Actor } from "./sessions.ts";
import { afterNotice, noticeStatement } from "./notices.ts";
import { killOneTimeTokens } from "./one-time-tokens.ts";

export async function getProfile(platform: Platform, actor: Actor): Promise<User> {
  const [account] = await asActor(platform, actor, [platform.db.execute<AccountRow>(selectAccount(actor.userId))]);
  return toUser(account.rows[0]!);
}

export interface ProfileChange {
  prenom?: string | undefined;
  nom?: string | undefined;
  telephone?: string | null | undefined;
  locale?: Locale | undefined;
}

export async function updateProfile(platform: Platform, actor: Actor, change: ProfileChange): Promise<User> {
  const { userId } = actor;
  const [, account] = await asActor(platform, actor, [
    platform.db.execute(sql`
      update users set
        prenom = coalesce(${change.prenom ?? null}, prenom),
        nom = coalesce(${change.nom ?? null}, nom),
        telephone = ${change.telephone === undefined ? sql`telephone` : change.telephone},
        locale = coalesce(${change.locale ?? null}, locale),
        updated_at = now()
      where id = ${userId}`),
    platform.db.execute<AccountRow>(selectAccount(userId)),
  ]);
  return toUser(account.rows[0]!);
}

/** Soft delete: the address is free at once, the rest is kept for 30 days. With a second factor on, only a fresh session may. */
export async function deleteAccount(platform: Platform, actor: Actor): Promise<void> {
  const { userId } = actor;
  await asActor(platform, actor, [
    platform.db.execute(sql`
      select assert_session(${actor.sessionId}::uuid, ${userId}::int, null, make_interval(secs => ${FRESH_FOR_SECONDS}::int))
      from two_factor_methods where user_id = ${userId} and confirmed_at is not null`),
    platform.db.execute(sql`update users set deleted_at = now(), updated_at = now() where id = ${userId}`),
    platform.db.execute(revokeSessions("account_deleted", sql`user_id = ${userId}`)),
    platform.db.execute(killOneTimeTokens(sql`user_id = ${userId}`)),
    platform.db.execute(noticeStatement({ type: "account_deleted" }, sql`u.id = ${userId}`)),
    platform.db.execute(
      auditStatement(platform, { actorId: userId, action: "user.deleted", targetType: "user", targetId: userId }),
    ),
  ]);
  afterSessionsEnded(platform, { userId });
  afterNotice(platform, userId, { type: "account_deleted" });
}
