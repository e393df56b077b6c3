/** Administrators' acts on accounts: each act is one trip, with its audit row, its notice and the end of sessions. */
import { sql, type SQL } from "drizzle-orm";
import { createUnusablePasswordHash } from "../../crypto/password-hash.ts";
import { changedSomething, remembered } from "../../db/batch.ts";
import type { Locale } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { RESTORABLE_DAYS } from "../accounts/profile.ts";
import { asAdmin, mayChangeUser, mayGrantRole } from "../access/authority.ts";
import { clearAttempts, loginCodeKey, ofKnownDevices, secondFactorKey, throttleKey } from "../login/throttle.ts";
import type { EventName } from "../events/catalogue.ts";
import { happened } from "../events/happened.ts";
import { removeFactors } from "../factors/list.ts";
import { killOneTimeTokens } from "../accounts/one-time-tokens.ts";
import { readAs, type Actor } from "../access/actor.ts";
import { dropConnections } from "../applications/connections.ts";
import { revokeSessions } from "../sessions/session.ts";
import { firstUser, selectManagedUser, type ManagedUser } from "./directory.ts";
import { became, refuseOwnAddress, updateUser, type UserChange } from "./user-change.ts";

export interface Invitation {
  /** Canonical. */
  email: string;
  prenom: string;
  nom: string;
  roleId: number;
  locale: Locale;
}

/** Creates an account that no password opens; a mail then invites its owner to set one. */
export async function inviteUser(platform: Platform, actor: Actor, invitation: Invitation): Promise<ManagedUser> {
  const { db } = platform;
  const { email, prenom, nom, roleId, locale } = invitation;
  const invited = sql`u.email = ${email} and u.deleted_at is null`;
  const { user } = await asAdmin(platform, actor, {
    granted: db.execute(mayGrantRole(actor, roleId)),
    invited: db.execute(sql`
      insert into users (email, password_hash, prenom, nom, role_id, locale)
      values (${email}, ${createUnusablePasswordHash()}, ${prenom}, ${nom}, ${roleId}, ${locale})`),
    user: selectManagedUser(platform, invited),
    ...happened(platform, {
      event: "user.invited",
      userId: sql`(select u.id from users u where ${invited})`,
      actorId: actor.userId,
      metadata: { after: { prenom, nom, roleId } },
    }),
  });
  return firstUser(user);
}

/** @throws AppError what the rules of administration say, and email_taken. */
export async function changeUser(
  platform: Platform,
  actor: Actor,
  { userId, change }: { userId: number; change: UserChange },
): Promise<ManagedUser> {
  const { db } = platform;
  refuseOwnAddress(actor, userId, change);
  const disabled = became({ isActive: false });
  const readdressed = sql`${remembered} -> 'after' ? 'email'`;
  const statements = {
    allowed: db.execute(mayChangeUser(actor, userId)),
    granted: db.execute(mayGrantRole(actor, change.roleId)),
    changed: db.execute(updateUser(userId, change)),
    user: selectManagedUser(platform, sql`u.id = ${userId}`),
    ended: db.execute(revokeSessions("account_disabled", sql`user_id = ${userId} and ${disabled}`)),
    signedOut: db.execute(revokeSessions("readdressed_by_admin", sql`user_id = ${userId} and ${readdressed}`)),
    dropped: db.execute(dropConnections(sql`user_id = ${userId} and (${readdressed} or ${disabled})`)),
    killed: db.execute(killOneTimeTokens(sql`user_id = ${userId} and (${disabled} or ${readdressed})`)),
    ...happened(
      platform,
      { event: "user.updated", userId, actorId: actor.userId, metadata: remembered, where: changedSomething },
      { event: "user.role_changed", userId, where: sql`${remembered} -> 'after' ? 'roleId'` },
      {
        event: "user.readdressed",
        userId,
        where: readdressed,
        facts: { to: sql`${remembered} -> 'before' -> 'email'` },
      },
      { event: "user.confirmed", userId, where: became({ isVerified: true }) },
      { event: "user.disabled", userId, where: disabled },
      { event: "user.enabled", userId, where: became({ isActive: true }) },
    ),
  };
  const { user } = await asAdmin(platform, actor, statements, userId);
  return firstUser(user);
}

/** Soft delete, like the owner's own: every session and link ends, the address is free, restorable for 30 days. */
export async function deleteUser(platform: Platform, actor: Actor, userId: number): Promise<void> {
  await act(platform, actor, userId, {
    event: "user.deleted_by_admin",
    change: sql`update users set deleted_at = now(), updated_at = now() where id = ${userId}`,
    endsSessions: "deleted_by_admin",
  });
}

/** @throws AppError not_found after that time, or email_taken when somebody else has the address by now. */
export async function restoreUser(platform: Platform, actor: Actor, userId: number): Promise<ManagedUser> {
  const { db } = platform;
  const restorable = sql`id = ${userId} and deleted_at > now() - make_interval(days => ${RESTORABLE_DAYS}::int)`;
  const statements = {
    allowed: db.execute(mayChangeUser(actor, userId, { deleted: true })),
    restored: db.execute(sql`update users set deleted_at = null, updated_at = now() where ${restorable}`),
    user: selectManagedUser(platform, sql`u.id = ${userId} and u.deleted_at is null`),
    ...happened(platform, {
      event: "user.restored",
      userId,
      actorId: actor.userId,
      where: sql`exists (select from users where id = ${userId} and deleted_at is null)`,
    }),
  };
  const { user } = await asAdmin(platform, actor, statements, userId);
  return firstUser(user);
}

/** Clears the failed attempts against the account. Two trips: the counter's key is a keyed hash of the address. */
export async function unlockUser(platform: Platform, actor: Actor, userId: number): Promise<void> {
  const { account } = await readAs(platform, actor, {
    account: platform.db.execute<{ email: string }>(sql`select email from users where id = ${userId}`),
  });
  const email = account.rows[0]?.email ?? "";
  const hashed = await Promise.all([
    throttleKey(platform, { email }),
    throttleKey(platform, { userId }),
    loginCodeKey(platform, email),
  ]);
  const keys = [...hashed, secondFactorKey(userId, null)];
  await act(platform, actor, userId, {
    event: "user.unlocked",
    change: sql`${clearAttempts(...keys)} or ${ofKnownDevices(userId, ["password", "second_factor", "login_code"])}`,
  });
}

export async function logOutUser(platform: Platform, actor: Actor, userId: number): Promise<void> {
  await act(platform, actor, userId, { event: "user.logged_out", endsSessions: "admin_logout" });
}

/**
 * For somebody who lost their second factor: it is removed, and the sessions that a stranger may have opened with it
 * end.
 */
export async function resetTwoFactor(platform: Platform, actor: Actor, userId: number): Promise<void> {
  await act(platform, actor, userId, {
    event: "two_factor.reset",
    change: removeFactors(userId),
    endsSessions: "two_factor_reset",
  });
}

interface Act {
  event: EventName;
  change?: SQL;
  /** Ends every session, link and challenge of the account, for this reason. */
  endsSessions?: "deleted_by_admin" | "admin_logout" | "two_factor_reset";
}

async function act(
  platform: Platform,
  actor: Actor,
  userId: number,
  { event, change, endsSessions }: Act,
): Promise<void> {
  const { db } = platform;
  // What runs without anybody signed in goes on when everybody is signed out.
  const endsConnections = endsSessions !== undefined && endsSessions !== "admin_logout";
  const statements = {
    allowed: db.execute(mayChangeUser(actor, userId)),
    changed: change && db.execute(change),
    ended: endsSessions && db.execute(revokeSessions(endsSessions, sql`user_id = ${userId}`)),
    dropped: endsConnections ? db.execute(dropConnections(sql`user_id = ${userId}`)) : undefined,
    killed: endsSessions && db.execute(killOneTimeTokens(sql`user_id = ${userId}`)),
    ...happened(platform, { event, userId, actorId: actor.userId }),
  };
  await asAdmin(platform, actor, statements, userId);
}
