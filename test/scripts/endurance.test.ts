/** The account of `npm run endurance` notices whatever is lost, and whatever comes twice. */
import { execFile } from "node:child_process";
import { expect, inject, it } from "vitest";
import { balance, type Seen } from "../../scripts/endurance/balance.ts";
import { publicId, type Books } from "../../scripts/endurance/books.ts";
import { ACTS } from "../../scripts/races/acts.ts";
import { ERRANDS } from "../../scripts/endurance/errands.ts";

const RECEIVER = "receiver-1";
const EVENT = "00000000-0000-4000-8000-000000000001";
const MESSAGE = "00000000-0000-4000-8000-000000000002";

/** Somebody changed their password, and somebody else asked for a link. */
function account(): { books: Books; seen: Seen } {
  const act = (name: string) => [...ACTS, ...ERRANDS].find((one) => one.name === name)!;
  const changed = { act: act("change-password"), requestId: "request-1", status: 200, code: undefined };
  const asked = { act: act("forgot-password"), requestId: "request-2", status: 202, code: undefined };
  const job = { type: "event", event: "password.changed", facts: { userId: 7 }, at: 0 } as const;
  return {
    books: {
      events: [{ id: EVENT, xact: "1", job }],
      notices: [{ xact: "1", userId: 7, type: "password_changed", broadcastId: null }],
      records: [{ xact: "1", requestId: "request-1", action: "password.changed" }],
      left: { events: 0, dead: 0, deliveries: 0 },
    },
    seen: {
      answers: [changed, asked],
      queued: [
        { at: 0, id: MESSAGE, requestId: "request-2", job: { type: "forgot_password", email: "ada@example.test" } },
      ],
      mails: new Map([EVENT, MESSAGE].map((key) => [key, 1])),
      leftOut: new Set(),
      deliveries: new Map([[`${RECEIVER} ${publicId(EVENT)}`, 1]]),
    },
  };
}

type Account = ReturnType<typeof account>;

/** What is missing, and what came too often. */
function wrong({ books, seen }: Account): string[] {
  const { lines, unseen } = balance(books, seen, [RECEIVER]);
  return [
    ...lines.flatMap(({ what, missing, more }) => [
      ...missing.map(() => `no ${what}`),
      ...(more > 0 ? [`more ${what}`] : []),
    ]),
    ...unseen.map(({ kind }) => `no mail: ${kind}`),
  ];
}

it("is balanced where everything came once", () => {
  const { books, seen } = account();
  expect(wrong({ books, seen })).toEqual([]);
  const { lines } = balance(books, seen, [RECEIVER]);
  expect(lines.map(({ what, expected }) => `${what} ${expected}`)).toEqual([
    "audit records 1",
    "events of audited acts 1",
    "notifications 1",
    "mails asked for 1",
    "mails 2",
    "webhooks to receiver-1 1",
  ]);
});

const LOSSES: Record<string, [change: (account: Account) => void, found: string[]]> = {
  "an audit record is missing": [({ books }) => books.records.pop(), ["no audit records"]],
  "an audit record was written twice": [({ books }) => books.records.push(books.records[0]!), ["more audit records"]],
  "a refused act was recorded": [({ seen }) => (seen.answers[0]!.status = 403), ["more audit records"]],
  "no event was written": [
    ({ books }) => books.events.pop(),
    // Nobody knows then what should have followed.
    ["no events of audited acts"],
  ],
  "a notification is missing": [({ books }) => books.notices.pop(), ["no notifications"]],
  "a notification was written twice": [({ books }) => books.notices.push(books.notices[0]!), ["more notifications"]],
  "a notification was written elsewhere": [({ books }) => (books.notices[0]!.xact = "2"), ["no notifications"]],
  "an event's mail is missing": [({ seen }) => seen.mails.delete(EVENT), ["no mail: notice"]],
  "a mail was taken twice": [({ seen }) => seen.mails.set(EVENT, 2), ["more mails"]],
  "a link's mail is missing": [({ seen }) => seen.mails.delete(MESSAGE), ["no mail: reset_password"]],
  "who was promised a mail has nothing in the queue": [({ seen }) => seen.queued.pop(), ["no mails asked for"]],
  "a webhook is missing": [({ seen }) => seen.deliveries.clear(), ["no webhooks to receiver-1"]],
};

it.each(Object.entries(LOSSES))("notices that %s", (_, [change, found]) => {
  const changed = account();
  change(changed);
  expect(wrong(changed)).toEqual(found);
});

it.each(["a mail that the log says was left out", "a record of an act that answered 503"])("accepts %s", (what) => {
  const { books, seen } = account();
  if (what.startsWith("a mail")) {
    seen.mails.delete(EVENT);
    seen.leftOut.add(EVENT);
  } else seen.answers[0]!.status = 503;
  expect(wrong({ books, seen })).toEqual([]);
});

/** A few seconds of it, for `npm run test:whole`. */
const endure = (...options: string[]) =>
  new Promise<{ code: unknown; text: string }>((resolve) => {
    const args = ["scripts/endurance.ts", "--minutes", "0.2", "--users", "100", "--seed", "1", ...options];
    execFile(process.execPath, args, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, text: `${stdout}\n${stderr}` }),
    );
  });

it.runIf(inject("whole"))(
  "a short run keeps every promise",
  async () => {
    const { code, text } = await endure();
    expect(text).toContain("Every promise was kept, seed 1.");
    expect(code).toBe(0);
  },
  600_000,
);

it.runIf(inject("whole"))(
  "a short run on a queue that loses messages fails, and names the seed",
  async () => {
    const { code, text } = await endure("--sabotage", "--patience", "10");
    expect(text).toMatch(/BROKEN {2}webhooks to receiver-1: .* is missing/);
    expect(text).toContain("`npm run endurance -- --seed 1` repeats the run in kind.");
    expect(code).toBe(1);
  },
  600_000,
);
