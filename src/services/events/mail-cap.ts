/**
 * Limits how many mails an address gets, whoever causes them and on any route: counted exactly, in the statement that
 * prepares the mail. A capped notice still appears in the application; for anything else, only the mail is omitted.
 */
import { sql, type SQL } from "drizzle-orm";
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
  login_code: 5,
  verify_email: 5,
  address_taken: 5,
  confirm_email_change: 5,
  notice: 8,
  // Only somebody who knows the password, or an administrator.
  email_code: 9,
  invitation: 9,
} as const satisfies Record<Mail["type"], number>;

/** A reset or a code that a known device of the account requests, or a reset that follows "this was not me". */
export const MAILS_AN_HOUR_IN_ALL = 10;

/** Mails that may come more than once a minute: the route has counted these, and refuses openly. */
const COUNTED_AT_THE_ROUTE: ReadonlySet<Mail["type"]> = new Set(["email_code"]);

/** Expression, for the mails of a reset or of a code that signs in: `byOwner` is a condition. */
export function hourlyResets(byOwner: SQL): SQL {
  return sql`case when ${byOwner} then ${MAILS_AN_HOUR_IN_ALL}::int else ${MAILS_AN_HOUR.reset_password}::int end`;
}

/**
 * Under which an address is counted: only the database knows the address by then, so it makes the hash, with a key that
 * serves for nothing else. A copy of the table reveals no address.
 */
export type AddressHash = (address: SQL) => SQL;

export async function addressHash({ secrets }: Platform): Promise<AddressHash> {
  const key = await secrets.keyedHash("throttle-key", "mail_counts");
  return (address) => sql`encode(sha256(convert_to(${key}::text || ${address}, 'UTF8')), 'hex')`;
}

/** Statement, before those that count: mails to one of these addresses (`addresses` selects an `email`) take turns. */
export function takeTurns(addresses: SQL): SQL {
  return sql`
    select pg_advisory_xact_lock(hashtext('mail_counts'), address)
    from (select distinct hashtext(email) as address from (${addresses}) recipients order by 1) addresses`;
}

interface CountedMail {
  /** Of the queue message: a repeated message is a mail already counted. */
  key: string;
  type: Mail["type"];
}

/**
 * CTE bodies for the one row of the CTE `recipient` (`email`, `kind`, `hourly`): `counted` has a row where the mail may
 * be sent and was not counted before; `allowed` is the recipient if it may be sent.
 */
export function countMail(
  { config }: Platform,
  { key, type }: CountedMail,
  hashOf: AddressHash,
): { counted: SQL; allowed: SQL } {
  const scale = config.RATE_LIMIT_SCALE;
  const seconds = COUNTED_AT_THE_ROUTE.has(type) ? 0 : SECONDS_BETWEEN / scale;
  const address = hashOf(sql`r.email`);
  const lately = sql`from mail_counts c where c.address = ${address} and c.created_at > now() - interval '1 hour'`;
  return {
    counted: sql`
      insert into mail_counts (key, address, kind) select ${key}, ${address}, r.kind from recipient r
      where (select count(*) ${lately}) < greatest(1, floor(r.hourly * ${scale}::float8)) and not exists (
        select ${lately} and c.kind = r.kind and c.created_at > now() - make_interval(secs => ${seconds}::float8))
      on conflict (key) do nothing
      returning id`,
    allowed: sql`
      select r.* from recipient r
      where exists (select from counted) or exists (select from mail_counts where key = ${key})`,
  };
}
