/** Sends mail through one of two providers. Both send messages with the same key once, each in its own way. */
import { sql } from "drizzle-orm";
import type { Database } from "../db/client.ts";
import type { Config } from "./config.ts";

/** One mail to one recipient. */
export interface MailMessage {
  /** Canonical: it contains no comma, space, bracket or line break that could make a second recipient of it. */
  to: string;
  subject: string;
  html: string;
  text: string;
}

interface Mailer {
  config: Config;
  db: Database;
  binding: SendEmail;
}

const TIME_LIMIT_MS = 10_000;
/** A consumer that claimed a mail this long ago without marking it as sent has died. */
const CLAIM_SECONDS = 60;

/** @throws Error MailRefused, MailInProgress or a network error: try the message again later, with the same key. */
export async function sendMail(mailer: Mailer, message: MailMessage, key: string): Promise<void> {
  if (mailer.config.MAIL_PROVIDER === "resend") await sendByResend(mailer, message, key);
  else await sendByCloudflare(mailer, message, key);
}

class MailRefused extends Error {
  override name = "MailRefused";
}

class MailInProgress extends Error {
  override name = "MailInProgress";
}

/** https://resend.com/docs/dashboard/emails/idempotency-keys: kept for 24 hours, longer than our retries take. */
async function sendByResend({ config }: Mailer, message: MailMessage, key: string): Promise<void> {
  const { to, subject, html, text } = message;
  const response = await fetch(`${config.RESEND_ENDPOINT ?? "https://api.resend.com"}/emails`, {
    redirect: "manual",
    method: "POST",
    headers: {
      Authorization: `Bearer ${config.RESEND_API_KEY}`,
      "Content-Type": "application/json",
      "Idempotency-Key": key,
    },
    body: JSON.stringify({ from: sender(config), to: [to], subject, html, text }),
    signal: AbortSignal.timeout(TIME_LIMIT_MS),
  });
  const answer = await response.text();
  // The same key with different content: the first delivery was sent, and the account's name or language has changed
  // since.
  if (response.status === 409 && answer.includes("invalid_idempotent_request")) return;
  if (!response.ok) throw Object.assign(new MailRefused(), { name: `MailRefused(${response.status})` });
}

/**
 * The binding has no idempotency keys, so a row is claimed before sending and marked afterwards. If a consumer dies in
 * between, the claim expires and the mail is sent again: one mail too many is better than none.
 */
async function sendByCloudflare({ binding, config, db }: Mailer, message: MailMessage, key: string): Promise<void> {
  const { rows } = await db.execute<{ claimed: boolean; sent: boolean }>(sql`
    with claimed as (
      insert into sent_mails as m (key) values (${key})
      on conflict (key) do update set claimed_at = now(), updated_at = now()
      where m.sent_at is null and m.claimed_at < now() - make_interval(secs => ${CLAIM_SECONDS}::int)
      returning id
    )
    select exists (select from claimed) as claimed,
      exists (select from sent_mails where key = ${key} and sent_at is not null) as sent`);
  if (rows[0]?.sent) return;
  if (!rows[0]?.claimed) throw new MailInProgress();
  try {
    await binding.send({ ...message, from: { name: config.PRODUCT_NAME, email: config.MAIL_FROM } });
  } catch (cause) {
    await db.execute(sql`delete from sent_mails where key = ${key}`);
    throw new MailRefused("refused by the binding", { cause });
  }
  await db.execute(sql`update sent_mails set sent_at = now(), updated_at = now() where key = ${key}`);
}

/** RFC 5322: a display name in quotes, where only quotes and backslashes need escaping. */
function sender({ PRODUCT_NAME, MAIL_FROM }: Config): string {
  return `"${PRODUCT_NAME.replaceAll(/\p{Cc}/gu, " ").replaceAll(/["\\]/g, "\\$&")}" <${MAIL_FROM}>`;
}
