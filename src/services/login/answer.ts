/** "Was this you?": answers the notification about a login from a new device. */
import { sql } from "drizzle-orm";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { happened } from "../events/happened.ts";
import { asActor, type Actor } from "../access/actor.ts";
import { forgetPlacesOf } from "./risk.ts";
import { revokeSessions } from "../sessions/session.ts";

/** The notice whose `data.sessionId` identifies the login in question. */
export const NEW_DEVICE = "new_device";

interface Answered extends Record<string, unknown> {
  sessionId: string;
  email: string;
}

/**
 * `deny` ends that session and starts a password reset; `confirm` is the owner's word that all is well, so the session
 * in question can't give it. The first answer counts: its update finds no earlier one.
 * @throws AppError not_found, already_answered, forbidden.
 */
export async function answerLogin(
  platform: Platform,
  actor: Actor,
  { notificationId, answer }: { notificationId: number; answer: "confirmed" | "denied" },
): Promise<void> {
  const { userId } = actor;
  const notification = sql`n.id = ${notificationId}::bigint and n.user_id = ${userId} and n.type = ${NEW_DEVICE}`;
  // Unique to this request: finding it in the row proves that this request answered.
  const answerId = crypto.randomUUID();
  const ours = sql`coalesce(n.data->>'answerId' = ${answerId}, false)`;
  const { read, unread } = await asActor(platform, actor, {
    answered: platform.db.execute(sql`
      update notifications n set
        data = n.data || jsonb_build_object('answer', ${answer}::text, 'answerId', ${answerId}::text),
        read_at = coalesce(n.read_at, now()), updated_at = now()
      where ${notification} and not n.data ? 'answer'
        and (${answer} = 'denied' or n.data->>'sessionId' <> ${actor.sessionId})`),
    ended: platform.db.execute(
      revokeSessions(
        "denied_by_owner",
        sql`user_id = ${userId} and ${answer} = 'denied'
          and session_id = (select (n.data->>'sessionId')::uuid from notifications n where ${notification} and ${ours})`,
      ),
    ),
    forgotten: platform.db.execute(sql`
      ${forgetPlacesOf(userId, sql`select (n.data->>'sessionId')::uuid from notifications n where ${notification} and ${ours}`)}
      and ${answer} = 'denied'`),
    read: platform.db.execute<Answered & { ours: boolean; answered: boolean }>(sql`
      select n.data->>'sessionId' as "sessionId", u.email, ${ours} as ours, n.data ? 'answer' as answered
      from notifications n join users u on u.id = n.user_id where ${notification}`),
    unread: platform.db.execute<{ unread: number }>(
      sql`select count(*)::int as unread from notifications where user_id = ${userId} and read_at is null`,
    ),
    ...happened(platform, {
      event: `login.${answer}`,
      userId,
      metadata: { notificationId },
      where: sql`exists (select from notifications n where ${notification} and ${ours})`,
      facts: {
        sessionIds: sql`(select jsonb_build_array(n.data->>'sessionId') from notifications n where ${notification})`,
      },
    }),
  });
  const found = read.rows[0];
  if (!found) throw new AppError("not_found");
  if (!found.ours) throw new AppError(found.answered ? "already_answered" : "forbidden");
  platform.defer(platform.hubs.tell(userId, { type: "read", ids: [notificationId], unread: unread.rows[0]!.unread }));
}
