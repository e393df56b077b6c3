/** docs/security.md, "Brute force": unlimited mail, audit rows and waits, caused with or without an account. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { hasRoom, noteLength, takeTurn } from "../../src/platform/hash-turns.ts";
import { NOTICES, type NoticeType } from "../../src/services/events/notice-texts.ts";
import type { Job } from "../../src/services/events/job.ts";
import { MAILS_AN_HOUR, MAILS_AN_HOUR_IN_ALL } from "../../src/services/events/mail-cap.ts";
import { deliver as deliverOnce, messageOf, passTheMinute, passTheNight, type Message } from "../support/jobs.ts";
import { guess, historyOf, lockOut, logIn as logInFrom, prolongWaits } from "../support/login.ts";
import { enrolEmail, enrolTotp } from "../support/second-factor.ts";
import {
  database,
  mailbox,
  NEW_PASSWORD,
  PASSWORD,
  post,
  put,
  registerMember,
  request,
  type Member,
} from "../support/service.ts";
import { registerAdmin } from "../support/staff.ts";

// Turning on e-mail codes replaces the queue.
const { JOBS } = env;
afterEach(() => void Object.assign(env, { JOBS }));

/** The messages that a route sent to the queue while `act` ran; nothing is mailed before they are delivered. */
async function jobsOf(act: (options: (more?: object) => any) => Promise<unknown>): Promise<Message[]> {
  const sent: Message[] = [];
  const queue = { send: async (message: Message) => void sent.push(message) };
  let clients = 0;
  await act((more = {}) => ({
    ...more,
    headers: { "CF-Connecting-IP": `2001:db8:${(++clients).toString(16)}::1` },
    vars: { JOBS: queue, ...(more as { vars?: object }).vars },
  }));
  return sent;
}

/** Delivers the messages in parallel, twice each, under the limits of production. */
async function deliver(messages: Message[], bindings: object = {}): Promise<void> {
  for (let delivery = 0; delivery < 2; delivery++)
    await deliverOnce(messages, { bindings: { RATE_LIMIT_SCALE: "1", ...bindings } });
}

const mailsTo = async (address: string) => (await mailbox.received()).filter(({ to }) => to.includes(address)).length;
async function passAMinute(): Promise<void> {
  for (const table of ["mail_counts", "one_time_tokens"])
    await database.query(`update ${table} set created_at = created_at - interval '61 s'`);
}

/** Registered so long ago that its own mail no longer counts. */
async function registerVictim(): Promise<Victim> {
  const victim = await registerMember();
  await mailbox.next(victim.email, "vérifiez");
  await database.query("delete from mail_counts");
  await database.query("delete from one_time_tokens");
  return victim;
}

/** The address has no account for now. */
const setAside = ({ userId }: Member) =>
  database.query("update users set email = $2 where id = $1", [userId, `aside-${userId}@example.test`]);
const noWaits = () => database.query("update login_throttles set locked_until = null, failures = 0");
const client = { requestId: null, ipAddress: null, userAgent: null, country: null, city: null };

interface Victim extends Member {
  twoFactorToken?: string;
}

type MailKind = Exclude<keyof typeof MAILS_AN_HOUR, "notice">;
type Cause = (victim: Victim, from: (more?: object) => any) => Promise<unknown>;

/** One request that causes a mail of this kind to the victim's address: a new kind of mail needs a row here. */
const ASKED: Record<MailKind, Cause> = {
  // Before the first proof of the mailbox, which ends the session.
  async email_code(victim, from) {
    if (!victim.twoFactorToken) {
      await enrolEmail(victim);
      victim.twoFactorToken = (await logInFrom(victim)).body.twoFactorToken;
    }
    await post("/api/auth/login/2fa/email", { twoFactorToken: victim.twoFactorToken }, from());
  },
  login_code: ({ email }, from) => post("/api/auth/email-code", { email }, from()),
  reset_password: ({ email }, from) => post("/api/auth/forgot-password", { email }, from()),
  verify_email: ({ email }, from) => post("/api/auth/verify-email/resend", { email }, from()),
  async address_taken({ email, userId }, from) {
    await database.query("update users set is_verified = true where id = $1", [userId]);
    const registration = { prenom: "Eve", nom: "Eve", email, password: PASSWORD };
    await post("/api/auth/register", registration, from({ vars: { REGISTRATION: "verified" } }));
    await database.query("update users set is_verified = false where id = $1", [userId]);
  },
  async confirm_email_change(victim, from) {
    await setAside(victim);
    const stranger = await registerMember();
    await put("/api/users/me", { email: victim.email }, from({ token: stranger.token }));
  },
  async invitation(victim, from) {
    await setAside(victim);
    const { token } = await registerAdmin();
    await post("/api/admin/users", { email: victim.email, prenom: "Ada", nom: "Lovelace" }, from({ token }));
  },
};

const NOTICE_TYPES = Object.keys(NOTICES) as NoticeType[];
const noticeOf = (notice: NoticeType, { userId, email }: Member): Job => ({
  type: "notice",
  userId,
  to: email,
  notice,
  data: {},
  client,
  happenedAt: new Date().toISOString(),
});
const toMessages = (jobs: Job[]): Message[] => jobs.map(messageOf);

describe("mails to one address:", () => {
  it("every kind of mail has a row here", () => {
    expect(Object.keys({ ...ASKED, notice: 0 }).toSorted()).toEqual(Object.keys(MAILS_AN_HOUR).toSorted());
  });

  it.each(Object.keys(ASKED) as MailKind[])(
    "%s, requested by many clients, in parallel and every minute",
    async (kind) => {
      const victim = await registerVictim();
      const asked = await jobsOf(async (from) => {
        for (let turn = 0; turn < 3; turn++) {
          await noWaits();
          await ASKED[kind](victim, from);
        }
      });
      expect(asked.length).toBeGreaterThan(0);
      const again = () => asked.map(({ job }) => ({ id: crypto.randomUUID(), job }));
      const before = await mailsTo(victim.email);
      // An address can be invited once.
      await deliver([...asked, ...(asked.length === 1 ? again() : [])]);
      // The route counts codes; this test resets that count.
      if (kind !== "email_code") expect(await mailsTo(victim.email)).toBe(before + 1);
      // The link of a change is bound to its message.
      if (kind === "confirm_email_change") return;
      for (let minute = 0; minute < MAILS_AN_HOUR[kind]; minute++) {
        await passAMinute();
        await deliver(again());
      }
      expect(await mailsTo(victim.email)).toBe(before + MAILS_AN_HOUR[kind]);
    },
  );

  it("all kinds together, at the same instant and for an hour", async () => {
    const victim = await registerVictim();
    const before = await mailsTo(victim.email);
    const all = await jobsOf(async (from) => {
      for (const cause of Object.values(ASKED)) {
        await noWaits();
        await cause(victim, from);
      }
    });
    for (let minute = 0; minute < 10; minute++) {
      const again = all.map(({ job }) => ({ id: crypto.randomUUID(), job }));
      await deliver([...again, ...toMessages(NOTICE_TYPES.map((notice) => noticeOf(notice, victim)))]);
      await passAMinute();
    }
    const sent = (await mailsTo(victim.email)) - before;
    expect(sent).toBeLessThanOrEqual(MAILS_AN_HOUR_IN_ALL);
    expect(sent).toBeGreaterThanOrEqual(MAILS_AN_HOUR.notice);
  });

  it("two consumers at the same instant, for accounts that share an address", async () => {
    const victim = await registerVictim();
    const others = await Promise.all([registerMember(), registerMember()]);
    await Promise.all(others.map(({ email }) => mailbox.next(email, "vérifiez")));
    await database.query("delete from mail_counts");
    const before = await mailsTo(victim.email);
    // Each starts to prepare its mails once the other is there too.
    await database.inject({ kind: "hold", count: 2 }, { match: /mail_counts/, source: undefined });
    const halves = [NOTICE_TYPES.slice(0, 8), NOTICE_TYPES.slice(8, 16)];
    await Promise.all(
      others.map(({ userId }, at) =>
        deliver(toMessages(halves[at]!.map((notice) => noticeOf(notice, { ...victim, userId })))),
      ),
    );
    expect(await mailsTo(victim.email)).toBe(before + MAILS_AN_HOUR.notice);
  });

  it("notices: one per minute and kind is mailed, and each appears in the application", async () => {
    const member = await registerVictim();
    await enrolTotp(member);
    await mailbox.next(member.email, "activée");
    const before = await mailsTo(member.email);
    const answers: number[] = [];
    const jobs = await jobsOf(async (from) => {
      for (let i = 0; i < 10; i++)
        answers.push((await post("/api/security/2fa/recovery-codes", undefined, from(member))).status);
    });
    expect(answers).toEqual(Array(10).fill(200));
    await deliver(jobs);
    expect(await mailsTo(member.email)).toBe(before + 1);
    expect(
      await database.query("select 1 from notifications where user_id = $1 and type = 'recovery_codes_replaced'", [
        member.userId,
      ]),
    ).toHaveLength(10);
  });

  it("a stranger who uses up an address's mail limit, so that its owner can't reset the password", async () => {
    const owner = await registerVictim();
    const { deviceToken } = (await logInFrom(owner)).body;
    const ask = (body: object) => (from: () => any) =>
      post("/api/auth/forgot-password", { email: owner.email, ...body }, from());
    for (let minute = 0; minute < 8; minute++) {
      await deliver(await jobsOf(ask({})));
      await deliver(toMessages(NOTICE_TYPES.map((notice) => noticeOf(notice, owner))));
      await passAMinute();
    }
    const before = await mailsTo(owner.email);
    await deliver(await jobsOf(ask({})));
    await deliver(await jobsOf(ask({ deviceToken: (await logInFrom(await registerMember())).body.deviceToken })));
    expect(await mailsTo(owner.email)).toBe(before);
    await deliver(await jobsOf(ask({ deviceToken })));
    expect(await mailsTo(owner.email)).toBe(before + 1);
  });

  it("one account that mails many strangers by changing its address", async () => {
    const { token } = await registerMember();
    const jobs = await jobsOf(async (from) => {
      for (let i = 0; i < 20; i++) await put("/api/users/me", { email: `stranger-${i}@example.test` }, from({ token }));
    });
    expect(jobs.filter(({ job }) => job.type === "event" && job.event === "email_change.requested")).toHaveLength(3);
  });
});

describe("audit rows that one member can cause:", () => {
  it("at most thirty of a kind per hour; a further act is refused", async () => {
    const member = await registerMember();
    await enrolTotp(member);
    const replace = () => post("/api/security/2fa/recovery-codes", undefined, { token: member.token });
    const answers: string[] = [];
    for (let i = 0; i < 32; i++) answers.push((await replace()).body.code ?? "done");
    expect(answers).toEqual([...Array(30).fill("done"), "too_many_attempts", "too_many_attempts"]);
    expect((await replace()).headers.get("Retry-After")).toBe("3600");
    expect(
      await database.query("select 1 from notifications where user_id = $1 and type = 'recovery_codes_replaced'", [
        member.userId,
      ]),
    ).toHaveLength(30);
    // Acts of another kind still succeed.
    const change = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    expect((await put("/api/users/me/password", change, { token: member.token })).status).toBe(200);
  });
});

describe("hashes:", () => {
  const TURN = { runs: 1, scale: 1, patience: "stranger" } as const;
  const waitAt = (now: number, turn: Partial<Parameters<typeof takeTurn>[1]> = {}) =>
    takeTurn(now, { ...TURN, ...turn })?.wait;
  /** As if the last hashes had taken so long. */
  const afterHashesOf = (milliseconds: number) => Array.from({ length: 80 }, () => noteLength(milliseconds, 1));
  /** As if the clock had been set back: nobody waits any more. */
  const emptyQueue = () => waitAt(0);
  /** Whoever comes now waits for so long. */
  const fillQueue = (milliseconds: number) => waitAt(Date.now() + milliseconds - 50);

  afterEach(() => void emptyQueue());

  it("start one after the other, and requests that would wait too long are refused", () => {
    afterHashesOf(0);
    const asked = Date.now() + 3_600_000;
    const waits = Array.from({ length: 30 }, () => waitAt(asked));
    const rounded = (all: (number | undefined)[]) => all.map((wait) => wait && Math.round(wait));
    expect(rounded(waits)).toEqual([...Array.from({ length: 21 }, (_, i) => i * 50), ...Array(9).fill(undefined)]);
    // Strangers leave another second to those who are known.
    expect(rounded(Array.from({ length: 21 }, () => waitAt(asked, { patience: "known" })))).toEqual([
      ...Array.from({ length: 20 }, (_, i) => 1_050 + i * 50),
      undefined,
    ]);
    expect(rounded([waitAt(asked + 1_060)])).toEqual([990]);
    expect(waitAt(asked + 10_000)).toBe(0);
    // Unlimited in environments without limits.
    for (let i = 0; i < 100; i++) expect(waitAt(asked + 20_000, { scale: 1_000_000 })).toBeLessThan(1);
    // One that takes the time of nine has the turn of nine, and none has it for good.
    expect(rounded([waitAt(asked + 30_000, { runs: 9 }), waitAt(asked + 30_000), waitAt(asked + 30_000)])).toEqual([
      0, 450, 500,
    ]);
    expect([waitAt(asked + 40_000, { runs: 1e9 }), waitAt(asked + 41_000)]).toEqual([0, 1_000]);
    // The clock was set back.
    expect([waitAt(asked - 10_000), emptyQueue()]).toEqual([0, 0]);
  });

  it("leave as much time to others as they take, on a slow machine too", () => {
    afterHashesOf(60);
    const lengthAt = (now: number) => Math.round(takeTurn(now, TURN)!.length);
    const asked = Date.now() + 3_600_000;
    expect(lengthAt(asked)).toBe(120);
    // What happened to come between was not the hash.
    noteLength(10_000, 1);
    expect(lengthAt(asked + 10_000)).toBeLessThan(140);
    // One of nine took as long as nine.
    for (let i = 0; i < 80; i++) noteLength(9 * 40, 9);
    expect(lengthAt(asked + 20_000)).toBe(80);
    // However slow it is, some begin.
    afterHashesOf(60_000);
    expect(lengthAt(asked + 30_000)).toBe(500);
    afterHashesOf(0);
    expect(lengthAt(asked + 40_000)).toBe(50);
  });

  it("that would find no turn are refused before anything is counted or read, and somebody can be told", async () => {
    const member = await registerMember();
    const log = vi.spyOn(console, "log");
    const events = () => log.mock.calls.map(([line]) => (JSON.parse(String(line)) as { event: string }).event);
    for (const [path, body] of [
      ["/api/auth/login", { email: member.email, password: PASSWORD }],
      ["/api/auth/login", { email: member.email, password: PASSWORD, deviceToken: `adt_${"A".repeat(71)}` }],
      ["/api/auth/register", { prenom: "Ada", nom: "Lovelace", email: "late@example.test", password: PASSWORD }],
    ] as const) {
      fillQueue(1_900);
      const begun = async () => (await database.statements()).filter((text) => text.includes("with account as")).length;
      const before = await begun();
      log.mockClear();
      const answer = await post(path, body);
      expect([answer.status, answer.headers.get("Retry-After")]).toEqual([503, "1"]);
      expect(answer.headers.has("RateLimit")).toBe(false);
      expect(await begun()).toBe(before);
      expect(events()).toContain("hash_turn_refused");
    }
    log.mockRestore();
  });

  it("of owners on their devices, and of who is signed in, take turns that strangers can't fill", async () => {
    const member = await registerMember();
    const credentials = { email: member.email, password: PASSWORD };
    const { deviceToken } = (await post("/api/auth/login", credentials)).body;
    for (const answer of [
      () => post("/api/auth/login", { ...credentials, deviceToken }),
      () => post("/api/security/reauthenticate", { password: PASSWORD }, { token: member.token }),
    ]) {
      fillQueue(1_200);
      expect((await answer()).status).toBe(200);
    }
  });

  it("whose turn was taken on the way are refused too, logged, and the attempt is given back", async () => {
    const member = await registerMember();
    const log = vi.spyOn(console, "log");
    const attempts = async () => (await database.query("select coalesce(sum(failures), 0) from login_throttles"))[0];
    const before = await attempts();
    const reauthenticate = async () => {
      // Two of the longest, taken ahead: nobody may wait for so long.
      waitAt(Date.now(), { runs: 1e9 });
      waitAt(Date.now() + 1_900, { runs: 1e9, patience: "known" });
      return post("/api/security/reauthenticate", { password: PASSWORD }, { token: member.token });
    };
    let answer = await reauthenticate();
    // A slow machine may come later.
    for (let tries = 1; tries < 5 && answer.status === 200; tries++) answer = await reauthenticate();
    expect([answer.status, answer.headers.get("Retry-After")]).toEqual([503, "1"]);
    const events = log.mock.calls.map(([line]) => (JSON.parse(String(line)) as { event: string }).event);
    log.mockRestore();
    expect(events).toContain("hash_turn_refused");
    await vi.waitFor(async () => expect(await attempts()).toEqual(before));
  });

  it("find a turn that became free while they stayed at the door", async () => {
    waitAt(Date.now() + 3_000, { patience: "known" });
    const asked = hasRoom({ patience: "stranger", scale: 10 });
    emptyQueue();
    expect(await asked).toBe(true);
    fillQueue(1_900);
    expect(await hasRoom({ patience: "stranger", scale: 1_000 })).toBe(false);
  });

  it("are not spent on a refused new password, which doesn't count as a guess", async () => {
    const member = await registerMember();
    for (let i = 0; i < 8; i++) {
      const change = { currentPassword: i % 2 ? PASSWORD : "faux mot de passe", newPassword: "court" };
      const answer = await put("/api/users/me/password", change, { token: member.token });
      expect([answer.status, answer.body.code]).toEqual([422, "validation_failed"]);
      expect(answer.headers.get("Server-Timing")).toContain("hash;dur=0");
    }
    const change = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    expect((await put("/api/users/me/password", change, { token: member.token })).status).toBe(200);
  });

  it("one client that uses another /64 of its /48 for each request", async () => {
    const left = 60_000 - (Date.now() % 60_000);
    if (left < 8_000) await new Promise((resolve) => setTimeout(resolve, left + 50));
    const answers = await Promise.all(
      Array.from({ length: 80 }, (_, i) =>
        post(
          "/api/auth/deny-login",
          { token: "junk" },
          { headers: { "CF-Connecting-IP": `2001:db8:ffff:${i.toString(16)}::1` }, vars: { RATE_LIMIT_SCALE: "1" } },
        ),
      ),
    );
    expect(answers.filter(({ body }) => body.code === "rate_limited")).toHaveLength(20);
  });
});

describe("unlimited rows:", () => {
  it("a history row for every attempt during a wait", async () => {
    const member = await registerMember();
    await lockOut(member.email);
    await Promise.all(Array.from({ length: 10 }, () => logInFrom(member)));
    const locked = async () => (await historyOf(member.userId)).filter(({ outcome }) => outcome === "locked").length;
    await vi.waitFor(async () => expect(await locked()).toBe(1));
    await database.query("update login_throttles set locked_until = now() - interval '1 ms'");
    await guess(member.email);
    await prolongWaits();
    await Promise.all(Array.from({ length: 10 }, () => logInFrom(member)));
    await vi.waitFor(async () => expect(await locked()).toBe(2));
  });

  it("a lock on each of the many holders of a deleted role", async () => {
    const admin = await registerAdmin();
    const { id } = (await post("/api/admin/roles", { name: "many", description: "", permissions: [] }, admin)).body
      .role;
    await database.query(
      `insert into users (email, password_hash, prenom, nom, role_id)
       select 'holder-' || n || '@example.test', 'none', 'Ada', 'Lovelace', $1 from generate_series(1, 5700) n`,
      [id],
    );
    await database.query("create table moved_at_once (n int, transaction xid8 default pg_current_xact_id())");
    await database.query(
      `create function note_moved() returns trigger language plpgsql as
       $$ begin insert into moved_at_once select count(*) from moved; return null; end $$`,
    );
    await database.query(
      `create trigger note_moved after update on users referencing new table as moved
       for each statement execute function note_moved()`,
    );
    const removals = async (act: Parameters<typeof jobsOf>[0]) =>
      (await jobsOf(act)).filter(({ job }) => job.type === "role_removal");
    const first = await removals(async (from) => {
      expect((await request("DELETE", `/api/admin/roles/${id}?replacementId=0`, from(admin))).status).toBe(200);
    });
    const told = () =>
      database.query(
        "select count(*)::int as rows, count(distinct user_id)::int as users from notifications where type = 'role_changed'",
      );
    const stored = () => database.query("select 1 from roles where id = $1", [id]);
    expect(await told()).toEqual([{ rows: 200, users: 200 }]);
    const next = await removals((options) => deliverOnce(first, { bindings: options().vars }));
    expect(next).toHaveLength(1);
    expect(await stored()).toHaveLength(1);
    // That one fails for good: until the role is gone, the outbox sends it again.
    await deliverOnce(next, { queue: "auth-api-jobs-dead" });
    await database.query("update outbox set next_at = now()");
    const again = await removals((options) => passTheMinute(options().vars));
    expect(await removals((options) => deliver(again, options().vars))).toEqual([]);
    expect(await stored()).toEqual([]);
    expect(await told()).toEqual([{ rows: 5700, users: 5700 }]);
    expect(
      await database.query(
        "select max(n), sum(n)::int from (select sum(n)::int as n from moved_at_once group by transaction) moved",
      ),
    ).toEqual([{ max: 200, sum: 5700 }]);
    expect(await database.query("select 1 from outbox where job ->> 'type' = 'role_removal'")).toEqual([]);
  });

  it("more expired rows than one run removes", async () => {
    await database.query(
      `insert into login_throttles (key, last_failed_at)
       select 'old-' || n, now() - interval '8 days' from generate_series(1, 100500) n`,
    );
    const left = async () => (await database.query("select 1 from login_throttles where key like 'old-%'")).length;
    const jobs: Message[] = [];
    const queue = { send: async (message: Message) => void jobs.push(message) };
    await passTheNight({ JOBS: queue });
    expect(await left()).toBe(500);
    expect(jobs.map(({ job }) => job)).toEqual([{ type: "retention", rule: "login_throttles" }]);
    await deliver(jobs);
    expect(await left()).toBe(0);
  });

  it("tickets and challenges kept for as long as links", async () => {
    const { userId } = await registerMember();
    for (const purpose of ["ws_ticket", "login_challenge", "reset_password"])
      await database.query(
        "insert into one_time_tokens (user_id, purpose, token, expires_at) values ($1, $2::text, $2::text, now() - interval '2 hours')",
        [userId, purpose],
      );
    await passTheNight();
    expect(
      await database.query("select purpose from one_time_tokens where user_id = $1 and token = purpose", [userId]),
    ).toEqual([{ purpose: "reset_password" }]);
  });
});
