import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { del, logIn, post, put, registerMember, type Member } from "../support/service.ts";
import { connectLive, hubOf, isNotification, listen, publish, requestSocket } from "../support/sockets.ts";

/** Shifts time instead of waiting: the tokens behind the open sockets expired a second ago. */
async function expireSockets(member: Member): Promise<void> {
  // Any pending read is finished then, so it doesn't cause what follows.
  await hubOf(member).publish();
  await runInDurableObject(hubOf(member), (_hub, state) => {
    for (const socket of state.getWebSockets()) {
      socket.serializeAttachment({ ...socket.deserializeAttachment(), expiresAt: Date.now() - 1_000 });
    }
  });
}

function expiries(member: Member): Promise<number[]> {
  return runInDurableObject(hubOf(member), (_hub, state) =>
    state.getWebSockets().map((socket) => (socket.deserializeAttachment() as { expiresAt: number }).expiresAt),
  );
}

const expiryOf = (token: string) => (JSON.parse(atob(token.split(".")[1]!)) as { exp: number }).exp * 1000;

describe("GET /ws: how long a socket lives", () => {
  it("sets an alarm at the expiry of the access token", async () => {
    const member = await registerMember();
    await connectLive(member);
    expect(await expiries(member)).toEqual([expiryOf(member.token)]);
    await runDurableObjectAlarm(hubOf(member));
    const alarm = await runInDurableObject(hubOf(member), (_hub, state) => state.storage.getAlarm());
    expect(alarm).toBe(expiryOf(member.token));
  });

  it("closes with 4401 at that time, also after hibernation", async () => {
    for (const evict of [false, true]) {
      const member = await registerMember();
      const [socket, other] = [await connectLive(member), await connectLive(await logIn(member))];
      await expireSockets(member);
      if (evict) await evictDurableObject(hubOf(member));
      await runDurableObjectAlarm(hubOf(member));
      expect(await socket.closed, JSON.stringify(evict)).toEqual({ code: 4401, reason: "token expired" });
      expect((await other.closed).code, JSON.stringify(evict)).toBe(4401);
    }
  });

  it("sends nothing after expiry, even if the alarm is late, and accepts nothing either", async () => {
    const member = await registerMember();
    const [pushed, talking] = [await connectLive(member), await connectLive(member)];
    await expireSockets(member);
    talking.sendRaw("junk");
    expect((await talking.closed).code).toBe(4401);
    expect(talking.frames.filter((frame) => frame.type === "error")).toEqual([]);
    await publish(member);
    expect((await pushed.closed).code).toBe(4401);
    expect([...pushed.frames, ...talking.frames].filter(isNotification)).toEqual([]);
  });

  it("lives on with a newer token of the same session, also through hibernation", async () => {
    const member = await registerMember();
    const socket = await connectLive(member);
    await runInDurableObject(hubOf(member), (_hub, state) => {
      const [open] = state.getWebSockets();
      open!.serializeAttachment({ ...open!.deserializeAttachment(), expiresAt: Date.now() + 20_000 });
    });
    const { body } = await post("/api/auth/refresh", { refreshToken: member.refreshToken });
    await evictDurableObject(hubOf(member));
    socket.send({ type: "reauthenticate", token: body.token });
    const expiresAt = new Date(expiryOf(body.token)).toISOString();
    expect(await socket.next((frame) => frame.event === "reauthenticated")).toEqual({
      type: "session",
      event: "reauthenticated",
      expiresAt,
    });
    expect(await expiries(member)).toEqual([expiryOf(body.token)]);
    await runDurableObjectAlarm(hubOf(member));
    expect(socket.isOpen()).toBe(true);
  });

  it("closes with 4403 at logout, whichever token names the session, and keeps the other devices' sockets", async () => {
    const member = await registerMember();
    for (const name of ["refreshToken", "token"] as const) {
      const device = await logIn(member);
      const [stays, goes] = [await connectLive(member), await connectLive(device)];
      await evictDurableObject(hubOf(member));
      if (name === "token") await post("/api/auth/logout", {}, { token: device.token });
      else await post("/api/auth/logout", { refreshToken: device.refreshToken });
      expect(await goes.closed, name).toEqual({ code: 4403, reason: "session over" });
      const [id] = await publish(member);
      expect((await stays.next(isNotification)).id, name).toBe(id);
    }
  });

  it("closes the other devices with 4403 at a password change", async () => {
    const member = await registerMember();
    const [mine, theirs] = [await connectLive(member), await connectLive(await logIn(member))];
    await evictDurableObject(hubOf(member));
    const newPassword = "Un autre cheval, une autre pile";
    await put("/api/users/me/password", { currentPassword: member.password, newPassword }, { token: member.token });
    expect((await theirs.closed).code).toBe(4403);
    expect(await mine.next(isNotification)).toMatchObject({ kind: "password_changed" });
  });

  it("closes all with 4403 at deletion, also after hibernation", async () => {
    const member = await registerMember();
    const sockets = [await connectLive(member), await connectLive(await logIn(member))];
    await evictDurableObject(hubOf(member));
    await del("/api/users/me", { token: member.token });
    for (const socket of sockets) expect((await socket.closed).code).toBe(4403);
  });

  it("gives a socket opened with a Bearer token that token's lifetime", async () => {
    const member = await registerMember();
    listen((await requestSocket({ Authorization: `Bearer ${member.token}` })).webSocket!);
    expect(await expiries(member)).toEqual([expiryOf(member.token)]);
  });
});
