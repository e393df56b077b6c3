/** Asks for codes that sign in, and reads them in the mails. */
import { database, mailbox, post, type Answer, type Member } from "./service.ts";

/** As if the last mail had been sent more than a minute ago. */
export const passAMinute = () => database.query("update mail_counts set created_at = created_at - interval '61 s'");

/** What the browser keeps that asks, and the code in its mail. */
export async function askForCode({ email }: Pick<Member, "email">): Promise<{ emailCodeToken: string; code: string }> {
  await passAMinute();
  const { status, body, text } = await post("/api/auth/email-code", { email });
  if (status !== 202) throw new Error(text);
  return { emailCodeToken: body.emailCodeToken, code: await codeFor(email) };
}

/** The code of the next mail; its link carries the same one. */
export async function codeFor(email: string): Promise<string> {
  const mail = await mailbox.next(email, "votre code pour vous connecter");
  const code = /\/email-code#code=(\d{6})/.exec(mail.text)?.[1];
  if (!code || !mail.html.includes(code)) throw new Error(`No code in "${mail.subject}"`);
  return code;
}

export const redeem = (asked: { emailCodeToken?: string; code: string }, fields: object = {}): Promise<Answer> =>
  post("/api/auth/email-code/verify", { ...asked, ...fields });
