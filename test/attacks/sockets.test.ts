/**
 * docs/security.md, "Revocation" and "Web and input": sockets opened without the right to, or kept after they should
 * have closed.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { ALLOWED_ORIGIN } from "../support/bindings.ts";
import { database, logIn, post, registerMember, type Member } from "../support/service.ts";
import {
  bearer,
  connect,
  connectLive,
  hubOf,
  idsOf,
  isNotification,
  listen,
  offer,
  publish,
  refusal,
  requestSocket,
  ticketOf,
} from "../support/sockets.ts";

beforeAll(() => void Object.assign(env, { RATE_LIMIT_SCALE: "1" }));

function expiries(member: Member): Promise<number[]> {
  return runInDurableObject(hubOf(member), (_hub, state) =>
    state.getWebSockets().map((socket) => (socket.deserializeAttachment() as { expiresAt: number }).expiresAt),
  );
}

describe("opening a socket", () => {
  it("from a page of another origin", async () => {
    const member = await registerMember();
    const ticket = await ticketOf(member);
    for (const Origin of ["https://evil.example", "null", `${ALLOWED_ORIGIN}.evil.example`, `${ALLOWED_ORIGIN}/`]) {
      expect(await refusal(await requestSocket({ ...offer(ticket), Origin })), Origin).toEqual([
        403,
        "origin_not_allowed",
      ]);
      expect(await refusal(await requestSocket({ ...bearer(member.token), Origin })), Origin).toEqual([
        403,
        "origin_not_allowed",
      ]);
    }
    expect((await requestSocket({ ...offer(ticket), Origin: ALLOWED_ORIGIN })).status).toBe(101);
  });

  it("with credentials in the URL", async () => {
    const member = await registerMember();
    const ticket = await ticketOf(member);
    const path = `/ws?token=${member.token}&access_token=${member.token}&ticket=${ticket}`;
    expect(await refusal(await requestSocket({}, path))).toEqual([401, "authentication_required"]);
    expect(await refusal(await requestSocket({ "Sec-WebSocket-Protocol": "notifications.v1" }, path))).toEqual([
      401,
      "authentication_required",
    ]);
    expect((await requestSocket(offer(ticket))).status).toBe(101);
  });

  it("with one ticket twenty times at the same instant", async () => {
    const ticket = await ticketOf(await registerMember());
    await database.inject({ kind: "hold", count: 20 }, { match: /ws_ticket/ });
    const answers = await Promise.all(Array.from({ length: 20 }, () => requestSocket(offer(ticket))));
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([101, ...Array(19).fill(401)]);
    expect(await refusal(answers.find((answer) => answer.status === 401)!)).toEqual([401, "invalid_ticket"]);
  });

  it("with a ticket that is expired, forged, or of an ended session", async () => {
    const member = await registerMember();
    const expired = await ticketOf(member);
    await database.query(`update one_time_tokens set expires_at = now() - interval '1 s'`);
    expect(await refusal(await requestSocket(offer(expired)))).toEqual([401, "invalid_ticket"]);
    expect(await refusal(await requestSocket(offer("A".repeat(43))))).toEqual([401, "invalid_ticket"]);
    const late = await ticketOf(member);
    await post("/api/auth/logout", { refreshToken: member.refreshToken });
    expect(await refusal(await requestSocket(offer(late)))).toEqual([401, "invalid_ticket"]);
    expect(await refusal(await requestSocket(bearer(member.token)))).toEqual([401, "invalid_token"]);
  });

  it("with a one-time token of another purpose", async () => {
    const member = await registerMember();
    const ticket = await ticketOf(member);
    await database.query(`update one_time_tokens set purpose = 'reset_password' where user_id = ${member.userId}`);
    expect(await refusal(await requestSocket(offer(ticket)))).toEqual([401, "invalid_ticket"]);
  });

  it("with a stolen ticket plus one's own token, to read another's notifications", async () => {
    const [ada, eve] = [await registerMember(), await registerMember()];
    const ticket = await ticketOf(ada);
    expect(await refusal(await requestSocket({ ...offer(ticket), ...bearer(eve.token) }))).toEqual([
      401,
      "invalid_ticket",
    ]);
    const second = await logIn(ada);
    expect(await refusal(await requestSocket({ ...offer(ticket), ...bearer(second.token) }))).toEqual([
      401,
      "invalid_ticket",
    ]);
    const socket = listen((await requestSocket({ ...offer(ticket), ...bearer(ada.token) })).webSocket!);
    await publish(eve);
    const [id] = await publish(ada);
    expect((await socket.next(isNotification)).id).toBe(id);
    expect(idsOf(socket)).toEqual([id]);
  });

  it("by a session that ends at the same moment", async () => {
    const member = await registerMember();
    const ticket = await ticketOf(member);
    const response = await requestSocket(offer(ticket));
    // As if the hub had heard of the logout before the socket opened: it is not told again.
    await database.query(`update refresh_tokens set revoked_at = now() where user_id = ${member.userId}`);
    const socket = listen(response.webSocket!);
    expect((await socket.closed).code).toBe(4403);
    await expect(connect(member)).rejects.toThrow(/./);
  });
});

describe("using a socket", () => {
  it("with a token that belongs to another session or user, is altered, or is of another kind", async () => {
    const member = await registerMember();
    const socket = await connectLive(member);
    const before = await expiries(member);
    const others = [(await logIn(member)).token, (await registerMember()).token];
    for (const token of others) {
      socket.send({ type: "reauthenticate", token });
      expect(await socket.next((frame) => frame.type === "error")).toEqual({ type: "error", code: "wrong_session" });
    }
    for (const token of ["junk", `${member.token}x`, member.refreshToken]) {
      socket.send({ type: "reauthenticate", token });
      expect(await socket.next((frame) => frame.type === "error")).toEqual({ type: "error", code: "invalid_token" });
    }
    expect(await expiries(member)).toEqual(before);
    expect(socket.isOpen()).toBe(true);
  });

  it("to keep receiving after the session or the account has ended, when the hub wasn't told", async () => {
    const ends = [
      "update refresh_tokens set revoked_at = now()",
      "update users set is_active = false",
      "update users set deleted_at = now()",
    ];
    for (const end of ends) {
      const member = await registerMember();
      const socket = await connectLive(member);
      await database.query(`${end} where ${end.includes("users") ? "id" : "user_id"} = ${member.userId}`);
      await publish(member);
      expect((await socket.closed).code, end).toBe(4403);
      expect(socket.frames.filter(isNotification), end).toEqual([]);
    }
  });

  it("to keep acting after the session has ended", async () => {
    const member = await registerMember();
    const socket = await connectLive(member);
    const [id] = await publish(member);
    await database.query(`update refresh_tokens set revoked_at = now() where user_id = ${member.userId}`);
    socket.send({ type: "ack", id });
    expect((await socket.closed).code).toBe(4403);
    expect(
      await database.query(`select 1 from notifications where user_id = ${member.userId} and read_at is not null`),
    ).toEqual([]);
  });

  it("to mark the notifications of another user as read", async () => {
    const member = await registerMember();
    const socket = await connectLive(member);
    const other = await registerMember();
    const [theirs] = await publish(other);
    // One's own comes later: all up to it are marked.
    const [own] = await publish(member);
    for (const id of [theirs, own]) socket.send({ type: "ack", id });
    const read = () => database.query<{ id: string }>("select id from notifications where read_at is not null");
    await vi.waitFor(async () => expect((await read()).map(({ id }) => Number(id))).toContain(own));
    expect((await read()).map(({ id }) => Number(id))).not.toContain(theirs);
  });
});
