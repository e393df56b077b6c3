/**
 * The mails of one batch of messages, in two trips however many they are: the first locks, reads, counts, and stores the
 * links of all of them; the second, after the sending, notes which were sent. Every mail goes through here.
 */
import { sql, type SQL } from "drizzle-orm";
import { databaseFailure, type Statement } from "../../db/client.ts";
import type { Platform } from "../../platform/index.ts";
import { lockAccounts, runAct } from "../access/actor.ts";
import { storeToken } from "../accounts/one-time-tokens.ts";
import { addressHash, countMail, takeTurns, type AddressHash } from "./mail-cap.ts";
import type { MailDraft, Recipient } from "./mails.ts";

/** A consumer that claimed a mail this long ago without marking it as sent has died. */
const CLAIM_SECONDS = 60;

interface Answer extends Recipient {
  allowed: boolean;
  /** Its link, if it has one, can be used. */
  isReady: boolean;
  claim: "here" | "elsewhere" | "sent";
}

export interface MailRound {
  /** Sends the mails of the message at this place of the batch. @throws Error if it must be retried. */
  send(at: number): Promise<void>;
  /** Statements that note what was sent and what was not, by name; none if there is nothing to note. */
  notes(): Record<string, Statement>;
}

/** @param messages the drafts of each message; one that can't be drafted fails alone. */
export function openMailRound(platform: Platform, messages: readonly Promise<MailDraft[]>[]): MailRound {
  const sent: string[] = [];
  const refused: string[] = [];
  const prepared = prepareAll(platform, messages);
  // Whoever sends hears of the failure; a round whose messages all failed before has nobody.
  prepared.catch(() => {});

  async function sendOne(draft: MailDraft, answer: Answer | undefined): Promise<void> {
    if (!answer) return;
    if (!answer.allowed) return platform.log("mail_left_out", { id: draft.key, kind: answer.kind });
    if (!answer.isReady || answer.claim === "sent") return;
    if (answer.claim === "elsewhere") throw new MailInProgress();
    const { email: to, locale } = answer;
    try {
      await platform.sendMail({ to, locale, mail: draft.write(answer), key: draft.key });
      sent.push(draft.key);
    } catch (error) {
      refused.push(draft.key);
      throw error;
    }
  }

  return {
    async send(at) {
      const drafts = await messages[at]!;
      if (drafts.length === 0) return;
      const answers = await (await prepared)(at);
      for (const draft of drafts) await sendOne(draft, answers.get(draft));
    },
    notes: () => (platform.sendsMailsOnce ? {} : noteSent(platform, { sent, refused })),
  };
}

class MailInProgress extends Error {
  override name = "MailInProgress";
}

type Answers = Map<MailDraft, Answer | undefined>;

/** One trip. What PostgreSQL refuses must not hold up the others: then each message has a trip of its own. */
async function prepareAll(
  platform: Platform,
  messages: readonly Promise<MailDraft[]>[],
): Promise<(at: number) => Promise<Answers>> {
  const drafted = (await Promise.allSettled(messages)).map((each) => (each.status === "fulfilled" ? each.value : []));
  try {
    const answers = await prepare(platform, drafted.flat());
    return async () => answers;
  } catch (error) {
    if (!databaseFailure(error)?.sqlState) throw error;
    return (at) => prepare(platform, drafted[at]!);
  }
}

async function prepare(platform: Platform, drafts: MailDraft[]): Promise<Answers> {
  if (drafts.length === 0) return new Map();
  const { db } = platform;
  const hashOf = await addressHash(platform);
  const recipients = drafts.map(({ recipient }) => sql`select email from (${recipient}) r`);
  const statements: Record<string, Statement<Answer>> = Object.fromEntries(
    drafts.map((draft, at) => [`mail${at}`, db.execute<Answer>(answerTo(platform, draft, hashOf))]),
  );
  const answers = await runAct(platform, statements, [
    db.execute(lockAccounts(accountsOf(drafts))),
    db.execute(takeTurns(sql.join(recipients, sql` union all `))),
  ]);
  return new Map(drafts.map((draft, at) => [draft, answers[`mail${at}`]!.rows[0]]));
}

/** Condition on `users u`. */
function accountsOf(drafts: MailDraft[]): SQL {
  const ids = drafts.flatMap(({ account }) => ("userId" in account ? [account.userId] : []));
  const emails = drafts.flatMap(({ account }) => ("email" in account ? [account.email] : []));
  return sql`u.id = any(${sql.param(ids)}::int[]) or (u.email = any(${sql.param(emails)}::text[]) and u.deleted_at is null)`;
}

/** Statement: the mail is counted, and its link stored, if it may be sent. */
function answerTo(platform: Platform, { key, type, recipient, token }: MailDraft, hashOf: AddressHash): SQL {
  const { counted, allowed } = countMail(platform, { key, type }, hashOf);
  const stored = token
    ? storeToken(token, sql`(select id from allowed where linked)`)
    : sql`select id from allowed where linked`;
  const ready = sql`(exists (select from stored) or exists (select from allowed where not linked))`;
  const { claimed, claim } = claimMail(platform, key, ready);
  return sql`
    with recipient as (${recipient}), counted as (${counted}), allowed as (${allowed}), stored as (${stored}),
    claimed as (${claimed})
    select r.email, r.prenom, r.locale, r.is_verified as "isVerified", r.kind,
      exists (select from allowed) as allowed, ${ready} as "isReady", ${claim} as claim
    from recipient r`;
}

/**
 * CTE body and expression: a provider without idempotency keys must not get a mail twice, so one consumer claims it
 * before the sending. If that one dies before it has noted the mail as sent, the claim expires and the mail is sent
 * again: one mail too many is better than none.
 */
function claimMail({ sendsMailsOnce }: Platform, key: string, condition: SQL): { claimed: SQL; claim: SQL } {
  if (sendsMailsOnce) return { claimed: sql`select where ${condition}`, claim: sql`'here'` };
  return {
    claimed: sql`
      insert into sent_mails as m (key) select ${key} where ${condition}
      on conflict (key) do update set claimed_at = now(), updated_at = now()
      where m.sent_at is null and m.claimed_at < now() - make_interval(secs => ${CLAIM_SECONDS}::int)
      returning id`,
    claim: sql`
      case when exists (select from claimed) then 'here'
        when exists (select from sent_mails where key = ${key} and sent_at is not null) then 'sent'
        else 'elsewhere' end`,
  };
}

/** A refused mail's claim ends, so that the retry need not wait for it. */
function noteSent({ db }: Platform, { sent, refused }: { sent: string[]; refused: string[] }) {
  const are = (keys: string[]) => sql`key = any(${sql.param(keys)}::text[])`;
  return {
    ...(sent.length > 0 && {
      sent: db.execute(sql`update sent_mails set sent_at = now(), updated_at = now() where ${are(sent)}`),
    }),
    ...(refused.length > 0 && { refused: db.execute(sql`delete from sent_mails where ${are(refused)}`) }),
  };
}
