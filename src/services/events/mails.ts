/**
 * The mails of the queue's consumer, one function a mail: to whom it goes, which link it stores, and what it says. The
 * same key makes the same token and the same mail, by which the sender recognises it.
 */
import { sql, type SQL } from "drizzle-orm";
import { hashToken } from "../../crypto/one-time-token.ts";
import type { Locale } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import type { Mail } from "../../platform/mail-texts.ts";
import { pageUrl, prepareLink, type storeToken, type TokenPurpose } from "../accounts/one-time-tokens.ts";
import { describeDevice } from "../login/device-name.ts";
import { isKnown } from "../login/known-devices.ts";
import { loginCodeOf } from "../login/login-code.ts";
import { RISK_NAMES, type Risk } from "../login/risk.ts";
import type { Job, NoticeJob } from "./job.ts";
import { hourlyResets, MAILS_AN_HOUR } from "./mail-cap.ts";
import { ACTION_LABELS, NOTICES, type NoticeText } from "./notice-texts.ts";

type JobOf<Type extends Job["type"]> = Extract<Job, { type: Type }>;

export interface Recipient extends Record<string, unknown> {
  email: string;
  prenom: string;
  locale: Locale;
  isVerified: boolean;
  /** As which it is counted: the type of the mail or, for a notice, its subject. */
  kind: string;
}

/** A mail that may follow from a message. */
export interface MailDraft {
  key: string;
  type: Mail["type"];
  /** The account that is locked meanwhile. */
  account: { userId: number } | { email: string };
  /** Selects `recipientOf(…)`, or nothing if no mail follows. */
  recipient: SQL;
  /** Stored for recipients that are `linked`; one whose link is used up gets no mail. */
  token?: Parameters<typeof storeToken>[0];
  write: (recipient: Recipient) => Mail;
}

const LIVE = sql.raw(`u.is_active and u.deleted_at is null`);

/** The columns of a draft's recipient, the account `u`. */
function recipientOf({
  kind,
  hourly,
  email = sql`u.email`,
  linked = sql`true`,
}: {
  kind: string | SQL;
  hourly: number | SQL;
  email?: SQL;
  linked?: SQL;
}): SQL {
  return sql`u.id, ${email} as email, u.prenom, u.locale, u.is_verified, ${kind}::text as kind, ${hourly}::int as hourly,
    ${linked} as linked`;
}

/**
 * At most one link per minute is mailed for an account, however many are requested; a repeated message sends its link
 * again.
 */
function noneLately(purpose: TokenPurpose, tokenHash: string): SQL {
  return sql`not exists (
    select from one_time_tokens t
    where t.user_id = u.id and t.purpose = ${purpose} and t.token <> ${tokenHash} and t.created_at > now() - interval '1 minute')`;
}

/** A link that is not mailed must not replace one that is: it is stored only if its mail may be sent. */
export async function draftResetLink(
  platform: Platform,
  job: { email: string; device?: { userId: number; hash: string } } | { userId: number },
  key: string,
): Promise<MailDraft> {
  const type = "reset_password";
  const { link, ...token } = await prepareLink(platform, type, key);
  const byOwner = "email" in job && job.device ? isKnown(job.device, sql`u.id`) : sql`${"userId" in job}::boolean`;
  const owner = "email" in job ? sql`u.email = ${job.email}` : sql`u.id = ${job.userId}`;
  return {
    key,
    type,
    account: job,
    recipient: sql`
      select ${recipientOf({ kind: type, hourly: hourlyResets(byOwner) })} from users u
      where ${LIVE} and ${owner} and ${noneLately(type, token.tokenHash)}`,
    token: { purpose: type, ...token },
    write: ({ isVerified, prenom }) => ({ type, link, name: isVerified ? prenom : undefined }),
  };
}

export async function draftVerification(
  platform: Platform,
  { email, registering }: Omit<JobOf<"verification">, "type">,
  key: string,
): Promise<MailDraft> {
  const type = "verify_email";
  const { link, ...token } = await prepareLink(platform, type, key);
  const kind = sql`case when u.is_verified then 'address_taken' else ${type} end`;
  return {
    key,
    type,
    account: { email },
    recipient: sql`
      select ${recipientOf({ kind, hourly: MAILS_AN_HOUR[type], linked: sql`not u.is_verified` })} from users u
      where ${LIVE} and u.email = ${email}
        and case when u.is_verified then ${registering}::boolean else ${noneLately(type, token.tokenHash)} end`,
    // A link only proves the mailbox that it was sent to.
    token: { purpose: type, ...token, payload: { email } },
    write: (recipient) =>
      recipient.kind === type ? { type, link } : { type: "address_taken", link: frontEnd(platform) },
  };
}

/** The token was stored with the request; it is read by its hash, so a cancelled change mails nothing. */
export async function draftEmailChangeLink(
  platform: Platform,
  { userId }: { userId: number },
  key: string,
): Promise<MailDraft> {
  const type = "confirm_email_change";
  const { link, tokenHash } = await prepareLink(platform, "change_email", key);
  const email = sql`(t.payload ->> 'email')`;
  const taken = sql`exists (select from users o where o.email = t.payload ->> 'email' and o.deleted_at is null)`;
  const kind = sql`case when ${taken} then 'address_taken' else ${type} end`;
  return {
    key,
    type,
    account: { userId },
    recipient: sql`
      select ${recipientOf({ kind, hourly: MAILS_AN_HOUR[type], email })}
      from one_time_tokens t join users u on u.id = t.user_id
      where t.token = ${tokenHash} and t.user_id = ${userId} and t.used_at is null and t.expires_at > now() and ${LIVE}`,
    write: (recipient) =>
      recipient.kind === type ? { type, link } : { type: "address_taken", link: frontEnd(platform) },
  };
}

export async function draftInvitation(
  platform: Platform,
  { userId }: { userId: number },
  key: string,
): Promise<MailDraft> {
  const type = "invitation";
  const { link, ...token } = await prepareLink(platform, "invite", key);
  return {
    key,
    type,
    account: { userId },
    recipient: sql`
      select ${recipientOf({ kind: type, hourly: MAILS_AN_HOUR[type] })} from users u where ${LIVE} and u.id = ${userId}`,
    token: { purpose: "invite", ...token },
    write: () => ({ type, link }),
  };
}

/** Nothing once the code has expired. */
export function draftCode({ userId, code, expiresAt }: JobOf<"mail_code">, key: string): MailDraft[] {
  const type = "email_code";
  if (new Date(expiresAt) <= new Date()) return [];
  const recipient = sql`
    select ${recipientOf({ kind: type, hourly: MAILS_AN_HOUR[type] })} from users u where ${LIVE} and u.id = ${userId}`;
  return [{ key, type, account: { userId }, recipient, write: () => ({ type, code }) }];
}

/** The code and its link say the same; both are good only in the browser that asked. Nothing once they have expired. */
export async function draftLoginCode(
  platform: Platform,
  { email, device, expiresAt }: JobOf<"login_code">,
  key: string,
): Promise<MailDraft[]> {
  const type = "login_code";
  const ttlSeconds = Math.floor((Date.parse(expiresAt) - Date.now()) / 1000);
  if (ttlSeconds <= 0) return [];
  const code = await loginCodeOf(platform, key);
  const page = hasSignInPage(platform) ? pageUrl(platform, `/email-code#code=${code}`) : undefined;
  const byOwner = device ? isKnown(device, sql`u.id`) : sql`false`;
  return [
    {
      key,
      type,
      account: { email },
      recipient: sql`
        select ${recipientOf({ kind: type, hourly: hourlyResets(byOwner) })} from users u where ${LIVE} and u.email = ${email}`,
      token: { purpose: type, tokenHash: await hashToken(key), ttlSeconds, payload: { email } },
      write: () => ({ type, code, link: page }),
    },
  ];
}

/** Deleted and disabled accounts are told too: that is when it matters most. */
export async function draftNotice(platform: Platform, job: NoticeJob, key: string): Promise<MailDraft> {
  const type = "notice";
  const { userId, notice, client, action } = job;
  const prepared = action && (await prepareLink(platform, action.purpose, key));
  const { title, content, advice }: NoticeText = NOTICES[notice];
  const email = job.to === undefined ? sql`u.email` : sql`${job.to}::text`;
  return {
    key,
    type,
    account: { userId },
    recipient: sql`
      select ${recipientOf({ kind: notice, hourly: MAILS_AN_HOUR[type], email })} from users u where u.id = ${userId}`,
    ...(prepared && action && { token: { ...prepared, ...action } }),
    write: ({ locale, prenom, isVerified }) => ({
      type,
      name: isVerified ? prenom : undefined,
      title: title[locale],
      content: content[locale],
      happenedAt: new Date(job.happenedAt),
      device: client ? describeDevice(client.userAgent) : null,
      place: [client?.city, client?.country].filter(Boolean).join(", ") || null,
      ipAddress: client?.ipAddress ?? null,
      unusual: unusual(job.data["reasons"], locale),
      advice: advice?.[locale],
      action: prepared && action && { link: prepared.link, label: ACTION_LABELS[action.purpose][locale] },
    }),
  };
}

/** The page belongs to the sign-in, which this service may not show. */
function hasSignInPage({ config }: Platform): boolean {
  return config.APP_URL !== "" || config.PAGES;
}

/** `reasons` as the login has them. */
function unusual(reasons: string | number | null | undefined, locale: Locale): string | null {
  if (typeof reasons !== "string") return null;
  return reasons
    .split(",")
    .flatMap((risk) => RISK_NAMES[risk as Risk]?.[locale] ?? [])
    .join(", ");
}

/** This service has pages for links, but none that a mail could send its reader to. */
function frontEnd({ config }: Platform): string | undefined {
  return config.APP_URL || undefined;
}
