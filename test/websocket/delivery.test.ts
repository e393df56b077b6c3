import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { database, del, get, logIn, mailbox, post, put, registerMember } from "../support/service.ts";
import {
  connect,
  connectLive,
  hubOf,
  idsOf,
  insertNotifications,
  isNotification,
  publish,
  type Frame,
} from "../support/sockets.ts";

const isLast = (id: number | undefined) => (frame: Frame) => frame.type === "notification" && frame["id"] === id;

/** A generator of numbers in [0, 1) determined by a seed (mulberry32), so that a failure can be reproduced. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe("GET /ws: delivery", () => {
  it("pushes a notification to every open socket, in the form of the contract", async () => {
    const member = await registerMember();
    const sockets = [await connectLive(member), await connectLive(member)];
    const [id] = await publish(member);
    for (const socket of sockets) {
      expect(await socket.next(isNotification)).toEqual({
        type: "notification",
        id,
        kind: "admin_message",
        title: "n° 1",
        content: "…",
        data: {},
        readAt: null,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      });
    }
  });

  it("pushes to a socket that never sends resume, and nothing from before it opened", async () => {
    const member = await registerMember();
    await publish(member, 3);
    const socket = await connect(member);
    const [id] = await publish(member);
    expect((await socket.next(isNotification)).id).toBe(id);
    expect(idsOf(socket)).toEqual([id]);
  });

  it("tells a socket of an event once, however often the hub hears of it, also after it was evicted", async () => {
    const ada = await registerMember();
    const socket = await connectLive(ada);
    const told = async (eventId: string, evicted = false) => {
      const hub = hubOf(ada);
      await hub.tell({ type: "session", event: "authority_changed" }, eventId);
      if (evicted) await evictDurableObject(hub);
      await hubOf(ada).tell({ type: "session", event: "authority_changed" }, eventId);
      await hubOf(ada).endSessions({ sessionId: crypto.randomUUID() }, `${eventId}:ended`);
      await hubOf(ada).endSessions({ sessionId: crypto.randomUUID() }, `${eventId}:ended`);
    };
    await told("one");
    await told("two", true);
    const [last] = await publish(ada);
    await socket.next(isLast(last));
    expect(socket.frames.flatMap(({ event }) => event ?? [])).toEqual([
      "resumed",
      "authority_changed",
      "ended",
      "authority_changed",
      "ended",
    ]);
  });

  it("sends nothing to anyone else", async () => {
    const [ada, eve] = [await registerMember(), await registerMember()];
    const [hers, other] = [await connectLive(ada), await connectLive(eve)];
    await publish(ada, 3);
    const [own] = await publish(eve);
    await other.next(isNotification);
    expect(idsOf(other)).toEqual([own]);
    expect(idsOf(hers)).toHaveLength(3);
  });

  it("pushes after the hub was evicted, and answers pings without waking it", async () => {
    const member = await registerMember();
    const socket = await connectLive(member);
    await evictDurableObject(hubOf(member));
    socket.sendRaw("ping");
    expect(await socket.next((frame) => frame.type === "pong")).toBeTruthy();
    // An object that is not running can't be evicted: so it was still hibernating.
    await expect(evictDurableObject(hubOf(member))).rejects.toThrow(/./);
    const [id] = await publish(member);
    expect((await socket.next(isNotification)).id).toBe(id);
    expect(idsOf(socket)).toEqual([id]);
  });

  it("sends what was missed on resume, over many pages, in order and once, while more is being published", async () => {
    const member = await registerMember();
    const missed = await insertNotifications(member, 450);
    const socket = await connect(member);
    socket.send({ type: "resume", after: missed[9] });
    const fresh = (await Promise.all(Array.from({ length: 20 }, () => publish(member)))).flat();
    await socket.next(isLast(Math.max(...fresh)));
    expect(idsOf(socket)).toEqual([...missed.slice(10), ...fresh.toSorted((a, b) => a - b)]);
  });

  it("holds what is published before a new socket's resume, so that what it missed comes first", async () => {
    const member = await registerMember();
    const missed = await insertNotifications(member, 3);
    const socket = await connect(member);
    const fresh = await publish(member, 2);
    socket.send({ type: "resume", after: 0 });
    await socket.next(isLast(fresh[1]));
    expect(idsOf(socket)).toEqual([...missed, ...fresh]);
  });

  it("starts again on a resume that arrives during another read", async () => {
    const member = await registerMember();
    const missed = await insertNotifications(member, 3);
    const socket = await connectLive(member);
    await hubOf(member).publish();
    const [fresh] = await insertNotifications(member);
    await database.inject({ kind: "hold", count: 2 }, { source: undefined, match: /from notifications/ });
    await database.tripsOf(async () => {});
    const publishing = hubOf(member).publish();
    // The read has reached the database, and waits there.
    while ((await database.statements()).length === 0);
    socket.send({ type: "resume", after: 0 });
    await socket.next((frame) => frame.event === "resumed");
    await database.clear();
    await publishing;
    await socket.next(isLast(fresh));
    expect(idsOf(socket)).toEqual([...missed, fresh]);
  });

  it("commits a user's notifications in the order of their ids", async () => {
    const member = await registerMember();
    const socket = await connectLive(member);
    const insert = `insert into notifications (user_id, type, title, content) select ${member.userId}, 'x', 't', 'c'`;
    // The first writer waits before it commits; without the lock the second would overtake it with a higher id.
    const slow = database.query(`begin; ${insert}; select pg_sleep(0.3); commit`).then(() => hubOf(member).publish());
    const isWriting = `select 1 from pg_stat_activity where query like 'begin;%' and state = 'active' and query like '%pg_sleep%' and wait_event = 'PgSleep'`;
    while ((await database.query(isWriting)).length === 0);
    const fast = Promise.all(
      Array.from({ length: 10 }, () => database.query(insert).then(() => hubOf(member).publish())),
    );
    await Promise.all([slow, fast]);
    const ids = (await database.query<{ id: string }>(`select id from notifications order by id`)).map((row) =>
      Number(row.id),
    );
    const own = ids.slice(-11);
    await socket.next(isLast(own.at(-1)));
    expect(idsOf(socket)).toEqual(own);
  });

  it("shows 1,000 notifications once and in order to a client that disconnects and resumes at random 50 times", async () => {
    const random = randomFrom(20_261_120);
    const member = await registerMember();
    const seen: number[] = [];
    const expected: number[] = [];
    const publishAll = async () => {
      while (expected.length < 1_000) expected.push(...(await publish(member, 1 + Math.floor(random() * 40))));
    };
    const published = publishAll();
    let evictions = 0;
    for (let round = 0; round < 50 || expected.length < 1_000; round++) {
      const socket = await connect(member);
      socket.send({ type: "resume", after: seen.at(-1) ?? 0 });
      for (let wanted = Math.floor(random() * 40); wanted > 0 && seen.length < expected.length; wanted--) {
        seen.push((await socket.next(isNotification)).id);
      }
      // Refused while the hub is busy.
      if (random() < 0.3) {
        await evictDurableObject(hubOf(member)).then(
          () => (evictions += 1),
          () => {},
        );
      }
      socket.close();
      await socket.closed;
    }
    await published;
    const last = await connect(member);
    last.send({ type: "resume", after: seen.at(-1) ?? 0 });
    while (seen.length < expected.length) seen.push((await last.next(isNotification)).id);
    const [extra] = await publish(member);
    expect((await last.next(isNotification)).id).toBe(extra);
    expect(seen).toEqual(expected);
    expect(evictions).toBeGreaterThan(0);
  });

  it("catches up by itself after the database was away", async () => {
    const member = await registerMember();
    const socket = await connectLive(member);
    // A look of the registration's jobs that is on its way would still see what comes next.
    await mailbox.next(member.email);
    await hubOf(member).publish();
    // As often as anybody asks: a job of the registration may read notifications too.
    await database.inject(
      { kind: "status", status: 500 },
      { source: undefined, times: 1_000, match: /from notifications/ },
    );
    const [id] = await publish(member);
    expect(idsOf(socket)).toEqual([]);
    await runInDurableObject(hubOf(member), async (_hub, { storage }) => {
      expect(await storage.getAlarm()).toBeLessThanOrEqual(Date.now() + 5_000);
    });
    // From here on the alarm may do it by itself.
    const retry = socket.next(isNotification);
    await database.clear();
    // The alarm does the retry: it is moved forward instead of waited for.
    await runInDurableObject(hubOf(member), async (instance, state) => {
      for (const open of state.getWebSockets())
        open.serializeAttachment({ ...open.deserializeAttachment(), readFrom: 1 });
      await instance.alarm();
    });
    expect((await retry).id).toBe(id);
  });

  it("costs no trip without listeners, and one with them", async () => {
    const member = await registerMember();
    // The job of its link makes a trip too.
    await mailbox.next(member.email);
    expect(await database.tripsOf(() => hubOf(member).publish(), { all: true })).toBe(0);
    const socket = await connectLive(member);
    await insertNotifications(member);
    expect(await database.tripsOf(() => hubOf(member).publish(), { all: true })).toBe(1);
    await socket.next(isNotification);
    const burst = () => Promise.all(Array.from({ length: 100 }, () => hubOf(member).publish()));
    expect(await database.tripsOf(burst, { all: true })).toBeLessThan(50);
  });

  it("never fails the act that caused it", async () => {
    const member = await registerMember();
    const socket = await connectLive(member);
    const namespace = env.NOTIFICATION_HUB;
    Object.assign(env, {
      NOTIFICATION_HUB: { idFromName: () => "", get: () => ({ publish: () => Promise.reject(new Error("away")) }) },
    });
    try {
      const changed = await put(
        "/api/users/me/password",
        { currentPassword: member.password, newPassword: "Un autre cheval, une autre pile" },
        { token: member.token },
      );
      expect(changed.status).toBe(200);
    } finally {
      Object.assign(env, { NOTIFICATION_HUB: namespace });
    }
    expect(socket.isOpen()).toBe(true);
  });
});

describe("GET /ws: events", () => {
  it("tells open pages about a login on another device", async () => {
    const member = await registerMember();
    const socket = await connectLive(member);
    await logIn(member);
    expect(await socket.next()).toEqual({
      type: "session",
      event: "started",
      sessionId: expect.stringMatching(/^[\w-]{36}$/),
      userAgent: null,
      country: null,
      city: null,
    });
  });

  it("tells open pages about a password change, as a notification", async () => {
    const member = await registerMember();
    const socket = await connectLive(member);
    const newPassword = "Un autre cheval, une autre pile";
    await put("/api/users/me/password", { currentPassword: member.password, newPassword }, { token: member.token });
    expect(await socket.next(isNotification)).toMatchObject({
      kind: "password_changed",
      title: "Mot de passe modifié",
    });
    expect(socket.isOpen()).toBe(true);
  });

  it("shows on one device at once what was read on another, by REST or by ack", async () => {
    const member = await registerMember();
    const [phone, laptop] = [await connectLive(member), await connectLive(await logIn(member))];
    const ids = await publish(member, 4);
    await post("/api/users/me/notifications/read", { ids: [ids[1]] }, { token: member.token });
    expect(await phone.next((frame) => frame.type === "read")).toEqual({ type: "read", ids: [ids[1]], unread: 3 });
    expect(await laptop.next((frame) => frame.type === "read")).toEqual({ type: "read", ids: [ids[1]], unread: 3 });
    phone.send({ type: "ack", id: ids[2] });
    expect(await laptop.next((frame) => frame.type === "read")).toEqual({ type: "read", upTo: ids[2], unread: 1 });
    await post("/api/users/me/notifications/read", { all: true }, { token: member.token });
    expect(await laptop.next((frame) => frame.type === "read")).toEqual({ type: "read", upTo: ids[3], unread: 0 });
    const { body } = await get("/api/users/me/notifications", { token: member.token });
    expect(body.unread).toBe(0);
    expect(phone.frames.filter((frame) => frame["upTo"] === ids[2])).toEqual([]);
  });

  it("tells the other devices that one was signed out", async () => {
    const member = await registerMember();
    const other = await logIn(member);
    const [mine, theirs] = [await connectLive(member), await connectLive(other)];
    await post("/api/auth/logout", { refreshToken: other.refreshToken });
    expect(await theirs.closed).toEqual({ code: 4403, reason: "session over" });
    expect(await mine.next((frame) => frame.event === "ended")).toEqual({
      type: "session",
      event: "ended",
      sessionId: expect.stringMatching(/^[\w-]{36}$/),
    });
  });

  it("closes every socket of a deleted account", async () => {
    const member = await registerMember();
    const sockets = [await connectLive(member), await connectLive(await logIn(member))];
    await del("/api/users/me", { token: member.token });
    for (const socket of sockets) expect((await socket.closed).code).toBe(4403);
  });
});
