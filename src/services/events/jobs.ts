/**
 * What the queue's consumer does: one trip reads the account and stores the hash of the link's token, then the mail
 * leaves. A message seen twice makes the same token and the same mail, which the sender then knows by its key.
 */
import { sql, type SQL } from "drizzle-orm";
import type { Locale } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import type { JobMessage } from "../../platform/jobs.ts";
import { asAccount } from "../access/actor.ts";
import { deliverRange } from "./broadcast-ranges.ts";
import { deliverBroadcast } from "./broadcasts.ts";
import { ACTION_LABELS, NOTICES, type NoticeText } from "./catalogue.ts";
import type { Job, NoticeJob } from "./job.ts";
import { describeDevice } from "../login/device-name.ts";
import { isKnown } from "../login/known-devices.ts";
import { reserveReset, sendCounted } from "./mail-cap.ts";
import { deliverNotices } from "./notices.ts";
import { goOnRemoving } from "../accounts/retention.ts";
import { prepareLink, storeToken, type TokenPurpose } from "../accounts/one-time-tokens.ts";

type JobOf<Type extends Job["type"]> = Extract<Job, { type: Type }>;

interface Recipient extends Record<string, unknown> {
  email: string;
  prenom: string;
  locale: Locale;
  isVerified: boolean;
}

const RECIPIENT = sql.raw(`a.email, a.prenom, a.locale, a.is_verified as "isVerified"`);
const LIVE = sql.raw(`u.is_active and u.deleted_at is null`);

/** Throws when the work is to be tried again. */
export async function runJob(platform: Platform, { id, job }: JobMessage<Job>): Promise<void> {
  switch (job.type) {
    case "notice":
      return sendNotice(platform, job, id);
    case "forgot_password":
      return sendResetLink(platform, job, id);
    case "verification":
      return sendVerification(platform, job, id);
    case "email_change":
      return sendEmailChangeLink(platform, job, id);
    case "invitation":
      return sendInvitation(platform, job, id);
    case "mail_code":
      return sendCode(platform, job, id);
    case "notices":
      return deliverNotices(platform, job, id);
    case "retention":
      return goOnRemoving(platform, job.rule);
    case "broadcast":
      return deliverBroadcast(platform, job);
    case "broadcast_range":
      return deliverRange(platform, job);
    case "revocation_mark":
      return platform.revocations.write(job.mark);
    default:
      // A message of a newer or older release: kept for an operator rather than lost.
      throw new Error(`unknown job ${(job as Job).type}`);
  }
}

/** What failed for good is kept where an operator sees it, without the code that it may hold. */
export async function keepDeadJob(platform: Platform, { id, job }: JobMessage<Job>): Promise<void> {
  const kept = job.type === "mail_code" ? { ...job, code: null } : job;
  await platform.db.execute(sql`
    insert into dead_jobs (message_id, type, job) values (${id}, ${job.type}, ${JSON.stringify(kept)}::jsonb)
    on conflict (message_id) do nothing`);
  platform.log("job_dead", { id, type: job.type });
}

/** At most one link a minute is mailed for an account, however many are asked for; the same message may come again. */
function noneLately(purpose: TokenPurpose, tokenHash: string): SQL {
  return sql`not exists (
    select from one_time_tokens t
    where t.user_id = u.id and t.purpose = ${purpose} and t.token <> ${tokenHash} and t.created_at > now() - interval '1 minute')`;
}

/** One trip. Of messages that run side by side the next one sees the link that the one before stored. */
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

/** Stores the token for the account that `owner` and `condition` select, and answers who gets the link. */
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

async function sendResetLink(platform: Platform, job: JobOf<"forgot_password">, key: string): Promise<void> {
  const purpose = "reset_password";
  const { link, ...token } = await prepareLink(platform, purpose, key);
  const owner = "email" in job ? sql`u.email = ${job.email}` : sql`u.id = ${job.userId}`;
  const device = "email" in job && job.device ? isKnown(job.device, sql`u.id`) : sql`${"userId" in job}::boolean`;
  const { rows } = await platform.db.execute<{ to: string; byOwner: boolean }>(
    sql`select u.email as to, ${device} as "byOwner" from users u where ${LIVE} and ${owner}`,
  );
  const [asked] = rows;
  if (!asked || !(await reserveReset(platform, { ...asked, key }))) return;
  const who = { owner, condition: noneLately(purpose, token.tokenHash) };
  const account = await storeLink(platform, { purpose, ...token }, who);
  if (!account) return;
  const name = account.isVerified ? account.prenom : undefined;
  await sendCounted(platform, { to: account.email, locale: account.locale, mail: { type: purpose, link, name }, key });
}

async function sendVerification(
  platform: Platform,
  { email, registering }: JobOf<"verification">,
  key: string,
): Promise<void> {
  const purpose = "verify_email";
  const { link, ...token } = await prepareLink(platform, purpose, key);
  // A link proves the mailbox that it was sent to, and no other.
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

/** The token was stored with the request; it is read back by its hash, so a change that was cancelled mails nothing. */
async function sendEmailChangeLink(platform: Platform, { userId }: JobOf<"email_change">, key: string): Promise<void> {
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

async function sendInvitation(platform: Platform, { userId }: JobOf<"invitation">, key: string): Promise<void> {
  const purpose = "invite";
  const { link, ...token } = await prepareLink(platform, purpose, key);
  const account = await storeLink(platform, { purpose, ...token }, { owner: sql`u.id = ${userId}` });
  if (!account) return;
  await sendCounted(platform, { to: account.email, locale: account.locale, mail: { type: "invitation", link }, key });
}

async function sendCode(platform: Platform, job: JobOf<"mail_code">, key: string): Promise<void> {
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
async function sendNotice(platform: Platform, job: NoticeJob, key: string): Promise<void> {
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
      device: describeDevice(client.userAgent),
      place: [client.city, client.country].filter(Boolean).join(", ") || null,
      ipAddress: client.ipAddress,
      advice: advice?.[locale],
      action: prepared && action && { link: prepared.link, label: ACTION_LABELS[action.purpose][locale] },
    },
  });
}

/** This service has pages for links, and no page of its own to send somebody to. */
function frontEnd({ config }: Platform): string | undefined {
  return config.APP_URL || undefined;
}
