import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import worker from "../../src/index.ts";
import type { Job } from "../../src/services/events/job.ts";
import { deliver, messageOf, type Message } from "../support/jobs.ts";
import { tokenIn } from "../support/mailbox-control.ts";
import { database, mailbox, post, put, registerMember, type Member } from "../support/service.ts";

let ada: Member;

beforeEach(async () => {
  ada = await registerMember();
  await mailbox.next(ada.email, "vérifiez");
  await mailbox.clear();
});

/** The delay that the consumer requests after each failed attempt; the pool's result doesn't have it. */
async function retryDelays(body: Message): Promise<(number | undefined)[]> {
  const delays: (number | undefined)[] = [];
  for (const attempts of [1, 2, 3, 4, 5]) {
    await mailbox.fail(1, 503);
    const message = {
      id: "",
      timestamp: new Date(),
      body,
      attempts,
      ack() {},
      retry: (options?: QueueRetryOptions) => delays.push(options?.delaySeconds),
    };
    const batch = { queue: "auth-api-jobs", messages: [message] } as unknown as MessageBatch<Message>;
    await worker.queue(batch, env, createExecutionContext());
  }
  return delays;
}

const forgot = () => messageOf({ type: "forgot_password", email: ada.email });

describe("a message that the queue delivers twice", () => {
  it("sends one mail, with one link, by Resend", async () => {
    const message = forgot();
    for (let delivery = 0; delivery < 3; delivery++) {
      const { taken, again } = await deliver([message]);
      expect([taken.length, again.length]).toEqual([1, 0]);
    }
    const mail = await mailbox.next(ada.email);
    expect(mail.key).toBe(message.id);
    expect(await mailbox.all()).toEqual([]);
    expect(
      await database.query(
        "select count(*)::int as n from one_time_tokens where user_id = $1 and purpose = 'reset_password'",
        [ada.userId],
      ),
    ).toEqual([{ n: 1 }]);
    expect(
      (await post("/api/auth/reset-password", { token: tokenIn(mail), password: "un tout autre secret" })).status,
    ).toBe(200);
    await deliver([message]);
    expect((await mailbox.all()).filter(({ subject }) => subject.includes("réinitialiser"))).toEqual([]);
  });

  it("sends one mail if the account changed its language in between", async () => {
    const message = messageOf({
      type: "mail_code",
      userId: ada.userId,
      code: "042137",
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
    });
    await deliver([message]);
    await put("/api/users/me", { locale: "en" }, { token: ada.token });
    expect((await deliver([message])).taken).toHaveLength(1);
    expect((await mailbox.next(ada.email)).text).toContain("042137");
    expect(await mailbox.all()).toEqual([]);
  });

  it("sends one mail by the EMAIL binding, which has no idempotency key, in parallel deliveries too", async () => {
    const sent: { to: string }[] = [];
    // The first delivery is still sending when the others arrive.
    const { promise: othersAnswered, resolve } = Promise.withResolvers<void>();
    const send = async (mail: { to: string }) => {
      sent.push(mail);
      if (sent.length === 3) resolve();
      await othersAnswered;
    };
    const vars = { MAIL_PROVIDER: "cloudflare", EMAIL: { send } };
    const message = forgot();
    let answered = 0;
    const results = await Promise.all(
      [1, 2, 3].map(async () => {
        const result = await deliver([message], { bindings: vars });
        if (++answered === 2) resolve();
        return result;
      }),
    );
    expect(sent.map(({ to }) => to)).toEqual([ada.email]);
    // A delivery that found the first one at work comes back later, and finds it done.
    for (const { taken, again } of results) expect(taken.length + again.length).toBe(1);
    expect((await deliver([message], { bindings: vars })).taken).toHaveLength(1);
    expect(sent).toHaveLength(1);
  });

  it("sends it again when the consumer died between the claim and the sending", async () => {
    const sent: unknown[] = [];
    const vars = { MAIL_PROVIDER: "cloudflare", EMAIL: { send: async (mail: unknown) => void sent.push(mail) } };
    const message = forgot();
    await database.query("insert into sent_mails (key) values ($1)", [message.id]);
    expect((await deliver([message], { bindings: vars })).again).toHaveLength(1);
    await database.query("update sent_mails set claimed_at = now() - interval '61 s' where key = $1", [message.id]);
    expect((await deliver([message], { bindings: vars })).taken).toHaveLength(1);
    expect(sent).toHaveLength(1);
  });

  it("creates the token of a notice's link once", async () => {
    const message = messageOf({
      type: "notice",
      userId: ada.userId,
      notice: "email_change_requested",
      data: {},
      client: { requestId: null, ipAddress: "192.0.2.1", userAgent: null, country: "FR", city: "Paris" },
      happenedAt: new Date().toISOString(),
      action: { purpose: "cancel_email_change" },
    });
    await deliver([message, message]);
    expect((await mailbox.next(ada.email)).text).toContain("Lieu : Paris, FR");
    expect(await mailbox.all()).toEqual([]);
    expect(
      await database.query(
        "select count(*)::int as n from one_time_tokens where user_id = $1 and purpose = 'cancel_email_change'",
        [ada.userId],
      ),
    ).toEqual([{ n: 1 }]);
  });
});

describe("a mail provider that fails", () => {
  it("is retried, later each time, and doesn't hold up other messages", async () => {
    const witness = await registerMember();
    await mailbox.next(witness.email);
    await mailbox.fail(1);
    const message = forgot();
    const other = messageOf({ type: "forgot_password", email: witness.email });
    const { taken, again } = await deliver([message, other]);
    expect([taken.length, again.length]).toEqual([1, 1]);
    expect(await retryDelays(message)).toEqual([10, 40, 160, 640, 2560]);
    await deliver([message, other]);
    expect((await mailbox.next(ada.email)).key).toBe(message.id);
    expect((await mailbox.next(witness.email)).key).toBe(other.id);
    expect(await mailbox.all()).toEqual([]);
  });

  it("releases the claim of the EMAIL binding's mail, so that the retry sends it", async () => {
    const sent: unknown[] = [];
    let broken = true;
    const send = async (mail: unknown) => {
      if (broken) throw new Error("E_DELIVERY_FAILED");
      sent.push(mail);
    };
    const vars = { MAIL_PROVIDER: "cloudflare", EMAIL: { send } };
    const message = forgot();
    expect((await deliver([message], { bindings: vars })).again).toHaveLength(1);
    broken = false;
    expect((await deliver([message], { bindings: vars, attempts: 2 })).taken).toHaveLength(1);
    expect(sent).toHaveLength(1);
  });

  it("ends in the dead-letter queue, whose consumer stores the job once for an operator", async () => {
    await mailbox.fail(1);
    await post("/api/auth/forgot-password", { email: ada.email });
    const job = { type: "forgot_password", email: ada.email } as const;
    const dead = () =>
      database.query("select message_id, type, job from dead_jobs where job ->> 'email' = $1", [ada.email]);
    const [kept] = await vi.waitUntil(async () => (await dead()).length > 0 && dead());
    expect(kept).toEqual({ message_id: expect.any(String), type: job.type, job });
    const message = { id: String(kept!["message_id"]), job };
    expect((await deliver([message], { queue: "auth-api-jobs-dead" })).taken).toHaveLength(1);
    expect(await dead()).toHaveLength(1);
  });

  it("keeps a dead mail's code out of the database", async () => {
    const message = messageOf({
      type: "mail_code",
      userId: ada.userId,
      code: "918273",
      expiresAt: new Date().toISOString(),
    });
    await deliver([message], { queue: "auth-api-jobs-dead" });
    expect(JSON.stringify(await database.query("select * from dead_jobs"))).not.toContain("918273");
  });

  it("leaves a dead job in its queue while the database is away", async () => {
    await database.inject({ kind: "status", status: 500 }, { source: undefined });
    expect((await deliver([forgot()], { queue: "auth-api-jobs-dead" })).again).toHaveLength(1);
  });

  it("does not mail an expired code", async () => {
    const message = messageOf({
      type: "mail_code",
      userId: ada.userId,
      code: "042137",
      expiresAt: new Date(Date.now() - 1000).toISOString(),
    });
    expect((await deliver([message])).taken).toHaveLength(1);
    expect(await mailbox.all()).toEqual([]);
  });

  it("retries a job of an unknown kind instead of dropping it", async () => {
    const message = messageOf({ type: "of another release" } as unknown as Job);
    expect((await deliver([message])).again).toHaveLength(1);
  });
});

describe("the trips of a batch of ten messages", () => {
  const KINDS = ["a notice", "a reset", "a code", "a verification", "an event with two mails"] as const;
  const jobOf = (kind: (typeof KINDS)[number], { userId, email }: Member): Job => {
    const happenedAt = new Date().toISOString();
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const client = { requestId: null, ipAddress: "192.0.2.1", userAgent: null, country: null, city: null };
    const facts = { userId, to: `old-${email}` };
    return {
      "a notice": { type: "notice", userId, notice: "password_changed", data: {}, client, happenedAt } as const,
      "a reset": { type: "forgot_password", email } as const,
      "a code": { type: "mail_code", userId, code: "042137", expiresAt } as const,
      "a verification": { type: "verification", email, registering: false } as const,
      "an event with two mails": { type: "event", event: "email_change.confirmed", facts, at: Date.now() } as const,
    }[kind];
  };
  const members: Member[] = [];

  beforeEach(async () => {
    while (members.length < 10) {
      members.push(await registerMember());
      await mailbox.next(members.at(-1)!.email, "vérifiez");
    }
    for (const table of ["mail_counts", "one_time_tokens", "outbox"]) await database.query(`delete from ${table}`);
  });

  const rows = [...KINDS.map((kind) => ({ of: `each ${kind}`, kinds: [kind] })), { of: "of all kinds", kinds: KINDS }];
  // Only the binding needs a note of what was sent, and only an event waits in the outbox.
  const trips = (provider: string, of: string) => (provider === "resend" && !/event|all/.test(of) ? 1 : 2);
  it.each(
    ["resend", "cloudflare"].flatMap((provider) =>
      rows.map((row) => ({ ...row, provider, trips: trips(provider, row.of) })),
    ),
  )("$of, by $provider: $trips", async ({ kinds, provider, trips }) => {
    const sent: string[] = [];
    const vars = { MAIL_PROVIDER: provider, EMAIL: { send: async ({ to }: { to: string }) => void sent.push(to) } };
    const messages = members.map((member, at) => messageOf(jobOf(kinds[at % kinds.length]!, member)));
    let taken: Message[] = [];
    const counted = await database.tripsOf(async () => void ({ taken } = await deliver(messages, { bindings: vars })), {
      all: true,
    });
    expect(taken).toHaveLength(10);
    const mails = provider === "resend" ? (await mailbox.all()).flatMap(({ to }) => to) : sent;
    const wanted = members.flatMap(({ email }, at) =>
      kinds[at % kinds.length]!.includes("event") ? [email, `old-${email}`] : [email],
    );
    expect(mails.toSorted()).toEqual(wanted.toSorted());
    expect(counted).toBe(trips);
  });

  it.each([
    ["a registration", () => registerMember()],
    [
      "a change of password",
      ({ token }: Member) =>
        put(
          "/api/auth/change-password",
          { currentPassword: ada.password, newPassword: "un tout autre secret" },
          { token },
        ),
    ],
  ] as const)("after %s: 2", async (_, act) => {
    const { JOBS } = env;
    const queued: Message[] = [];
    try {
      (env as { JOBS: unknown }).JOBS = { send: async (message: Message) => void queued.push(message) };
      await act(ada);
      await vi.waitFor(() => expect(queued).toHaveLength(1));
    } finally {
      (env as { JOBS: unknown }).JOBS = JOBS;
    }
    await database.query("update outbox set next_at = now() + interval '1 hour'");
    await mailbox.clear();
    const trips = await database.tripsOf(() => deliver(queued), { all: true });
    expect(await mailbox.all()).toHaveLength(1);
    expect(trips).toBe(2);
    expect(await database.query("select id from outbox")).toEqual([]);
  });

  it("are more where the database refuses one of them, and the other nine are sent", async () => {
    const messages = members.map((member) => messageOf(jobOf("a notice", member)));
    Object.assign(messages[3]!.job, { userId: "not a number" });
    const { taken, again } = await deliver(messages);
    expect([taken.length, again.length]).toEqual([9, 1]);
    expect(await mailbox.all()).toHaveLength(9);
  });
});

describe("what strangers write", () => {
  it("is escaped where it is shown, and not shown to other people", async () => {
    const name = `<img src=x onerror=alert(1)>"&'`;
    const eve = await registerMember({ prenom: name, nom: "</p><h1>Prize</h1> https://evil.example" });
    const verification = await mailbox.next(eve.email);
    expect(verification.html + verification.text + verification.subject).not.toMatch(/onerror|Prize|evil/);
    await database.query("update users set is_verified = true where id = $1", [eve.userId]);
    await post("/api/auth/forgot-password", { email: eve.email });
    const { html, text, subject } = await mailbox.next(eve.email, "réinitialiser");
    expect(html).toContain("&lt;img src=x onerror=alert(1)&gt;&quot;&amp;&#39;");
    expect(html).not.toContain("<img");
    expect(text).toContain(name);
    expect(subject).toBe("Auth API : réinitialiser votre mot de passe");
  });

  it("describes a device with known words only", async () => {
    await put(
      "/api/users/me/password",
      { currentPassword: ada.password, newPassword: "un tout autre secret" },
      {
        token: ada.token,
        headers: {
          "User-Agent":
            "<b>https://evil.example Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        },
      },
    );
    const { text, html } = await mailbox.next(ada.email, "Mot de passe modifié");
    expect(text).toContain("Appareil : Firefox, Linux");
    expect(text + html).not.toMatch(/evil|<b>/);
  });
});

describe("the mails", () => {
  it("are in the account's language, for the front end of APP_URL", async () => {
    await put("/api/users/me", { locale: "en" }, { token: ada.token });
    await deliver([forgot()], { bindings: { APP_URL: "https://app.example.test/account/" } });
    const { from, subject, text, html } = await mailbox.next(ada.email);
    expect(from).toBe('"Auth API" <no-reply@auth.example.com>');
    expect(subject).toBe("Auth API: reset your password");
    expect(text).toContain("https://app.example.test/account/reset-password#token=");
    expect(html).toContain('<html lang="en">');
  });
});
