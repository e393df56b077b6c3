/** Webhooks: what receivers get, whatever receivers do. Every delivery is verified by the published library. */
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { CARRIED_EVENTS } from "../../src/services/events/catalogue.ts";
import { webhookBodies } from "../../src/contract/webhooks.ts";
import { expectProblem } from "../support/contract.ts";
import { deliver, passTheMinute, passTheNight, type Message } from "../support/jobs.ts";
import { ISSUER } from "../support/bindings.ts";
import { noticesOf, registerAdmin } from "../support/staff.ts";
import {
  database,
  del,
  get,
  mailbox,
  patch,
  post,
  put,
  NEW_PASSWORD,
  PASSWORD,
  registerMember,
  type Answer,
  type Member,
} from "../support/service.ts";

let admin: Member;
let queued: Message[];

beforeAll(async () => {
  admin = await registerAdmin();
});

beforeEach(async () => {
  await goOn();
  await database.query("delete from webhook_endpoints");
});

/** From now on jobs wait here until `goOn`. */
queued = [];
(env as { JOBS: unknown }).JOBS = { send: async (message: Message) => void queued.push(message) };

/** Delivers what is queued, and what comes of it, in batches as large as the queue's; without the minutes' sweep. */
async function goOn(): Promise<void> {
  while (queued.length > 0) {
    const { again } = await deliver(queued.splice(0, 10));
    expect(again).toEqual([]);
  }
}

/** As if all waits were over. */
async function aMinuteLater(): Promise<void> {
  await database.query("update webhook_deliveries set next_at = now() - interval '1 s' where status = 'pending'");
  await passTheMinute();
  await goOn();
}

let names = 0;
async function createWebhook(
  fields: Record<string, unknown> = {},
): Promise<{ id: string; name: string; secret: string }> {
  const name = `receiver-${++names}`;
  const { status, body, text } = await post(
    "/api/admin/webhooks",
    { url: mailbox.receiver(name), ...fields },
    { token: admin.token },
  );
  expect(status, text).toBe(201);
  return { id: body.webhook.id, name, secret: body.secret };
}

/** What the receiver got, each verified with this secret. */
async function verifiedAt({ name, secret }: { name: string; secret: string }) {
  const library = new Webhook(secret);
  return (await mailbox.gotBy(name)).map(({ method, headers, body }) => {
    expect(method).toBe("POST");
    expect(() => library.verify(body, headers)).not.toThrow();
    const payload = JSON.parse(body) as { type: string; timestamp: string; data: Record<string, unknown> };
    webhookBodies[payload.type]!.parse(payload);
    return { id: headers["webhook-id"]!, ...payload };
  });
}

const changePassword = async (member: Member): Promise<Answer> => {
  const answer = await put(
    "/api/auth/change-password",
    { currentPassword: PASSWORD, newPassword: NEW_PASSWORD },
    { token: member.token },
  );
  expect(answer.status).toBe(200);
  return answer;
};

const deliveriesOf = async ({ id }: { id: string }) =>
  (await get(`/api/admin/webhooks/${id}/deliveries`, { token: admin.token })).body.data as any[];
const webhookOf = async ({ id }: { id: string }) =>
  (await get("/api/admin/webhooks", { token: admin.token })).body.data.find((one: { id: string }) => one.id === id);

describe("an event", () => {
  it("reaches every endpoint that wants it, signed, once, and takes the act no trip", async () => {
    const all = await createWebhook();
    const some = await createWebhook({ events: ["password.changed", "user.deleted"] });
    const other = await createWebhook({ events: ["user.deleted"] });
    const ben = await registerMember();
    await goOn();
    expect(await database.tripsOf(() => changePassword(ben))).toBe(2);
    const messages = [...queued];
    queued.push(...messages);
    await goOn();
    await aMinuteLater();
    // Nor does one that was created afterwards get what the queue repeats.
    const late = await createWebhook();
    queued.push(...messages);
    await goOn();
    expect(await verifiedAt(late)).toEqual([]);
    expect((await verifiedAt(all)).map(({ type }) => type)).toEqual(["account.registered", "password.changed"]);
    const [changed] = await verifiedAt(some);
    expect(changed).toMatchObject({ type: "password.changed", data: { userId: String(ben.userId), sessionIds: null } });
    expect(Math.abs(Date.now() - Date.parse(changed!.timestamp))).toBeGreaterThanOrEqual(0);
    expect(await verifiedAt(some)).toHaveLength(1);
    expect(await verifiedAt(other)).toEqual([]);
    expect(await deliveriesOf(some)).toMatchObject([
      { type: "password.changed", status: "delivered", attempts: 1, responseStatus: 200, failure: null, nextAt: null },
    ]);
  });

  it("that has no other effect costs nothing where no endpoint is on", async () => {
    const ben = await registerMember();
    const act = () => patch(`/api/admin/users/${ben.userId}`, { prenom: "Benoît" }, { token: admin.token });
    await goOn();
    expect((await act()).status).toBe(200);
    expect(await database.query("select 1 from outbox where job ->> 'event' = 'user.updated'")).toEqual([]);
    const hook = await createWebhook({ events: ["user.updated"] });
    expect((await patch(`/api/admin/users/${ben.userId}`, { prenom: "Ben" }, { token: admin.token })).status).toBe(200);
    await goOn();
    expect(await verifiedAt(hook)).toMatchObject([{ type: "user.updated", data: { userId: String(ben.userId) } }]);
  });

  it("of each kind fits its published schema, and holds no address, name or place", async () => {
    const hook = await createWebhook();
    const facts = {
      userId: admin.userId,
      sessionIds: [crypto.randomUUID()],
      roleId: 3,
      email: admin.email,
      data: { city: "Paris" },
      client: { city: "Paris" },
    };
    for (const event of CARRIED_EVENTS) {
      const id = crypto.randomUUID();
      const job = {
        type: "event",
        event,
        facts: { ...facts, broadcast: undefined },
        at: Date.now(),
        done: [0, 1, 2, 3, 4, 5],
      };
      await database.query("insert into outbox (id, job) values ($1, $2)", [id, JSON.stringify(job)]);
      queued.push({ id, job } as never);
    }
    await goOn();
    await aMinuteLater();
    const got = await verifiedAt(hook);
    expect(got.map(({ type }) => type).toSorted()).toEqual(CARRIED_EVENTS.toSorted());
    expect(JSON.stringify(got)).not.toMatch(/Paris|@|Ada/);
  });
});

describe("a receiver that fails", () => {
  const WAYS = {
    "answers 500": { behaviour: { status: 500 }, responseStatus: 500, failure: null },
    redirects: { behaviour: { status: 302, location: "http://169.254.169.254/" }, responseStatus: 302, failure: null },
    "is not there": { url: "http://127.0.0.1:9/", responseStatus: null, failure: "unreachable" },
    "closes without an answer": { behaviour: { silent: true }, responseStatus: null, failure: "timeout" },
  } as const;

  it.each(Object.entries(WAYS))("%s loses nothing and harms no other", async (_, way) => {
    const good = await createWebhook();
    const bad = await createWebhook("url" in way ? { url: way.url } : {});
    if ("behaviour" in way) await mailbox.behave(bad.name, way.behaviour);
    const ben = await registerMember();
    await goOn();
    expect(await verifiedAt(good)).toHaveLength(1);
    const { responseStatus, failure } = way;
    expect(await deliveriesOf(bad)).toMatchObject([{ status: "pending", attempts: 1, responseStatus, failure }]);
    expect(await webhookOf(bad)).toMatchObject({ failingSince: expect.any(String), disabledAt: null });
    expect(await webhookOf(good)).toMatchObject({ failingSince: null });
    if ("behaviour" in way) {
      await mailbox.behave(bad.name, {});
      await aMinuteLater();
      const got = (await mailbox.gotBy(bad.name)).map(({ headers }) => headers["webhook-id"]);
      expect(got).toHaveLength(2);
      expect(new Set(got).size).toBe(1);
      expect((await verifiedAt(bad)).at(-1)).toMatchObject({
        type: "account.registered",
        data: { userId: String(ben.userId) },
      });
      expect(await deliveriesOf(bad)).toMatchObject([{ status: "delivered", attempts: 2 }]);
      expect(await webhookOf(bad)).toMatchObject({ failingSince: null });
    }
  });

  it("has a certificate for another name gets nothing, loses nothing, and harms no other", async () => {
    const good = await createWebhook();
    const hook = await createWebhook();
    const change = (url: string) => patch(`/api/admin/webhooks/${hook.id}`, { url }, { token: admin.token });
    expect((await change(await mailbox.secureReceiver(hook.name))).status).toBe(200);
    await registerMember();
    await goOn();
    expect(await mailbox.gotBy(hook.name)).toEqual([]);
    expect(await verifiedAt(good)).toHaveLength(1);
    expect(await deliveriesOf(hook)).toMatchObject([
      { status: "pending", attempts: 1, responseStatus: null, failure: "unreachable" },
    ]);
    await change(mailbox.receiver(hook.name));
    await aMinuteLater();
    expect(await verifiedAt(hook)).toHaveLength(1);
    expect(await webhookOf(hook)).toMatchObject({ failingSince: null });
  });

  it("answers megabytes is taken at its status, and only the start is read", async () => {
    const hook = await createWebhook();
    await mailbox.behave(hook.name, { bytes: 5_000_000 });
    await registerMember();
    await goOn();
    expect(await deliveriesOf(hook)).toMatchObject([{ status: "delivered", responseStatus: 200 }]);
  });

  it("is tried seven times over a day, then the delivery has failed and can be replayed, alone or with the others", async () => {
    const hook = await createWebhook();
    await mailbox.behave(hook.name, { status: 503 });
    await registerMember();
    await goOn();
    const waits = [];
    for (let attempt = 1; attempt < 7; attempt++) {
      const [row] = await database.query<{ wait: number }>(
        "select round(extract(epoch from next_at - updated_at))::int as wait from webhook_deliveries",
      );
      waits.push(row!.wait);
      await aMinuteLater();
    }
    expect(waits).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000]);
    expect(await deliveriesOf(hook)).toMatchObject([{ status: "failed", attempts: 7, nextAt: null }]);
    await aMinuteLater();
    expect(await mailbox.gotBy(hook.name)).toHaveLength(7);
    await mailbox.behave(hook.name, {});
    const [{ id }] = (await deliveriesOf(hook)) as [{ id: number }];
    expect(
      (await post(`/api/admin/webhooks/${hook.id}/deliveries/${id}/replay`, {}, { token: admin.token })).status,
    ).toBe(202);
    await goOn();
    expect(await deliveriesOf(hook)).toMatchObject([{ status: "delivered", attempts: 1 }]);
    await database.query("update webhook_deliveries set status = 'failed'");
    const since = new Date(Date.now() - 3_600_000).toISOString();
    const again = await post(`/api/admin/webhooks/${hook.id}/replay`, { since }, { token: admin.token });
    expect([again.status, again.body.replayed]).toEqual([202, 1]);
    await aMinuteLater();
    expect(await deliveriesOf(hook)).toMatchObject([{ status: "delivered" }]);
    expect(new Set((await verifiedAt(hook)).map((got) => got.id)).size).toBe(1);
  });

  it.each([
    ["for five days", 500, 5],
    ["and answers 410, at once", 410, 0],
  ])("is turned off, and its owner is told: %s", async (_, status, days) => {
    const hook = await createWebhook();
    await mailbox.behave(hook.name, { status });
    await registerMember();
    await goOn();
    if (days > 0) {
      expect(await webhookOf(hook)).toMatchObject({ disabledAt: null });
      await database.query(
        "update webhook_endpoints set failing_since = now() - make_interval(days => $1, secs => 1)",
        [days],
      );
      await aMinuteLater();
    }
    expect(await webhookOf(hook)).toMatchObject({ disabledAt: expect.any(String) });
    expect(await deliveriesOf(hook)).toMatchObject([{ status: "failed" }]);
    expect(await noticesOf(admin.userId)).toContain("webhook_disabled");
    const sent = (await mailbox.gotBy(hook.name)).length;
    await registerMember();
    await goOn();
    await aMinuteLater();
    expect(await mailbox.gotBy(hook.name)).toHaveLength(sent);
    await mailbox.behave(hook.name, {});
    const on = await patch(`/api/admin/webhooks/${hook.id}`, { isActive: true }, { token: admin.token });
    expect(on.body.webhook).toMatchObject({ disabledAt: null, failingSince: null });
    await registerMember();
    await goOn();
    expect(await mailbox.gotBy(hook.name)).toHaveLength(sent + 1);
    await database.query("delete from notifications where type = 'webhook_disabled'");
  });
});

describe("what the queue loses", () => {
  it("is sent by the sweep: every delivery, once", async () => {
    const hook = await createWebhook();
    await registerMember();
    // The event is confirmed; its deliveries' jobs are lost.
    await deliver(queued.splice(0));
    expect(queued.splice(0).map(({ job }) => job.type)).toContain("webhooks");
    expect(await mailbox.gotBy(hook.name)).toEqual([]);
    await aMinuteLater();
    expect(await verifiedAt(hook)).toHaveLength(1);
  });
});

describe("many events through one endpoint that fails and one that works", () => {
  // All 10,000 by `npm run test:whole`.
  const count = inject("whole") ? 10_000 : 15;

  it("reach the one; the other gets few at a time, and all of them once it works again", async () => {
    const [good, bad] = [await createWebhook(), await createWebhook()];
    await mailbox.behave(bad.name, { status: 500 });
    await registerMember();
    await goOn();
    const startedAt = Date.now();
    await database.query(
      "insert into outbox (id, job, next_at) select gen_random_uuid(), $2::jsonb, now() from generate_series(1, $1)",
      [count, JSON.stringify({ type: "event", event: "user.updated", facts: { userId: 1 }, at: startedAt })],
    );
    const minuteLater = async () => {
      await database.query("update webhook_deliveries set next_at = next_at - interval '1 minute'");
      await passTheMinute();
      await goOn();
    };
    // Not all by the library: it refuses what is older than five minutes.
    const gotBy = async ({ name }: { name: string }) =>
      (await mailbox.gotBy(name)).map(({ headers }) => headers["webhook-id"]!);
    const states = ({ id }: { id: string }) =>
      database.query("select status, count(*)::int as n from webhook_deliveries where endpoint_id = $1 group by 1", [
        id,
      ]);
    const minutes = Math.ceil(count / 500) + 1;
    let tried = (await gotBy(bad)).length;
    for (let minute = 0; minute < minutes; minute++) {
      await minuteLater();
      const now = (await gotBy(bad)).length;
      expect(now - tried).toBeLessThanOrEqual(10);
      tried = now;
    }
    const ids = await gotBy(good);
    expect(new Set(ids).size).toBe(count + 1);
    expect(ids).toHaveLength(count + 1);
    expect(await states(good)).toEqual([{ status: "delivered", n: count + 1 }]);
    expect(await states(bad)).toEqual([{ status: "pending", n: count + 1 }]);
    expect(await webhookOf(good)).toMatchObject({ failingSince: null, disabledAt: null });
    expect(await webhookOf(bad)).toMatchObject({ failingSince: expect.any(String), disabledAt: null });

    await database.query("update webhook_endpoints set failing_since = now() - interval '5 days 1 s' where id = $1", [
      bad.id,
    ]);
    await aMinuteLater();
    expect(await webhookOf(bad)).toMatchObject({ disabledAt: expect.any(String) });
    expect(await states(bad)).toEqual([{ status: "failed", n: count + 1 }]);
    tried = (await gotBy(bad)).length;
    await mailbox.behave(bad.name, {});
    await patch(`/api/admin/webhooks/${bad.id}`, { isActive: true }, { token: admin.token });
    const since = new Date(startedAt - 3_600_000).toISOString();
    const again = await post(`/api/admin/webhooks/${bad.id}/replay`, { since }, { token: admin.token });
    expect(again.body.replayed).toBe(count + 1);
    for (let minute = 0; minute < minutes; minute++) await minuteLater();
    expect(await states(bad)).toEqual([{ status: "delivered", n: count + 1 }]);
    expect((await gotBy(bad)).slice(tried).toSorted()).toEqual(ids.toSorted());
    expect(await gotBy(good)).toHaveLength(count + 1);
  }, 1_800_000);
});

describe("the secret", () => {
  it("is shown once, stored sealed, and after a rotation both sign for a day", async () => {
    const hook = await createWebhook();
    expect(hook.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect((await get("/api/admin/webhooks", { token: admin.token })).text).not.toContain(hook.secret);
    const { body } = await post(`/api/admin/webhooks/${hook.id}/secret`, {}, { token: admin.token });
    await registerMember();
    await goOn();
    for (const secret of [hook.secret, body.secret]) expect(await verifiedAt({ ...hook, secret })).toHaveLength(1);
    await database.query("update webhook_endpoints set previous_until = now() - interval '1 s'");
    await registerMember();
    await goOn();
    const [, second] = await mailbox.gotBy(hook.name);
    expect(() => new Webhook(hook.secret).verify(second!.body, second!.headers)).toThrow();
    expect(new Webhook(body.secret).verify(second!.body, second!.headers)).toMatchObject({
      type: "account.registered",
    });
  });

  it("of AUTH_SECRET may change: what the previous one sealed is sealed anew", async () => {
    const hook = await createWebhook();
    const sealed = () => database.query("select secret from webhook_endpoints");
    const before = await sealed();
    await registerMember();
    const bindings = {
      AUTH_SECRET: "another secret for tests alone, long enough for HKDF",
      AUTH_SECRET_PREVIOUS: env.AUTH_SECRET,
    };
    while (queued.length > 0) await deliver(queued.splice(0), { bindings });
    expect(await verifiedAt(hook)).toHaveLength(1);
    expect(await sealed()).not.toEqual(before);
  });
});

describe("an address that no request may leave to", () => {
  const DEPLOYED = { ISSUER: "https://auth.example.test" };
  const REFUSED = [
    "http://hooks.example.test/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://[::ffff:10.0.0.1]/",
    "https://169.254.169.254/",
    "https://localhost/",
    "https://user:pass@hooks.example.test/",
    "https://hooks.example.test:22/",
    "https://auth.example.test/",
    "https://rebinding.example.test/",
  ];

  it("is refused at creation and at a change", async () => {
    await mailbox.resolve("rebinding.example.test", "10.0.0.1");
    await mailbox.resolve("hooks.example.test", "93.184.216.34");
    const hook = await createWebhook();
    const token = { token: await tokenFor(DEPLOYED), vars: DEPLOYED };
    for (const url of REFUSED) {
      for (const answer of [
        await post("/api/admin/webhooks", { url }, token),
        await patch(`/api/admin/webhooks/${hook.id}`, { url }, token),
      ]) {
        expect(answer.body.code, url).toBe("validation_failed");
        expect(answer.body.errors, url).toMatchObject([{ pointer: "#/url" }]);
      }
    }
    expect((await post("/api/admin/webhooks", { url: "https://hooks.example.test/in" }, token)).status).toBe(201);
    expect(ISSUER).toMatch(/^http:/);
  });

  it("is looked up for nobody who may not have a webhook", async () => {
    const { token } = await registerMember();
    const hook = await createWebhook();
    for (const answer of [
      await post("/api/admin/webhooks", { url: "https://10.0.0.1/" }, { token }),
      await patch(`/api/admin/webhooks/${hook.id}`, { url: "https://10.0.0.1/" }, { token }),
    ])
      expect([answer.status, answer.body.code]).toEqual([403, "forbidden"]);
  });

  it("is refused at sending too, where it has become one since", async () => {
    for (const url of REFUSED.slice(0, 3)) {
      const hook = await createWebhook();
      await database.query("update webhook_endpoints set url = $1 where id = $2", [url, hook.id]);
    }
    const hook = await createWebhook();
    await database.query("update webhook_endpoints set url = 'https://rebinding.example.test/' where id = $1", [
      hook.id,
    ]);
    await registerMember();
    while (queued.length > 0) await deliver(queued.splice(0), { bindings: DEPLOYED });
    const states = await database.query("select distinct status, failure from webhook_deliveries");
    expect(states).toEqual([{ status: "pending", failure: "refused_address" }]);
  });
});

/** A token of another issuer's service on the same database. */
async function tokenFor(vars: Record<string, string>): Promise<string> {
  const { body } = await post("/api/auth/login", { email: admin.email, password: admin.password }, { vars });
  return body.token;
}

describe("an administrator", () => {
  it("tries an endpoint out, changes it, turns it off and deletes it, each in the audit log without the address", async () => {
    const hook = await createWebhook({ description: "Facturation" });
    const token = { token: admin.token };
    const path = `/api/admin/webhooks/${hook.id}`;
    const tested = await post(`${path}/test`, {}, token);
    expect(tested.status).toBe(202);
    await goOn();
    expect(await verifiedAt(hook)).toMatchObject([{ type: "webhook.test", data: {} }]);
    expect(await deliveriesOf(hook)).toMatchObject([{ id: tested.body.deliveryId, status: "delivered" }]);
    const changed = await patch(path, { description: "Compta", events: ["user.deleted"] }, token);
    expect(changed.body.webhook).toMatchObject({
      description: "Compta",
      events: ["user.deleted"],
      url: mailbox.receiver(hook.name),
    });
    expect((await patch(path, { isActive: false }, token)).body.webhook.disabledAt).toEqual(expect.any(String));
    expectProblem(await post(`${path}/test`, {}, token), "not_found");
    expect((await del(path, token)).status).toBe(200);
    expectProblem(await del(path, token), "not_found");
    expectProblem(await patch(path, { isActive: true }, token), "not_found");
    expectProblem(await post(`${path}/secret`, {}, token), "not_found");
    expectProblem(await get(`${path}/deliveries`, token), "not_found");
    const audit = await database.query<{ action: string; metadata: object }>(
      "select action, metadata from audit_logs where target_type = 'webhook' and target_id = $1 order by id",
      [hook.id],
    );
    expect(audit.map(({ action }) => action)).toEqual([
      "webhook.created",
      "webhook.tested",
      "webhook.updated",
      "webhook.updated",
      "webhook.deleted",
    ]);
    expect(JSON.stringify(audit)).not.toContain("/receivers/");
  });

  it("is refused unknown events, unknown keys and an endpoint that is not one", async () => {
    const token = { token: admin.token };
    const url = mailbox.receiver("never");
    for (const body of [{ url, events: ["user.exploded"] }, { url, secret: "mine" }, { events: [] }, { url: 5 }])
      expect((await post("/api/admin/webhooks", body, token)).body.code, Object.keys(body).join()).toBe(
        "validation_failed",
      );
    const nobody = crypto.randomUUID();
    for (const path of ["test", "secret"])
      expectProblem(await post(`/api/admin/webhooks/${nobody}/${path}`, {}, token), "not_found");
    expectProblem(
      await post(`/api/admin/webhooks/${nobody}/replay`, { since: new Date().toISOString() }, token),
      "not_found",
    );
    expectProblem(await post(`/api/admin/webhooks/${nobody}/deliveries/1/replay`, {}, token), "not_found");
  });
});

it("deliveries go after 30 days", async () => {
  const hook = await createWebhook();
  await registerMember();
  await goOn();
  await database.query("update webhook_deliveries set created_at = now() - interval '31 days'");
  await passTheNight();
  expect(await deliveriesOf(hook)).toEqual([]);
});
