/** An account as its owner sees it: read, changed and deleted. */
import { sql, type SQL } from "drizzle-orm";
import type { Locale } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { selectAccount, toUser, type AccountRow, type User } from "./view.ts";
import { happened } from "../events/happened.ts";
import { isGuarded } from "../factors/list.ts";
import { dropConnections } from "../applications/connections.ts";
import { asActor, FRESH_FOR_SECONDS, readAs, type Actor } from "../access/actor.ts";
import { revokeSessions } from "../sessions/session.ts";
import { killOneTimeTokens } from "./one-time-tokens.ts";
import { prepareEmailChange, selectPendingEmail, type EmailChangeOutcome } from "./email-change.ts";
import { clearAttempts, tooManyAttempts } from "../login/throttle.ts";
import { proveCurrentPassword } from "./passwords.ts";

export async function getProfile(platform: Platform, actor: Actor): Promise<Profile> {
  const { account, pending } = await readAs(platform, actor, {
    account: platform.db.execute<AccountRow>(selectAccount(actor.userId)),
    pending: platform.db.execute<{ email: string }>(selectPendingEmail(actor.userId)),
  });
  const [change] = pending.rows;
  return { user: toUser(account.rows[0]!), ...(change && { pendingEmail: change.email }) };
}

export interface ProfileChange {
  prenom?: string | undefined;
  nom?: string | undefined;
  telephone?: string | null | undefined;
  locale?: Locale | undefined;
  /** Becomes pending; needs a fresh session or `currentPassword`, unless it is the current address. */
  email?: string | undefined;
  currentPassword?: string | undefined;
}

export interface Profile {
  user: User;
  /** Where a change of address waits for its confirmation. */
  pendingEmail?: string;
}

/** One trip, two with `currentPassword`. @throws AppError reauthentication_required, incorrect_password, too_many_attempts. */
export async function updateProfile(platform: Platform, actor: Actor, change: ProfileChange): Promise<Profile> {
  const { email, currentPassword } = change;
  if (email !== undefined) return updateProfileWithEmail(platform, actor, { ...change, email, currentPassword });
  const { account } = await asActor(platform, actor, {
    updated: platform.db.execute(updateStatement(actor.userId, change)),
    account: platform.db.execute<AccountRow>(selectAccount(actor.userId)),
  });
  return { user: toUser(account.rows[0]!) };
}

async function updateProfileWithEmail(
  platform: Platform,
  actor: Actor,
  change: ProfileChange & { email: string },
): Promise<Profile> {
  const { userId } = actor;
  const { email, currentPassword } = change;
  const proven =
    currentPassword === undefined ? undefined : await proveCurrentPassword(platform, actor, currentPassword);
  const emailChange = await prepareEmailChange(platform, { userId, email });
  const { db } = platform;
  const { outcome, account } = await asActor(platform, actor, {
    // Clients send the whole profile back: the current address is no change and requires nothing.
    proven: db.execute(
      proven
        ? clearAttempts(proven.throttle)
        : assertFresh(actor, sql`users where id = ${userId} and email <> ${email}`),
    ),
    outcome: db.execute<EmailChangeOutcome>(emailChange.statement),
    updated: db.execute(updateStatement(userId, change, emailChange.accepted)),
    account: db.execute<AccountRow>(selectAccount(userId)),
    ...happened(platform, emailChange.happening),
  });
  const { pending, repeated, refused, waitSeconds } = outcome.rows[0]!;
  if (refused) throw tooManyAttempts(waitSeconds);
  const user = toUser(account.rows[0]!);
  return pending || repeated ? { user, pendingEmail: email } : { user };
}

function updateStatement(userId: number, change: ProfileChange, condition = sql`true`): SQL {
  return sql`
    update users set
      prenom = coalesce(${change.prenom ?? null}, prenom),
      nom = coalesce(${change.nom ?? null}, nom),
      telephone = ${change.telephone === undefined ? sql`telephone` : change.telephone},
      locale = coalesce(${change.locale ?? null}, locale),
      updated_at = now()
    where id = ${userId} and ${condition}`;
}

/** Statement: raises an error if `source` has rows, unless the session is fresh. */
function assertFresh({ sessionId, userId }: Actor, source: SQL): SQL {
  return sql`
    select assert_session(${sessionId}::uuid, ${userId}::int, null, make_interval(secs => ${FRESH_FOR_SECONDS}::int))
    from ${source}`;
}

/** How long a deleted account can be restored; then retention.ts purges it. */
export const RESTORABLE_DAYS = 30;

/**
 * Soft delete: the address is free at once, everything else is kept for 30 days. With a second factor on, this needs a
 * fresh session.
 */
export async function deleteAccount(platform: Platform, actor: Actor): Promise<void> {
  const { userId } = actor;
  const { db } = platform;
  await asActor(platform, actor, {
    fresh: db.execute(assertFresh(actor, sql`users where id = ${userId} and ${isGuarded(userId)}`)),
    deleted: db.execute(sql`update users set deleted_at = now(), updated_at = now() where id = ${userId}`),
    ended: db.execute(revokeSessions("account_deleted", sql`user_id = ${userId}`)),
    dropped: db.execute(dropConnections(sql`user_id = ${userId}`)),
    killed: db.execute(killOneTimeTokens(sql`user_id = ${userId}`)),
    ...happened(platform, { event: "user.deleted", userId }),
  });
}
