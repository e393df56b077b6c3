/**
 * A new e-mail address: pending until it is confirmed from the new mailbox, and until then cancellable from the old
 * one, so that neither a typo nor a stolen session takes an account away from its owner.
 */
import { sql, type SQL } from "drizzle-orm";
import { hashToken } from "../../crypto/one-time-token.ts";
import { remember, writtenHere } from "../../db/batch.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { asAccount, asActor, type Actor } from "../access/actor.ts";
import { happened, type Happening } from "../events/happened.ts";
import { emailChangeKey, mailedAddressKey, remainingWait, reserveAttempt } from "../login/throttle.ts";
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

/**
 * Not pending when the account already has this address, when the address was mailed recently (for this change or
 * anything else), or when the account has requested too many changes.
 */
export interface EmailChangeOutcome extends Record<string, unknown> {
  pending: boolean;
  repeated: boolean;
  refused: boolean;
  waitSeconds: number;
}

export interface PreparedEmailChange {
  /**
   * Stores the pending change and returns an EmailChangeOutcome. First in its batch: `accepted` tells the later
   * statements whether they may act.
   */
  statement: SQL;
  accepted: SQL;
  /**
   * Last in the batch: the confirmation link to the new address, the warning with the cancellation link to the old one.
   */
  happening: Happening;
}

/**
 * The pending change of one account. The queue carries neither address nor token: both are derived from the message's
 * id.
 */
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
    happening: { event: "email_change.requested", userId, where: done, facts: { linkId: messageId } },
  };
}

/**
 * Where the account was not proven yet, this is the first proof: of its sessions `sessionId` alone goes on.
 * @throws AppError invalid_link, or email_taken when somebody else has got the address meanwhile: the whole batch is undone,
 * so the link stays good, for the address may become free again.
 */
export async function confirmEmailChange(
  platform: Platform,
  { token, sessionId }: { token: string; sessionId?: string | undefined },
): Promise<void> {
  const tokenHash = await hashToken(token);
  const { db } = platform;
  const owner = ownerId(tokenHash);
  const done = consumedHere(tokenHash);
  // Empty if nothing was changed.
  const former = sql`nullif(current_setting('auth_api.remembered', true), '')::jsonb`;
  // Whoever has the address is locked too: two accounts that take each other's would wait for each other in its index.
  const holderId = sql`(
    select holder.id from one_time_tokens t join users holder on holder.email = t.payload ->> 'email'
    where t.token = ${tokenHash} and t.purpose = 'change_email' and holder.deleted_at is null)`;
  const { outcome } = await asAccount(platform, sql`u.id in (${owner}, ${holderId})`, {
    proving: db.execute(provingSession(sessionId)),
    outcome: db.execute<{ id: number; former: string }>(sql`
      with consumed as (${consumeToken(tokenHash, ["change_email"])}),
      former as (select users.id, users.email, users.is_verified from users join consumed on consumed.user_id = users.id),
      changed as (
        update users set email = consumed.payload ->> 'email', is_verified = true, updated_at = now()
        from consumed where users.id = consumed.user_id
        returning users.id
      )
      select ${remember(sql`jsonb_build_object('email', former.email, 'wasVerified', former.is_verified)`)} as former, id
      from changed join former using (id)`),
    killed: db.execute(killOneTimeTokens(sql`user_id = ${owner} and token <> ${tokenHash} and ${done}`)),
    ...happened(
      platform,
      { event: "email_change.confirmed", userId: owner, where: done, facts: { to: sql`${former} -> 'email'` } },
      {
        event: "account.proven",
        userId: owner,
        where: sql`${done} and not (${former} -> 'wasVerified')::boolean`,
        facts: { ...(sessionId && { exceptSessionId: sessionId }) },
      },
    ),
  });
  const [changed] = outcome.rows;
  if (!changed) throw new AppError("invalid_link");
}

/** Statement: the address that waits for its confirmation, as `email`; no row if none does. */
export const selectPendingEmail = (userId: number): SQL => sql`
  select payload ->> 'email' as email from one_time_tokens where ${isPending(userId)}`;

const isPending = (userId: number): SQL =>
  sql`user_id = ${userId} and purpose = 'change_email' and used_at is null and expires_at > now()`;

const cancelledHere = (owner: SQL): SQL => sql`exists (
  select from one_time_tokens c where c.user_id = ${owner} and c.purpose = 'change_email' and ${writtenHere("c")})`;

/** By its owner, signed in. Where nothing waits, nothing happens. */
export async function withdrawEmailChange(platform: Platform, actor: Actor): Promise<void> {
  const { userId } = actor;
  const { db } = platform;
  await asActor(platform, actor, {
    withdrawn: db.execute(killOneTimeTokens(isPending(userId))),
    ...happened(platform, { event: "email_change.cancelled", userId, where: cancelledHere(sql`${userId}`) }),
  });
}

/** @throws AppError invalid_link, also when there is no pending change. */
export async function cancelEmailChange(platform: Platform, { token }: { token: string }): Promise<void> {
  const tokenHash = await hashToken(token);
  const { db } = platform;
  const owner = ownerId(tokenHash);
  const { outcome } = await asAccount(platform, ownerOfToken(tokenHash), {
    outcome: db.execute<{ id: number }>(sql`
      with consumed as (${consumeToken(tokenHash, ["cancel_email_change"])}),
      cancelled as (${killOneTimeTokens(sql`user_id = (select user_id from consumed) and purpose = 'change_email'`)} returning user_id)
      select distinct user_id as id from cancelled`),
    ...happened(platform, { event: "email_change.cancelled", userId: owner, where: cancelledHere(owner) }),
  });
  const [cancelled] = outcome.rows;
  if (!cancelled) throw new AppError("invalid_link");
}
