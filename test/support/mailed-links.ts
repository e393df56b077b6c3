/** Requests links, reads them in the mails, and follows them. */
import { expect } from "vitest";
import { tokenIn } from "./mailbox-control.ts";
import { database, mailbox, post, put, sidOf, type Answer, type Member } from "./service.ts";

/** The password that a reset sets. */
export const CHOSEN = "un tout autre secret";

/** The token of the link in the mail. */
export async function forgot(member: Member): Promise<string> {
  expect((await post("/api/auth/forgot-password", { email: member.email })).status).toBe(202);
  return tokenIn(await mailbox.next(member.email, "réinitialiser"));
}

export const reset = (token: string, password = CHOSEN): Promise<Answer> =>
  post("/api/auth/reset-password", { token, password });

/** As if the member's links had been requested more than a minute ago. */
export const ageLinks = ({ userId }: Pick<Member, "userId">) =>
  database.query("update one_time_tokens set created_at = now() - interval '61 s' where user_id = $1", [userId]);

export const emailOf = async ({ userId }: Pick<Member, "userId">) =>
  (await database.query<{ email: string }>("select email from users where id = $1", [userId]))[0]!.email;

export async function requestChange(member: Member, email: string): Promise<{ confirm: string; cancel: string }> {
  const { status, body } = await put("/api/users/me", { email }, { token: member.token });
  expect([status, body.pendingEmail]).toEqual([200, email]);
  const confirm = tokenIn(await mailbox.next(email, "confirmez votre nouvelle adresse"));
  return { confirm, cancel: tokenIn(await mailbox.next(member.email, "Changement d'adresse demandé")) };
}

export const confirmEmail = (token: string): Promise<Answer> => post("/api/auth/confirm-email", { token });
export const cancelChange = (token: string): Promise<Answer> => post("/api/auth/cancel-email-change", { token });

/** As if the member had opened the verification link in the browser where they are signed in: they keep everything. */
export const proveMailbox = (member: Member) =>
  database.query(
    `with proving as (select set_config('auth_api.proving_session', $2, true))
     update users set is_verified = true from proving where id = $1`,
    [member.userId, sidOf(member)],
  );
