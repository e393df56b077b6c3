/**
 * A new e-mail address: pending until it is confirmed from the new mailbox, and until then cancelled from the old one,
 * so that neither a typo nor a stolen session takes an account away from its owner.
 */
import { sql, type SQL } from "drizzle-orm";
import { hashToken } from "../../crypto/one-time-token.ts";
import { writtenHere } from "../../db/batch.ts";
import { databaseFailure } from "../../db/client.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { asAccount } from "../access/actor.ts";
import { auditStatement, type AuditEntry } from "../events/audit.ts";
import { emailChangeKey, mailedAddressKey, remainingWait, reserveAttempt } from "../login/throttle.ts";
import { afterNotice, noticeStatement } from "../events/notices.ts";
import {
  consumedHere,
  consumeToken,
  killOneTimeTokens,
  ownerId,
  ownerOfToken,
  prepareLink,
  storeToken,
} from "./one-time-tokens.ts";
import { provingSession } from "./proving-session.ts";
import { afterSessionsEnded } from "../sessions/session.ts";

const UNIQUE_VIOLATION = "23505";

/** Not pending when the account has this address already, or when it was mailed lately (for this very change, or for something else), or the account has asked for too many. */
export interface EmailChangeOutcome extends Record<string, unknown> {
  pending: boolean;
  repeated: boolean;
  refused: boolean;
  waitSeconds: number;
}

export interface PreparedEmailChange {
  /** Stores the pending change and answers an EmailChangeOutcome. First in its batch: of what follows, `accepted` says whether it may be done. */
  statement: SQL;
  accepted: SQL;
  /** Last in the batch, in this order. */
  notice: SQL;
  audit: SQL;
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
  const ownKey = emailChangeKey(userId);
  const entry = { actorId: userId, action: "email_change.requested", targetType: "user", targetId: userId };
  const notice = { type: "email_change_requested" } as const;
  const done = sql`exists (select from one_time_tokens t where t.token = ${tokenHash} and ${writtenHere("t")})`;
  const isAskedFor = sql`exists (
    select from one_time_tokens where user_id = ${userId} and purpose = 'change_email' and used_at is null
      and expires_at > now() and payload ->> 'email' = ${email})`;
  const lately = sql`exists (select from changing) and not exists (select from reserved)`;
  return {
    statement: sql`
      with changing as (select id from users where id = ${userId} and email <> ${email}),
      free as (${reserveAttempt(sql`select ${key} as key from changing`, "mail")}),
      reserved as (${reserveAttempt(sql`select ${ownKey} as key from free`, "email_change")}),
      killed as (${killOneTimeTokens(outstanding)}),
      pending as (${pending})
      select exists (select from pending) as pending, ${lately} and ${isAskedFor} as repeated, ${lately} and not ${isAskedFor} as refused,
        case when exists (select from free) then ${remainingWait(ownKey, "email_change")}
          else ${remainingWait(key, "mail")} end as "waitSeconds"`,
    accepted: sql`(email = ${email} or ${isAskedFor})`,
    notice: noticeStatement(notice, sql`u.id = ${userId} and ${done}`),
    audit: auditStatement(platform, entry, done),
    async announce() {
      afterNotice(platform, userId, notice, { action: { purpose: "cancel_email_change" } });
      await platform.enqueue({ type: "email_change", userId }, messageId);
    },
  };
}

interface ChangedEmail extends Record<string, unknown> {
  id: number;
  formerEmail: string;
  wasVerified: boolean;
}

/**
 * Where the account was not proven yet, this is the first proof: of its sessions `sessionId` alone goes on.
 * @throws AppError invalid_link, or email_taken when somebody else has got the address meanwhile.
 */
export async function confirmEmailChange(
  platform: Platform,
  { token, sessionId }: { token: string; sessionId?: string | undefined },
): Promise<void> {
  const tokenHash = await hashToken(token);
  const notice = { type: "email_changed" } as const;
  const { db } = platform;
  const owner = ownerId(tokenHash);
  const done = consumedHere(tokenHash);
  const entry = byOwner("email_change.confirmed", owner);
  const { outcome } = await asAccount(platform, ownerOfToken(tokenHash), {
    proving: db.execute(provingSession(sessionId)),
    outcome: db.execute<ChangedEmail>(sql`
      with consumed as (${consumeToken(tokenHash, ["change_email"])}),
      former as (select users.id, users.email, users.is_verified from users join consumed on consumed.user_id = users.id),
      changed as (
        update users set email = consumed.payload ->> 'email', is_verified = true, updated_at = now()
        from consumed where users.id = consumed.user_id
        returning users.id
      )
      select id, former.email as "formerEmail", former.is_verified as "wasVerified" from changed join former using (id)`),
    killed: db.execute(killOneTimeTokens(sql`user_id = ${owner} and token <> ${tokenHash} and ${done}`)),
    noticed: db.execute(noticeStatement(notice, sql`u.id = ${owner} and ${done}`)),
    audited: db.execute(auditStatement(platform, entry, done)),
  }).catch((error: unknown) => {
    // The whole batch is undone, so the link stays good: the address may become free again.
    if (databaseFailure(error)?.sqlState === UNIQUE_VIOLATION) throw new AppError("email_taken", { cause: error });
    throw error;
  });
  const [changed] = outcome.rows;
  if (!changed) throw new AppError("invalid_link");
  if (!changed.wasVerified) {
    afterSessionsEnded(platform, { userId: changed.id, ...(sessionId && { exceptSessionId: sessionId }) });
  }
  afterNotice(platform, changed.id, notice);
  afterNotice(platform, changed.id, notice, { to: changed.formerEmail });
}

/** @throws AppError invalid_link, also when there is no change left to cancel. */
export async function cancelEmailChange(platform: Platform, { token }: { token: string }): Promise<void> {
  const tokenHash = await hashToken(token);
  const notice = { type: "email_change_cancelled" } as const;
  const { db } = platform;
  const owner = ownerId(tokenHash);
  const done = sql`exists (
    select from one_time_tokens c where c.user_id = ${owner} and c.purpose = 'change_email' and ${writtenHere("c")})`;
  const entry = byOwner("email_change.cancelled", owner);
  const { outcome } = await asAccount(platform, ownerOfToken(tokenHash), {
    outcome: db.execute<{ id: number }>(sql`
      with consumed as (${consumeToken(tokenHash, ["cancel_email_change"])}),
      cancelled as (${killOneTimeTokens(sql`user_id = (select user_id from consumed) and purpose = 'change_email'`)} returning user_id)
      select distinct user_id as id from cancelled`),
    noticed: db.execute(noticeStatement(notice, sql`u.id = ${owner} and ${done}`)),
    audited: db.execute(auditStatement(platform, entry, done)),
  });
  const [cancelled] = outcome.rows;
  if (!cancelled) throw new AppError("invalid_link");
  afterNotice(platform, cancelled.id, notice);
}

/** Who holds the mailbox acts as the account's owner. */
function byOwner(action: string, userId: SQL): AuditEntry {
  return { actorId: userId, action, targetType: "user", targetId: userId };
}
