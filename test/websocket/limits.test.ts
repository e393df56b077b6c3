import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { database, registerMember, type Member } from "../support/service.ts";
import { connectLive, hubOf, isNotification, publish, type Frame, type Socket } from "../support/sockets.ts";

beforeAll(() => void Object.assign(env, { RATE_LIMIT_SCALE: "1" }));

const isError = (frame: Frame) => frame.type === "error";

/** Whatever a test does to one socket, another socket of the same user must be unaffected. */
let bystander: { member: Member; socket: Socket };

async function connectWithBystander(): Promise<{ member: Member; socket: Socket }> {
  const member = await registerMember();
  bystander = { member, socket: await connectLive(member) };
  return { member, socket: await connectLive(member) };
}

afterEach(async () => {
  const [id] = await publish(bystander.member);
  expect(await bystander.socket.next((frame) => isNotification(frame) && frame["id"] === id)).toBeTruthy();
});

describe("GET /ws: what a client may send", () => {
  it("answers an error frame to anything but our frames, and stays open", async () => {
    const { socket, member } = await connectWithBystander();
    const junk = [
      "junk",
      "",
      "null",
      "[]",
      '"ack"',
      "{}",
      '{"type":"shout"}',
      '{"type":"ack"}',
      '{"type":"ack","id":"1"}',
      '{"type":"ack","id":-1}',
      '{"type":"ack","id":1.5}',
      '{"type":"resume","after":1e300}',
      '{"type":"resume","after":"0; drop table notifications"}',
      '{"type":"reauthenticate"}',
      '{"type":"reauthenticate","token":{}}',
      '{"__proto__":{"type":"ack","id":1}}',
      '{"type":"__proto__"}',
      '{"type":"constructor"}',
      "Ping",
      "\u0000",
      "[".repeat(30_000),
      new Uint8Array([1, 2, 3]).buffer,
      new TextEncoder().encode('{"type":"resume"}').buffer as ArrayBuffer,
    ];
    for (const message of junk) {
      socket.sendRaw(message);
      expect(await socket.next(isError)).toEqual({ type: "error", code: "invalid_frame" });
    }
    const [id] = await publish(member);
    expect((await socket.next(isNotification)).id).toBe(id);
    expect(({} as Record<string, unknown>)["id"]).toBeUndefined();
  });

  it("drops keys that a frame does not have, `__proto__` among them", async () => {
    const { socket, member } = await connectWithBystander();
    const [id] = await publish(member);
    socket.sendRaw(`{"type":"ack","id":${id},"__proto__":{"polluted":true},"userId":1}`);
    await bystander.socket.next((frame) => frame.type === "read");
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("closes with 1009 over 64 KiB of text or bytes, and accepts 64 KiB", async () => {
    const { socket, member } = await connectWithBystander();
    socket.sendRaw("x".repeat(65_536));
    expect(await socket.next(isError)).toEqual({ type: "error", code: "invalid_frame" });
    socket.sendRaw("x".repeat(65_537));
    expect(await socket.closed).toEqual({ code: 1009, reason: "message over 64 KiB" });
    for (const oversize of ["é".repeat(32_769), new Uint8Array(65_537).buffer]) {
      const next = await connectLive(member);
      next.sendRaw(oversize);
      expect((await next.closed).code).toBe(1009);
    }
  });

  it("closes with 4408 at the 101st message of a minute, counted through hibernation", async () => {
    const { socket, member } = await connectWithBystander();
    // One was the resume.
    for (let i = 0; i < 60; i++) socket.sendRaw("junk");
    for (let i = 0; i < 60; i++) await socket.next(isError);
    await evictDurableObject(hubOf(member));
    for (let i = 0; i < 60; i++) socket.sendRaw("junk");
    expect(await socket.closed).toEqual({ code: 4408, reason: "too many messages" });
    expect(socket.frames.filter(isError)).toHaveLength(99);
  });

  it("counts anew a minute later, and does not count pings", async () => {
    const { socket, member } = await connectWithBystander();
    for (let i = 0; i < 99; i++) socket.sendRaw("junk");
    for (let i = 0; i < 99; i++) await socket.next(isError);
    for (let i = 0; i < 200; i++) socket.sendRaw("ping");
    for (let i = 0; i < 200; i++) await socket.next((frame) => frame.type === "pong");
    await runInDurableObject(hubOf(member), (_hub, state) => {
      for (const open of state.getWebSockets()) {
        open.serializeAttachment({ ...open.deserializeAttachment(), minuteFrom: Date.now() - 60_000 });
      }
    });
    socket.sendRaw("junk");
    await socket.next(isError);
    expect(socket.isOpen()).toBe(true);
  });

  it("answers an error frame while the database is away", async () => {
    const { socket, member } = await connectWithBystander();
    const [id] = await publish(member);
    await database.inject({ kind: "cut" }, { source: undefined, times: 2, match: /update notifications/ });
    socket.send({ type: "ack", id });
    expect(await socket.next(isError)).toEqual({ type: "error", code: "service_unavailable" });
  });
});
