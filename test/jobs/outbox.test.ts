/**
 * Whatever fails between an act and what it causes: all of it happens, and nothing is seen twice. Every event, every
 * fault; `npm test` has a sample.
 */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createPlatform, SYSTEM_CLIENT } from "../../src/platform/index.ts";
import { EVENTS, kindOf, type EventName } from "../../src/services/events/catalogue.ts";
import { happened } from "../../src/services/events/happened.ts";
import { effectsOf, sendNow, type Facts, type OutboxRow } from "../../src/services/events/outbox.ts";
import { expectProblem } from "../support/contract.ts";
import { others } from "../support/issuer.ts";
import { deliver, passTheMinute, type Message } from "../support/jobs.ts";
import { sampleOf } from "../support/sample.ts";
import { registerAdmin } from "../support/staff.ts";
import {
  database,
  del,
  mailbox,
  post,
  put,
  NEW_PASSWORD,
  PASSWORD,
  registerMember,
  type Member,
} from "../support/service.ts";

let ada: Member | undefined;
let queued: Message[];
/** Of the hub what a socket could see: a frame by its id, and that there is something to read. */
let heard: string[];
let marks: Set<string>;
/** What is broken at the moment. */
let broken: { queue?: boolean; kv?: boolean; hub?: boolean };

const refuse = async (): Promise<never> => {
  throw new Error("refused");
};

const hub = {
  publish: async () => void (broken.hub ? await refuse() : heard.push("push")),
  endSessions: async (_: unknown, eventId: string) => void (broken.hub ? await refuse() : heard.push(eventId)),
  tell: async (_: unknown, eventId: string) => void (broken.hub ? await refuse() : heard.push(eventId)),
};

/** The bindings of an isolate that was just started: none remembers what the one before had written. */
const bindings = (): Env => ({
  ...env,
  JOBS: { send: async (message: Message) => void (broken.queue ? await refuse() : queued.push(message)) } as never,
  KV: {
    get: async () => null,
    put: async (key: string) => void (broken.kv ? await refuse() : marks.add(key)),
  } as never,
  NOTIFICATION_HUB: { idFromName: () => "", get: () => hub } as never,
});

/** A session of Ada's is over, and an application had signed her in from it. Returns its receiver. */
async function endSession(sessionId: string): Promise<string> {
  await database.query(
    `with session as (
       insert into refresh_tokens (user_id, session_id, token, methods, expires_at, revoked_at)
       values ($1, $2::uuid, $2::text, '{pwd}', now() + interval '1 day', now())
     ), client as (
       insert into oauth_clients (client_id, name, mark_id, permissions, audiences, backchannel_logout_uri)
       values ($2::text, 'Carnet', $2::uuid, '[]', '[]', $3) returning id
     ) insert into oauth_grants (user_id, client_id, grant_id, session_id, code_hash, scopes, token)
     select $1, id, $2::uuid, $2::uuid, $2::text, '["openid"]', 'none' from client`,
    [ada!.userId, sessionId, others.receiver(sessionId)],
  );
  return sessionId;
}

async function act(event: EventName, facts: Facts): Promise<OutboxRow[]> {
  const platform = createPlatform(bindings(), createExecutionContext(), SYSTEM_CLIENT);
  const { userId, client: _client, ...rest } = facts;
  const { outbox } = happened(platform, { event, userId: userId!, facts: rest });
  return outbox === undefined ? [] : (await outbox).rows;
}

async function afterTheAnswer(rows: OutboxRow[]): Promise<void> {
  const context = createExecutionContext();
  sendNow(createPlatform(bindings(), context, SYSTEM_CLIENT), rows);
  // A failed task is logged by the runtime, and fails nothing.
  await waitOnExecutionContext(context).catch(() => {});
}

async function consume(messages: Message[]): Promise<void> {
  const { again } = await deliver(messages, { bindings: bindings() });
  queued.push(...again);
}

async function aMinuteLater(): Promise<void> {
  await database.query("update outbox set next_at = now()");
  await passTheMinute(bindings());
}

const waiting = async () => (await database.query("select id from outbox")).length;

/** Works as production does, until nothing is left to do. */
async function goOn(): Promise<void> {
  broken = {};
  for (let round = 0; round < 4 && (queued.length > 0 || (await waiting()) > 0); round++) {
    if (queued.length === 0) await aMinuteLater();
    await consume(queued.splice(0));
  }
  expect(await waiting()).toBe(0);
}

const FAULTS: Record<string, (rows: OutboxRow[]) => Promise<void>> = {
  "nothing fails": afterTheAnswer,
  "the isolate dies after the commit": async () => {},
  "the queue refuses": async (rows) => {
    broken = { queue: true };
    await afterTheAnswer(rows);
    expect(queued).toEqual([]);
  },
  "KV refuses": async (rows) => {
    broken = { kv: true };
    await afterTheAnswer(rows);
  },
  "KV refuses the consumer too": async (rows) => {
    broken = { kv: true };
    await afterTheAnswer(rows);
    await consume(queued.splice(0));
  },
  "the hub can't be reached": async (rows) => {
    broken = { hub: true };
    await afterTheAnswer(rows);
    await consume(queued.splice(0));
  },
  "no mail leaves at the first try": async (rows) => {
    await afterTheAnswer(rows);
    await mailbox.fail(1);
    await consume(queued.splice(0));
  },
  "the consumer dies before it confirms": async (rows) => {
    await afterTheAnswer(rows);
    await database.inject({ kind: "status", status: 503 }, { match: /delete from outbox/, source: undefined });
    await consume(queued.splice(0));
    expect(await waiting()).toBe(rows.length);
  },
  "the message is delivered twice": async (rows) => {
    await afterTheAnswer(rows);
    await consume([...queued, ...queued.splice(0)]);
  },
  "the sweep sends it beside the queue": async (rows) => {
    await afterTheAnswer(rows);
    await aMinuteLater();
  },
};

beforeEach(async () => {
  broken = {};
  queued = [];
  heard = [];
  marks = new Set();
  if (!ada) {
    ada = await registerMember();
    await mailbox.next(ada.email, "vérifiez");
    await database.query("update users set subject = gen_random_uuid()");
  }
  await database.query("delete from one_time_tokens");
  await database.query("delete from outbox");
  await database.query("delete from mail_counts");
  await database.query("delete from notifications");
  await database.query("delete from broadcast_ranges");
  await mailbox.clear();
});

/** What an event causes, by the name of each kind; the sample has each kind under each fault. */
function causedBy(event: EventName): string[] {
  const { by: _, action: __, link, ...causes } = kindOf(event);
  return [...Object.keys(causes), ...(link ? [`link ${link}`] : [])];
}

const HAPPENINGS = (Object.keys(EVENTS) as EventName[]).flatMap((event) =>
  Object.keys(FAULTS).map((fault) => ({ event, fault })),
);

describe("an event", () => {
  it.each(sampleOf(HAPPENINGS, ({ event, fault }) => [event, ...causedBy(event).map((cause) => `${cause}, ${fault}`)]))(
    "$event happens, and is seen once, when $fault",
    async ({ event, fault }) => {
      const kind = kindOf(event);
      const sessionId = crypto.randomUUID();
      const facts: Facts = {
        userId: ada!.userId,
        data: { sessionId },
        payload: { sessionId },
        sessionIds: [sessionId],
        email: ada!.email,
        broadcast: {
          broadcastId: sessionId,
          audience: { userIds: [ada!.userId] },
          title: "Maintenance",
          content: "Now",
        },
      };
      const receiver = await endSession(sessionId);
      const rows = await act(event, facts);
      await FAULTS[fault]!(rows);
      await goOn();
      const [row] = rows;
      const expected = row ? effectsOf(row.job) : [];
      const ids = expected.flatMap(({ kind: each }, at) =>
        each === "push" ? ["push"] : each === "close" || each === "authority" ? [`${row!.id}:${at}`] : [],
      );
      if (kind.starts) ids.push("push");
      expect([...new Set(heard)].toSorted()).toEqual(ids.toSorted());
      expect(marks.size).toBe(expected.filter((effect) => effect.kind === "mark").length);
      const logouts = (await others.gotBy(receiver)).map(
        ({ body }) => decodeJwt(new URLSearchParams(body).get("logout_token")!).jti,
      );
      expect(new Set(logouts).size).toBe("ends" in kind ? 1 : 0);
      const links = ["verification", "registration", "invitation", "forgot_password"].includes(kind.link ?? "") ? 1 : 0;
      const told = kind.notice && kind.mailed !== false ? 1 : 0;
      expect(await mailbox.all()).toHaveLength(links + told);
      const messages = await database.query("select user_id as id from notifications where broadcast_id = $1", [
        sessionId,
      ]);
      expect(messages).toEqual(kind.starts ? [{ id: ada!.userId }] : []);
    },
  );
});

describe("an act", () => {
  it("makes no trip more for what it causes, and does not wait for it", async () => {
    const { token } = await registerMember();
    const trips = await database.tripsOf(() =>
      put("/api/auth/change-password", { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }, { token }),
    );
    expect(trips).toBe(2);
  });

  it("that is refused leaves nothing in the outbox", async () => {
    const { token } = await registerMember();
    await database.query("delete from outbox");
    const wrong = { currentPassword: "wrong password", newPassword: NEW_PASSWORD };
    expect((await put("/api/auth/change-password", wrong, { token })).status).toBe(422);
    expect(await waiting()).toBe(0);
  });
});

async function withoutQueue<Outcome>(act: () => Promise<Outcome>): Promise<Outcome> {
  const JOBS = env.JOBS;
  try {
    (env as { JOBS: unknown }).JOBS = { send: refuse };
    return await act();
  } finally {
    (env as { JOBS: unknown }).JOBS = JOBS;
  }
}

describe("what the queue does not take after the answer", () => {
  it("is sent by the sweep: the moving of a deleted role's accounts, each once", async () => {
    const admin = await registerAdmin();
    const asAdmin = { token: admin.token };
    const { body } = await post("/api/admin/roles", { name: "short-lived" }, asAdmin);
    await database.query(
      `insert into users (email, password_hash, prenom, nom, role_id)
       select 'short-lived-' || n || '@example.test', 'none', 'Ada', 'Lovelace', $1 from generate_series(1, 205) n`,
      [body.role.id],
    );
    const told = async () => (await database.query("select 1 from notifications where type = 'role_changed'")).length;
    await withoutQueue(async () => {
      expect((await del(`/api/admin/roles/${body.role.id}?replacementId=0`, asAdmin)).status).toBe(200);
      expect(await told()).toBe(200);
      await aMinuteLater();
      await aMinuteLater();
      expect(queued.filter(({ job }) => job.type === "role_removal")).toHaveLength(2);
      await goOn();
    });
    expect(await told()).toBe(205);
    expect(await waiting()).toBe(0);
  });

  it("is sent by the sweep: an administrator's message to many, once", async () => {
    const [admin, ben] = [await registerAdmin(), await registerMember()];
    await withoutQueue(async () => {
      const message = { userIds: [ben.userId], title: "Maintenance", content: "Tonight" };
      expect((await post("/api/admin/notifications", message, { token: admin.token })).status).toBe(202);
      await aMinuteLater();
      await aMinuteLater();
      await goOn();
    });
    expect(await database.query("select user_id as id, title from notifications where type = 'admin_message'")).toEqual(
      [{ id: ben.userId, title: "Maintenance" }],
    );
  });

  it("is sent by the sweep: the link for a login that has to prove its mailbox", async () => {
    const ben = await registerMember();
    await mailbox.next(ben.email);
    await database.query("delete from one_time_tokens");
    await database.query("delete from mail_counts");
    await database.query("delete from outbox");
    await withoutQueue(async () => {
      const { email, password } = ben;
      const vars = { REGISTRATION: "verified" };
      expect((await post("/api/auth/login", { email, password }, { vars })).status).toBe(401);
      // The row is written after the answer.
      await expect.poll(waiting).toBe(1);
      await goOn();
    });
    expect((await mailbox.all()).map(({ to }) => to)).toEqual([[ben.email]]);
  });
});

describe("the sweep", () => {
  it("logs how many it found and how old the oldest was, so that somebody can be told", async () => {
    await act("password.changed", { userId: ada!.userId });
    await database.query("update outbox set created_at = now() - interval '11 minutes'");
    const log = vi.spyOn(console, "log");
    await aMinuteLater();
    const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
    log.mockRestore();
    const swept = lines.find(({ event }) => event === "outbox_swept");
    expect(swept).toMatchObject({ found: 1, sent: 1 });
    expect(swept!["oldestSeconds"]).toBeGreaterThanOrEqual(660);
  });
});

describe("what asks the database nothing", () => {
  it.each(["forgot-password", "verify-email/resend"])(
    "%s answers 503 where the queue refuses, and nothing has happened",
    async (path) => {
      const asked = await withoutQueue(() => post(`/api/auth/${path}`, { email: ada!.email }));
      expectProblem(asked, "service_unavailable");
      expect(await mailbox.all()).toEqual([]);
    },
  );
});
