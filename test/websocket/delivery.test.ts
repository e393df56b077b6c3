import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { registerMember } from "../support/service.ts";
import { connect, connectLive, hubOf, idsOf, isNotification, publish } from "../support/sockets.ts";

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

  it("pushes to a socket that never says resume", async () => {
    const member = await registerMember();
    const socket = await connect(member);
    const [id] = await publish(member);
    expect((await socket.next(isNotification)).id).toBe(id);
  });

  it("pushes after the hub was evicted", async () => {
    const member = await registerMember();
    const socket = await connectLive(member);
    await evictDurableObject(hubOf(member));
    const [id] = await publish(member);
    expect((await socket.next(isNotification)).id).toBe(id);
    expect(idsOf(socket)).toEqual([id]);
  });
});
