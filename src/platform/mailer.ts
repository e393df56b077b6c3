/** Sends mail through one of two providers. */
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
  binding: SendEmail;
}

/** Whether the provider recognises a key that it has seen; the binding has no idempotency keys. */
export function sendsMailsOnce({ MAIL_PROVIDER }: Config): boolean {
  return MAIL_PROVIDER === "resend";
}

const TIME_LIMIT_MS = 10_000;

/** @throws Error MailRefused or a network error: try the message again later, with the same key. */
export async function sendMail(mailer: Mailer, message: MailMessage, key: string): Promise<void> {
  if (mailer.config.MAIL_PROVIDER === "resend") await sendByResend(mailer, message, key);
  else await sendByCloudflare(mailer, message);
}

class MailRefused extends Error {
  override name = "MailRefused";
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

async function sendByCloudflare({ binding, config }: Mailer, message: MailMessage): Promise<void> {
  try {
    await binding.send({ ...message, from: { name: config.PRODUCT_NAME, email: config.MAIL_FROM } });
  } catch (cause) {
    throw new MailRefused("refused by the binding", { cause });
  }
}

/** RFC 5322: a display name in quotes, where only quotes and backslashes need escaping. */
function sender({ PRODUCT_NAME, MAIL_FROM }: Config): string {
  return `"${PRODUCT_NAME.replaceAll(/\p{Cc}/gu, " ").replaceAll(/["\\]/g, "\\$&")}" <${MAIL_FROM}>`;
}
