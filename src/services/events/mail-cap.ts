/**
 * Limits how many mails an address gets, whoever causes them and on any route: counted exactly, in the one place that
 * sends mail. A capped notice still appears in the application; for anything else, only the mail is omitted.
 */
import { sql } from "drizzle-orm";
import type { Locale } from "../../errors.ts";
import type { Mail } from "../../platform/mail-texts.ts";
import type { Platform } from "../../platform/index.ts";

/** Of one kind to one address. */
const SECONDS_BETWEEN = 60;

/**
 * A kind is sent while the address got fewer than this many mails, of all kinds, in the last hour. So a stranger who
 * knows an address can't use up the notices' share, nor the notices the share of what the owner requests.
 */
export const MAILS_AN_HOUR = {
  // Anybody can request these.
  reset_password: 5,
  verify_email: 5,
  address_taken: 5,
  confirm_email_change: 5,
  notice: 8,
  // Only somebody who knows the password, or an administrator.
  email_code: 9,
  invitation: 9,
} as const satisfies Record<Mail["type"], number>;

/** A reset that a known device of the account requests, or that follows "this was not me". */
export const MAILS_AN_HOUR_IN_ALL = 10;

/** Mails that may come more than once a minute: the route has counted these, and refuses openly. */
const COUNTED_AT_THE_ROUTE: ReadonlySet<Mail["type"]> = new Set(["email_code"]);

interface CountedMail {
  to: string;
  /** For a notice, its subject. */
  kind: string;
  /** Of the queue message: a repeated message is a mail already counted. */
  key: string;
  hourly: number;
  secondsBetween: number;
}

/** Whether the mail may be sent. One trip; the lock makes mails to one address take turns. */
async function reserveMail(
  platform: Platform,
  { to, kind, key, hourly, secondsBetween }: CountedMail,
): Promise<boolean> {
  const { db, config } = platform;
  const address = await platform.secrets.keyedHash("throttle-key", `mails:${to}`);
  const scale = config.RATE_LIMIT_SCALE;
  const { counted } = await db.batch(
    {
      counted: db.execute<{ allowed: boolean }>(sql`
      with lately as (
        select kind, created_at from mail_counts where address = ${address} and created_at > now() - interval '1 hour'
      ), counted as (
        insert into mail_counts (key, address, kind) select ${key}, ${address}, ${kind}
        where (select count(*) from lately) < ${Math.max(1, Math.floor(hourly * scale))}::int and not exists (
          select from lately
          where kind = ${kind} and created_at > now() - make_interval(secs => ${secondsBetween / scale}::float8))
        on conflict (key) do nothing
        returning id
      )
      select exists (select from counted) or exists (select from mail_counts where key = ${key}) as allowed`),
    },
    [db.execute(sql`select pg_advisory_xact_lock(hashtext('mail_counts'), hashtext(${address}))`)],
  );
  const { allowed } = counted.rows[0]!;
  if (!allowed) platform.log("mail_left_out", { id: key, kind });
  return allowed;
}

/**
 * The mail of a reset is counted before its link is created: a link that is not mailed must not replace one that is.
 */
export function reserveReset(
  platform: Platform,
  { to, key, byOwner }: { to: string; key: string; byOwner: boolean },
): Promise<boolean> {
  return reserveMail(platform, {
    to,
    key,
    kind: "reset_password",
    hourly: byOwner ? MAILS_AN_HOUR_IN_ALL : MAILS_AN_HOUR.reset_password,
    secondsBetween: SECONDS_BETWEEN,
  });
}

/** Every mail goes through here; one over the limit is not sent. `about` distinguishes notices. */
export async function sendCounted(
  platform: Platform,
  { about, ...message }: { to: string; locale: Locale; mail: Mail; key: string; about?: string },
): Promise<void> {
  const { to, key, mail } = message;
  const kind = about ?? mail.type;
  const secondsBetween = COUNTED_AT_THE_ROUTE.has(mail.type) ? 0 : SECONDS_BETWEEN;
  // A reset was counted before its link was created, under the same key.
  if (await reserveMail(platform, { to, kind, key, hourly: MAILS_AN_HOUR[mail.type], secondsBetween }))
    await platform.sendMail(message);
}
