/**
 * A new e-mail address: pending until it is confirmed from the new mailbox, and until then cancelled from the old one,
 * so that neither a typo nor a stolen session takes an account away from its owner.
 */
import { sql, type SQL } from "drizzle-orm";
import { hashToken } from "../../crypto/one-time-token.ts";
import { databaseFailure } from "../../db/client.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { auditStatement, type AuditEntry } from "../events/audit.ts";
import { mailedAddressKey, remainingWait, reserveAttempt } from "../login/throttle.ts";
import { afterNotice, noticeStatement } from "../events/notices.ts";
import { consumeToken, killOneTimeTokens, prepareLink, storeToken } from "./one-time-tokens.ts";

const UNIQUE_VIOLATION = "23505";

export interface PreparedEmailChange {
  /**
   * Stores the pending change and answers `{ pending }`: false when the account has this address already, or when the
   * address was mailed lately: for this very change (`repeated`), or for something else (`refused`). First in its batch:
   * of what follows, `accepted` says whether it may be done.
   */
  statement: SQL;
  accepted: SQL;
  /** Once it is through: the confirming link to the new address, the warning with the cancelling one to the old. */
  announce: () => Promise<void>;
}

/** The pending change of one account. The queue carries neither address nor token: both are made from the message's id. */
export async function prepareEmailChange(
  platform: Platform,
  { userId, email }: { userId: number; email: string },
): Promise<PreparedEmailChange> {
  const messageId = crypto.randomUUID();
  const { tokenHash, ttlSeconds } = await prepareLink(platform, "change_email", messageId);
  const allowed = sql`(select changing.id from changing, reserved)`;
  const pending = storeToken({ purpose: "change_email", tokenHash, ttlSeconds, payload: { email } }, allowed);
  const outstanding = sql`user_id = ${allowed} and purpose in ('change_email', 'cancel_email_change')`;
  const key = await mailedAddressKey(platform, email);
  const entry = { actorId: userId, action: "email_change.requested", targetType: "user", targetId: userId };
  const notice = { type: "email_change_requested" } as const;
  const done = sql`exists (select from pending)`;
  const isAskedFor = sql`exists (
    select from one_time_tokens where user_id = ${userId} and purpose = 'change_email' and used_at is null
      and expires_at > now() and payload ->> 'email' = ${email})`;
  const lately = sql`exists (select from changing) and not exists (select from reserved)`;
  return {
    statement: sql`
      with changing as (select id from users where id = ${userId} and email <> ${email} for no key update),
      reserved as (${reserveAttempt(sql`select ${key} as key from changing`, "mail")}),
      killed as (${killOneTimeTokens(outstanding)}),
      pending as (${pending}),
      noticed as (${noticeStatement(notice, sql`u.id = (select user_id from pending)`)}),
      audited as (${auditStatement(platform, entry, done)})
      select ${done} as pending, ${lately} and ${isAskedFor} as repeated, ${lately} and not ${isAskedFor} as refused,
        ${remainingWait(key, "mail")} as "waitSeconds"`,
    accepted: sql`(email = ${email} or ${isAskedFor})`,
    async announce() {
      afterNotice(platform, userId, notice, { action: { purpose: "cancel_email_change" } });
      await platform.enqueue({ type: "email_change", userId }, messageId);
    },
  };
}

interface ChangedEmail extends Record<string, unknown> {
  id: number;
  formerEmail: string;
}

/** @throws AppError invalid_link, or email_taken when somebody else has got the address meanwhile. */
export async function confirmEmailChange(platform: Platform, { token }: { token: string }): Promise<void> {
  const tokenHash = await hashToken(token);
  const notice = { type: "email_changed" } as const;
  const { rows } = await platform.db
    .execute<ChangedEmail>(
      sql`
      with ${consumeToken(tokenHash, ["change_email"])},
      changed as (
        update users set email = consumed.payload ->> 'email', is_verified = true, updated_at = now()
        from consumed where users.id = consumed.user_id
        returning users.id
      ),
      killed as (${killOneTimeTokens(sql`user_id = (select id from changed) and token <> ${tokenHash}`)}),
      noticed as (${noticeStatement(notice, sql`u.id = (select id from changed)`)}),
      audited as (${auditStatement(platform, byOwner("email_change.confirmed", sql`select id from changed`), sql`exists (select from changed)`)})
      select changed.id, account.email as "formerEmail" from changed join account on account.id = changed.id`,
    )
    .catch((error: unknown) => {
      // The whole statement is undone, so the link stays good: the address may become free again.
      if (databaseFailure(error)?.sqlState === UNIQUE_VIOLATION) throw new AppError("email_taken", { cause: error });
      throw error;
    });
  const [changed] = rows;
  if (!changed) throw new AppError("invalid_link");
  afterNotice(platform, changed.id, notice);
  afterNotice(platform, changed.id, notice, { to: changed.formerEmail });
}

/** @throws AppError invalid_link, also when there is no change left to cancel. */
export async function cancelEmailChange(platform: Platform, { token }: { token: string }): Promise<void> {
  const tokenHash = await hashToken(token);
  const notice = { type: "email_change_cancelled" } as const;
  const { rows } = await platform.db.execute<{ id: number }>(sql`
    with ${consumeToken(tokenHash, ["cancel_email_change"])},
    cancelled as (${killOneTimeTokens(sql`user_id = (select user_id from consumed) and purpose = 'change_email'`)} returning user_id as id),
    noticed as (${noticeStatement(notice, sql`u.id in (select id from cancelled)`)}),
    audited as (${auditStatement(platform, byOwner("email_change.cancelled", sql`select id from cancelled limit 1`), sql`exists (select from cancelled)`)})
    select distinct id from cancelled`);
  const [cancelled] = rows;
  if (!cancelled) throw new AppError("invalid_link");
  afterNotice(platform, cancelled.id, notice);
}

/** Who holds the mailbox acts as the account's owner. */
function byOwner(action: string, userId: SQL): AuditEntry {
  return { actorId: userId, action, targetType: "user", targetId: userId };
}
