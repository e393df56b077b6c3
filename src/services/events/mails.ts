/**
 * The mails of the queue's consumer: one trip reads the account and stores the hash of the link's token, then the mail
 * is sent. The same key makes the same token and the same mail, by which the sender recognises it.
 */
import { sql, type SQL } from "drizzle-orm";
import type { Locale } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { asAccount } from "../access/actor.ts";
import { prepareLink, storeToken, type TokenPurpose } from "../accounts/one-time-tokens.ts";
import { describeDevice } from "../login/device-name.ts";
import { isKnown } from "../login/known-devices.ts";
import type { Job, NoticeJob } from "./job.ts";
import { countReset, leftOut, mailTurns, sendCounted, sendReset } from "./mail-cap.ts";
import { ACTION_LABELS, NOTICES, type NoticeText } from "./notice-texts.ts";

type JobOf<Type extends Job["type"]> = Extract<Job, { type: Type }>;

interface Recipient extends Record<string, unknown> {
  email: string;
  prenom: string;
  locale: Locale;
  isVerified: boolean;
}

const RECIPIENT = sql.raw(`a.email, a.prenom, a.locale, a.is_verified as "isVerified"`);
const LIVE = sql.raw(`u.is_active and u.deleted_at is null`);

/**
 * At most one link per minute is mailed for an account, however many are requested; a repeated message sends its link
 * again.
 */
function noneLately(purpose: TokenPurpose, tokenHash: string): SQL {
  return sql`not exists (
    select from one_time_tokens t
    where t.user_id = u.id and t.purpose = ${purpose} and t.token <> ${tokenHash} and t.created_at > now() - interval '1 minute')`;
}

/** One trip. Of parallel messages each sees the link that the one before stored. */
async function runLocked<Row extends Record<string, unknown>>(
  platform: Platform,
  owner: SQL,
  statement: SQL,
): Promise<Row | undefined> {
  const { found } = await asAccount(platform, sql`${LIVE} and ${owner}`, {
    found: platform.db.execute<Row>(statement),
  });
  return found.rows[0];
}

/** Stores the token for the account that `owner` and `condition` select, and returns the recipient. */
function storeLink(
  platform: Platform,
  token: Parameters<typeof storeToken>[0],
  { owner, condition = sql`true` }: { owner: SQL; condition?: SQL },
): Promise<Recipient | undefined> {
  return runLocked<Recipient>(
    platform,
    owner,
    sql`
    with account as (select * from users u where ${LIVE} and ${owner} and ${condition}),
    stored as (${storeToken(token, sql`account`)})
    select ${RECIPIENT} from account a join stored on stored.user_id = a.id`,
  );
}

/** One trip where the address is known, else two: the mail is counted in the statement that stores its link. */
export async function sendResetLink(
  platform: Platform,
  job: { email: string; device?: { userId: number; hash: string } } | { userId: number },
  key: string,
): Promise<void> {
  const { db } = platform;
  const purpose = "reset_password";
  const { link, ...token } = await prepareLink(platform, purpose, key);
  const to = "email" in job ? job.email : await addressOf(platform, job.userId);
  if (to === undefined) return;
  const owner = sql`u.email = ${to}`;
  const known = "email" in job && job.device ? isKnown(job.device, sql`u.id`) : sql`${"userId" in job}::boolean`;
  const { address, turn } = await mailTurns(platform, to);
  const byOwner = sql`(select by_owner from account)`;
  const gate = sql`exists (select from wanted)`;
  const { counted, allowed } = countReset(platform, { key, byOwner, gate }, address);
  const { found } = await asAccount(platform, sql`${LIVE} and ${owner}`, {
    turn: db.execute(turn),
    found: db.execute<Recipient & { allowed: boolean; stored: boolean }>(sql`
      with account as (select u.*, ${known} as by_owner from users u where ${LIVE} and ${owner}),
      wanted as (select u.id from account u where ${noneLately(purpose, token.tokenHash)}),
      counted as (${counted}),
      stored as (${storeToken({ purpose, ...token }, sql`(select wanted.id from wanted where ${allowed})`)})
      select ${RECIPIENT}, ${allowed} as allowed, exists (select from stored) as stored from account a`),
  });
  const [account] = found.rows;
  if (account && !account.allowed) return leftOut(platform, { key, kind: purpose });
  if (!account?.stored) return;
  const name = account.isVerified ? account.prenom : undefined;
  await sendReset(platform, { to, locale: account.locale, mail: { type: purpose, link, name }, key });
}

async function addressOf({ db }: Platform, userId: number): Promise<string | undefined> {
  const { rows } = await db.execute<{ email: string }>(
    sql`select u.email from users u where ${LIVE} and u.id = ${userId}`,
  );
  return rows[0]?.email;
}

export async function sendVerification(
  platform: Platform,
  { email, registering }: Omit<JobOf<"verification">, "type">,
  key: string,
): Promise<void> {
  const purpose = "verify_email";
  const { link, ...token } = await prepareLink(platform, purpose, key);
  // A link only proves the mailbox that it was sent to.
  const stored = storeToken({ purpose, ...token, payload: { email } }, sql`unproven`);
  const account = await runLocked<Recipient & { stored: boolean }>(
    platform,
    sql`u.email = ${email}`,
    sql`
    with account as (select * from users u where ${LIVE} and u.email = ${email}),
    unproven as (select u.id from account u where not u.is_verified and ${noneLately(purpose, token.tokenHash)}),
    stored as (${stored})
    select ${RECIPIENT}, exists (select from stored) as stored from account a`,
  );
  if (!account) return;
  const { locale } = account;
  if (account.stored) return sendCounted(platform, { to: email, locale, mail: { type: purpose, link }, key });
  if (registering && account.isVerified) {
    await sendCounted(platform, { to: email, locale, mail: { type: "address_taken", link: frontEnd(platform) }, key });
  }
}

/** The token was stored with the request; it is read by its hash, so a cancelled change mails nothing. */
export async function sendEmailChangeLink(
  platform: Platform,
  { userId }: { userId: number },
  key: string,
): Promise<void> {
  const { link, tokenHash } = await prepareLink(platform, "change_email", key);
  const { rows } = await platform.db.execute<{ email: string; locale: Locale; taken: boolean }>(sql`
    select t.payload ->> 'email' as email, u.locale,
      exists (select from users o where o.email = t.payload ->> 'email' and o.deleted_at is null) as taken
    from one_time_tokens t join users u on u.id = t.user_id
    where t.token = ${tokenHash} and t.user_id = ${userId} and t.used_at is null and t.expires_at > now() and ${LIVE}`);
  const [change] = rows;
  if (!change) return;
  const mail = change.taken
    ? ({ type: "address_taken", link: frontEnd(platform) } as const)
    : ({ type: "confirm_email_change", link } as const);
  await sendCounted(platform, { to: change.email, locale: change.locale, mail, key });
}

export async function sendInvitation(platform: Platform, { userId }: { userId: number }, key: string): Promise<void> {
  const purpose = "invite";
  const { link, ...token } = await prepareLink(platform, purpose, key);
  const account = await storeLink(platform, { purpose, ...token }, { owner: sql`u.id = ${userId}` });
  if (!account) return;
  await sendCounted(platform, { to: account.email, locale: account.locale, mail: { type: "invitation", link }, key });
}

export async function sendCode(platform: Platform, job: JobOf<"mail_code">, key: string): Promise<void> {
  if (new Date(job.expiresAt) <= new Date()) return;
  const { rows } = await platform.db.execute<Recipient>(
    sql`select ${RECIPIENT} from users a where a.id = ${job.userId} and a.is_active and a.deleted_at is null`,
  );
  const [account] = rows;
  if (!account) return;
  await sendCounted(platform, {
    to: account.email,
    locale: account.locale,
    mail: { type: "email_code", code: job.code },
    key,
  });
}

/** Deleted and disabled accounts are told too: that is when it matters most. */
export async function sendNotice(platform: Platform, job: NoticeJob, key: string): Promise<void> {
  const { client, action } = job;
  const recipient = sql`select ${RECIPIENT} from users a where a.id = ${job.userId}`;
  const prepared = action && (await prepareLink(platform, action.purpose, key));
  const account =
    action && prepared
      ? await runLocked<Recipient>(
          platform,
          sql`u.id = ${job.userId}`,
          sql`with owner as (select id from users where id = ${job.userId}),
            stored as (${storeToken({ ...prepared, ...action }, sql`owner`)})
            ${recipient}`,
        )
      : (await platform.db.execute<Recipient>(recipient)).rows[0];
  if (!account) return;
  const { locale } = account;
  const { title, content, advice }: NoticeText = NOTICES[job.notice];
  await sendCounted(platform, {
    to: job.to ?? account.email,
    locale,
    key,
    about: job.notice,
    mail: {
      type: "notice",
      name: account.isVerified ? account.prenom : undefined,
      title: title[locale],
      content: content[locale],
      happenedAt: new Date(job.happenedAt),
      device: client ? describeDevice(client.userAgent) : null,
      place: [client?.city, client?.country].filter(Boolean).join(", ") || null,
      ipAddress: client?.ipAddress ?? null,
      advice: advice?.[locale],
      action: prepared && action && { link: prepared.link, label: ACTION_LABELS[action.purpose][locale] },
    },
  });
}

/** This service has pages for links, but none that a mail could send its reader to. */
function frontEnd({ config }: Platform): string | undefined {
  return config.APP_URL || undefined;
}
