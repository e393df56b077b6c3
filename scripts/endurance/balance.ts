/**
 * What a run should have caused beside what was seen: by the request of each act, the transaction of each record, and the
 * catalogue of events. Pure, so that a test can take something away and see it missed.
 */
import { EVENTS, kindOf, type EventName } from "../../src/services/events/catalogue.ts";
import { publicId, type Books, type Noted, type Unseen } from "./books.ts";
import { QUEUES } from "./errands.ts";
import type { Answered } from "./traffic.ts";

export interface Queued {
  /** Milliseconds since 1970. */
  at: number;
  id: string;
  requestId: string | null;
  job: { type: string; userId?: number; email?: string };
}

export interface Seen {
  answers: Answered[];
  queued: Queued[];
  /** How often each mail was accepted, by its key. */
  mails: Map<string, number>;
  /** Keys of those that were left out, as the log says, since the address had enough. */
  leftOut: Set<string>;
  /** By `<receiver> <id of the event>`. */
  deliveries: Map<string, number>;
}

export interface Line {
  what: string;
  expected: number;
  seen: number;
  more: number;
  /** In words. */
  missing: string[];
}

export interface Balance {
  lines: Line[];
  /** Mails that were not seen: perhaps they had not to follow. */
  unseen: Unseen[];
}

const isAccepted = ({ status }: Answered) => status > 0 && status < 400;
const nameOf = (action: string) => action.replace(/ by$/, "");
/** Somebody who asks for the same change twice changes nothing the second time. */
const mayChangeNothing = ({ audit, auditsChangesOnly }: Answered["act"]) =>
  auditsChangesOnly === true || audit === "user.updated by" || audit === "email_change.requested";

export function balance(books: Books, seen: Seen, receivers: string[]): Balance {
  const eventsOf = Map.groupBy(books.events, ({ xact }) => xact);
  const { expected, unseen } = mailsOf(books.events, seen);
  return {
    lines: [
      recordsOf(books, seen.answers),
      eventsBehind(books, eventsOf),
      noticesOf(books, eventsOf),
      queuedOf(seen),
      { what: "mails", expected, seen: expected - unseen.length, more: moreThanOnce(seen.mails), missing: [] },
      ...receivers.map((receiver) => deliveriesOf(books.events, seen.deliveries, receiver)),
    ],
    unseen,
  };
}

/** One for each act that is audited and was accepted; none for one that was refused. Who got a 503 doesn't know. */
function recordsOf({ records }: Books, answers: Answered[]): Line {
  const recordsOfRequest = Map.groupBy(records, ({ requestId }) => requestId);
  const line: Line = { what: "audit records", expected: 0, seen: 0, more: 0, missing: [] };
  for (const answered of answers) {
    const { act, requestId, status } = answered;
    if (act.audit === undefined) continue;
    const action = nameOf(act.audit);
    const found = (recordsOfRequest.get(requestId) ?? []).filter((record) => record.action === action).length;
    const isDue = isAccepted(answered) && (!mayChangeNothing(act) || found > 0);
    if (isDue) line.expected += 1;
    if (isDue && found > 0) line.seen += 1;
    if (isDue && found === 0) line.missing.push(`${action} of ${act.name}, request ${requestId}, ${status}`);
    const most = isAccepted(answered) || status >= 500 || status === 0 ? 1 : 0;
    if (found > most) line.more += found - most;
  }
  return line;
}

/** Each action's events, where all of them leave through the outbox. */
function eventsOfActions(): Map<string, EventName[]> {
  const names = Object.keys(EVENTS) as EventName[];
  const byAction = Map.groupBy(names, (event) => kindOf(event).action ?? event);
  return new Map([...byAction].filter(([, events]) => events.every((event) => kindOf(event).webhook !== undefined)));
}

/** What is in the audit log went into the outbox in the same transaction. */
function eventsBehind({ records }: Books, eventsOf: Map<string, Noted[]>): Line {
  const ofActions = eventsOfActions();
  const due = records.filter(({ action }) => ofActions.has(action));
  const missing = due.filter(
    ({ xact, action }) => !eventsOf.get(xact)?.some(({ job }) => ofActions.get(action)!.includes(job.event)),
  );
  return {
    what: "events of audited acts",
    expected: due.length,
    seen: due.length - missing.length,
    more: 0,
    missing: missing.map(({ action, requestId }) => `${action}, request ${requestId}`),
  };
}

function noticesOf({ events, notices }: Books, eventsOf: Map<string, Noted[]>): Line {
  const line: Line = { what: "notifications", expected: 0, seen: 0, more: 0, missing: [] };
  const keyOf = (xact: string, userId: number, type: string) => `${xact} ${userId} ${type}`;
  const found = Map.groupBy(notices, ({ xact, userId, type }) => keyOf(xact, userId, type));
  const settle = (missing: string, wanted: number, there: number) => {
    line.expected += wanted;
    line.seen += Math.min(wanted, there);
    line.more += Math.max(0, there - wanted);
    if (there < wanted) line.missing.push(missing);
  };
  for (const [xact, together] of eventsOf) {
    const wanted = Map.groupBy(
      together.filter(({ job }) => kindOf(job.event).notice !== undefined && job.facts.userId !== undefined),
      ({ job }) => keyOf(xact, job.facts.userId!, kindOf(job.event).notice!),
    );
    for (const [key, those] of wanted)
      settle(`${those[0]!.job.event} ${those[0]!.id}`, those.length, found.get(key)?.length ?? 0);
  }
  const told = Map.groupBy(notices, ({ broadcastId }) => broadcastId);
  for (const { id, job } of events) {
    const { broadcast } = job.facts;
    if (!broadcast || !("userIds" in broadcast.audience)) continue;
    // Only who is set aside by then is not told.
    const those = told.get(broadcast.broadcastId) ?? [];
    settle(`the message ${id}`, Math.max(1, new Set(those.map(({ userId }) => userId)).size), those.length);
  }
  return line;
}

/** Who was told that a mail comes has put a job into the queue. */
function queuedOf({ answers, queued }: Seen): Line {
  const jobs = new Set(queued.map(({ requestId, job }) => `${requestId} ${job.type}`));
  const due = answers.filter((answered) => isAccepted(answered) && QUEUES[answered.act.name] !== undefined);
  const missing = due.filter(({ requestId, act }) => !jobs.has(`${requestId} ${QUEUES[act.name]}`));
  return {
    what: "mails asked for",
    expected: due.length,
    seen: due.length - missing.length,
    more: 0,
    missing: missing.map(({ act, requestId }) => `${act.name}, request ${requestId}`),
  };
}

const LINKS: Record<string, string> = {
  verification: "verify_email",
  registration: "verify_email",
  invitation: "invite",
  email_change: "change_email",
  forgot_password: "reset_password",
};
const CODES: Record<string, string> = { mail_code: "email_code", login_code: "login_code", ...LINKS };

/** The keys are those of src/services/events/jobs.ts. */
function mailsOf(events: Noted[], { queued, mails, leftOut }: Seen): { expected: number; unseen: Unseen[] } {
  const due: Unseen[] = [];
  for (const { id, job } of events) {
    const { notice, mailed, link } = kindOf(job.event);
    const { userId, to, email, linkId = `${id}:link` } = job.facts;
    if (notice && mailed !== false && userId !== undefined) {
      due.push({ key: id, kind: "notice", userId, at: job.at });
      if (to !== undefined) due.push({ key: `${id}:to`, kind: "notice", userId, at: job.at });
    }
    if (link && (userId !== undefined || email !== undefined))
      due.push({ key: linkId, kind: LINKS[link]!, userId, email, at: job.at });
  }
  for (const { at, id, job } of queued) {
    const kind = CODES[job.type];
    if (kind) due.push({ key: id, kind, userId: job.userId, email: job.email, at });
  }
  const sent = due.filter(({ key }) => !leftOut.has(key));
  return { expected: sent.length, unseen: sent.filter(({ key }) => !mails.has(key)) };
}

function deliveriesOf(events: Noted[], deliveries: Map<string, number>, receiver: string): Line {
  const due = events.filter(({ job }) => kindOf(job.event).webhook !== undefined);
  const counts = due.map(({ id }) => deliveries.get(`${receiver} ${publicId(id)}`) ?? 0);
  const missing = due.filter((_, at) => counts[at] === 0);
  return {
    what: `webhooks to ${receiver}`,
    expected: due.length,
    seen: due.length - missing.length,
    more: counts.reduce((sum, times) => sum + Math.max(0, times - 1), 0),
    missing: missing.map(({ id, job }) => `${job.event} ${id}`),
  };
}

const moreThanOnce = (counts: Map<string, number>) => [...counts.values()].reduce((sum, times) => sum + times - 1, 0);
