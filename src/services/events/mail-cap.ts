/**
 * Limits how many mails an address gets, whoever causes them and on any route: counted exactly, in the one place that
 * sends mail. A capped notice still appears in the application; for anything else, only the mail is omitted.
 */
import { sql, type SQL } from "drizzle-orm";
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
  hourly: number | SQL;
  secondsBetween: number;
}

/** What counts mails to an address: its keyed hash, and the statement that makes them take turns. */
export async function mailTurns(platform: Platform, to: string): Promise<{ address: string; turn: SQL }> {
  const address = await platform.secrets.keyedHash("throttle-key", `mails:${to}`);
  return { address, turn: sql`select pg_advisory_xact_lock(hashtext('mail_counts'), hashtext(${address}))` };
}

/** CTE bodies: `counted` has a row where the mail may be sent and was not counted before; `allowed` says that it may be. */
export function countMail(
  { config }: Platform,
  { kind, key, hourly, secondsBetween }: Omit<CountedMail, "to">,
  address: string,
  gate: SQL = sql`true`,
): { counted: SQL; allowed: SQL } {
  const scale = config.RATE_LIMIT_SCALE;
  const lately = sql`from mail_counts c where c.address = ${address} and c.created_at > now() - interval '1 hour'`;
  const room = sql`greatest(1, floor((${hourly})::int * ${scale}::float8))`;
  return {
    counted: sql`
      insert into mail_counts (key, address, kind) select ${key}, ${address}, ${kind}
      where ${gate} and (select count(*) ${lately}) < ${room} and not exists (
        select ${lately} and c.kind = ${kind}
          and c.created_at > now() - make_interval(secs => ${secondsBetween / scale}::float8))
      on conflict (key) do nothing
      returning id`,
    allowed: sql`(exists (select from counted) or exists (select from mail_counts where key = ${key}))`,
  };
}

/** Whether the mail may be sent. One trip; the lock makes mails to one address take turns. */
async function reserveMail(platform: Platform, mail: CountedMail): Promise<boolean> {
  const { db } = platform;
  const { address, turn } = await mailTurns(platform, mail.to);
  const { counted, allowed } = countMail(platform, mail, address);
  const { outcome } = await db.batch(
    { outcome: db.execute<{ allowed: boolean }>(sql`with counted as (${counted}) select ${allowed} as allowed`) },
    [db.execute(turn)],
  );
  const isAllowed = outcome.rows[0]!.allowed;
  if (!isAllowed) leftOut(platform, mail);
  return isAllowed;
}

export function leftOut(platform: Platform, { key, kind }: { key: string; kind: string }): void {
  platform.log("mail_left_out", { id: key, kind });
}

/**
 * The mail of a reset is counted in the statement that stores its link: a link that is not mailed must not replace one
 * that is. `byOwner` and `gate`, without which nothing is counted, are conditions.
 */
export function countReset(
  platform: Platform,
  { key, byOwner, gate }: { key: string; byOwner: SQL; gate: SQL },
  address: string,
): { counted: SQL; allowed: SQL } {
  const hourly = sql`case when ${byOwner} then ${MAILS_AN_HOUR_IN_ALL}::int else ${MAILS_AN_HOUR.reset_password}::int end`;
  return countMail(platform, { kind: "reset_password", key, hourly, secondsBetween: SECONDS_BETWEEN }, address, gate);
}

/** Every mail goes through here; one over the limit is not sent. `about` distinguishes notices. */
export async function sendCounted(
  platform: Platform,
  { about, ...message }: { to: string; locale: Locale; mail: Mail; key: string; about?: string },
): Promise<void> {
  const { to, key, mail } = message;
  const kind = about ?? mail.type;
  const secondsBetween = COUNTED_AT_THE_ROUTE.has(mail.type) ? 0 : SECONDS_BETWEEN;
  if (await reserveMail(platform, { to, kind, key, hourly: MAILS_AN_HOUR[mail.type], secondsBetween }))
    await platform.sendMail(message);
}

/** A reset, whose mail was counted with its link (`countReset`). */
export function sendReset(platform: Platform, message: Parameters<Platform["sendMail"]>[0]): Promise<void> {
  return platform.sendMail(message);
}
