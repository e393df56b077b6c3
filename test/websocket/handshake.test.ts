import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { ALLOWED_ORIGIN } from "../support/bindings.ts";
import { database, post, registerMember } from "../support/service.ts";
import {
  connect,
  connectLive,
  idsOf,
  isNotification,
  listen,
  logIn,
  offer,
  publish,
  requestSocket,
  ticketOf,
} from "../support/sockets.ts";

beforeAll(() => void Object.assign(env, { RATE_LIMIT_SCALE: "1" }));

async function refusal(response: Response): Promise<[number, string]> {
  expect(response.webSocket).toBeNull();
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  return [response.status, (await response.json<{ code: string }>()).code];
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

describe("POST /api/users/me/ws-ticket", () => {
  it("gives a ticket for 30 seconds, in one trip, of which only the hash is stored", async () => {
    const { token, userId } = await registerMember();
    let answer: Awaited<ReturnType<typeof post>>;
    expect(
      await database.tripsOf(async () => void (answer = await post("/api/users/me/ws-ticket", undefined, { token }))),
    ).toBe(1);
    expect(answer!.body).toEqual({ ticket: expect.stringMatching(/^[\w-]{43}$/), expiresIn: 30 });
    const [row] = await database.query<Record<string, string>>(
      `select token, purpose from one_time_tokens where user_id = ${userId} and purpose <> 'verify_email'`,
    );
    expect(row!["purpose"]).toBe("ws_ticket");
    expect(row!["token"]).not.toContain(answer!.body.ticket);
  });

  it("refuses without a session", async () => {
    expect((await post("/api/users/me/ws-ticket")).status).toBe(401);
  });
});

describe("GET /ws: who may open a socket", () => {
  it("takes a ticket, in one trip, and echoes the protocol without it", async () => {
    const ticket = await ticketOf(await registerMember());
    let response: Response;
    expect(await database.tripsOf(async () => void (response = await requestSocket(offer(ticket))))).toBe(1);
    expect(response!.status).toBe(101);
    expect(response!.headers.get("Sec-WebSocket-Protocol")).toBe("notifications.v1");
  });

  it("takes a Bearer token from a client that is no browser, with or without the protocol", async () => {
    const member = await registerMember();
    const plain = await requestSocket(bearer(member.token));
    expect(plain.status).toBe(101);
    expect(plain.headers.get("Sec-WebSocket-Protocol")).toBeNull();
    const socket = listen(plain.webSocket!);
    const [id] = await publish(member);
    expect((await socket.next(isNotification)).id).toBe(id);
    const named = await requestSocket({ ...bearer(member.token), "Sec-WebSocket-Protocol": "notifications.v1" });
    expect(named.headers.get("Sec-WebSocket-Protocol")).toBe("notifications.v1");
  });

  it("answers 426 to anything but an upgrade", async () => {
    const { token } = await registerMember();
    const response = await requestSocket({ ...bearer(token), Upgrade: "" });
    expect(response.headers.get("Upgrade")).toBe("websocket");
    expect(await refusal(response)).toEqual([426, "upgrade_required"]);
  });

  it("takes an allowed Origin and no other, and does not use up the ticket of a refused one", async () => {
    const member = await registerMember();
    const ticket = await ticketOf(member);
    for (const Origin of ["https://evil.example", "null", `${ALLOWED_ORIGIN}.evil.example`, `${ALLOWED_ORIGIN}/`]) {
      expect(await refusal(await requestSocket({ ...offer(ticket), Origin }))).toEqual([403, "origin_not_allowed"]);
      expect(await refusal(await requestSocket({ ...bearer(member.token), Origin }))).toEqual([
        403,
        "origin_not_allowed",
      ]);
    }
    expect((await requestSocket({ ...offer(ticket), Origin: ALLOWED_ORIGIN })).status).toBe(101);
  });

  it("ignores credentials in the address", async () => {
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

  it("opens one socket for 20 parallel uses of one ticket", async () => {
    const ticket = await ticketOf(await registerMember());
    await database.inject({ kind: "hold", count: 20 }, { match: /ws_ticket/ });
    const answers = await Promise.all(Array.from({ length: 20 }, () => requestSocket(offer(ticket))));
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([101, ...Array(19).fill(401)]);
    expect(await refusal(answers.find((answer) => answer.status === 401)!)).toEqual([401, "invalid_ticket"]);
  });

  it("refuses a ticket that has run out, is made up, or belongs to a session that is over", async () => {
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

  it("refuses a one-time token of another purpose", async () => {
    const member = await registerMember();
    const ticket = await ticketOf(member);
    await database.query(`update one_time_tokens set purpose = 'reset_password' where user_id = ${member.userId}`);
    expect(await refusal(await requestSocket(offer(ticket)))).toEqual([401, "invalid_ticket"]);
  });

  it("gives the ticket's owner their own notifications, and refuses it beside another's token", async () => {
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

  it("refuses protocols that are not ours, and tokens that are no access tokens", async () => {
    const { token, refreshToken } = await registerMember();
    const strange = { ...bearer(token), "Sec-WebSocket-Protocol": "graphql-ws" };
    expect(await refusal(await requestSocket(strange))).toEqual([400, "unsupported_subprotocol"]);
    for (const junk of [refreshToken, "junk", `${token}x`]) {
      expect(await refusal(await requestSocket(bearer(junk)))).toEqual([401, "invalid_token"]);
    }
  });

  it("answers 503 while the database is away, and the ticket is still good", async () => {
    const ticket = await ticketOf(await registerMember());
    await database.inject({ kind: "status", status: 500 }, { match: /ws_ticket/ });
    expect(await refusal(await requestSocket(offer(ticket)))).toEqual([503, "service_unavailable"]);
    expect((await requestSocket(offer(ticket))).status).toBe(101);
  });

  it("opens 10 sockets for a user, also of many at once, refuses the 11th, and has room again when one closes", async () => {
    const member = await registerMember();
    const tickets = await Promise.all(Array.from({ length: 15 }, () => ticketOf(member)));
    const answers = await Promise.all(tickets.map((ticket) => requestSocket(offer(ticket))));
    const opened = answers.filter((answer) => answer.status === 101).map((answer) => listen(answer.webSocket!));
    const refused = answers.filter((answer) => answer.status !== 101);
    expect(opened).toHaveLength(10);
    for (const answer of refused) {
      expect(answer.headers.get("Retry-After")).toBe("60");
      expect(await refusal(answer)).toEqual([429, "too_many_sockets"]);
    }
    expect((await requestSocket(bearer((await registerMember()).token))).status).toBe(101);
    opened[0]!.close();
    await opened[0]!.closed;
    const eleventh = await connectLive(member);
    const [id] = await publish(member);
    for (const socket of [...opened.slice(1), eleventh]) expect((await socket.next(isNotification)).id).toBe(id);
  });

  it("closes a socket whose session ended while it was being opened", async () => {
    const member = await registerMember();
    const ticket = await ticketOf(member);
    const response = await requestSocket(offer(ticket));
    // As if the word of the logout had come before the socket: the hub hears nothing.
    await database.query(`update refresh_tokens set revoked_at = now() where user_id = ${member.userId}`);
    const socket = listen(response.webSocket!);
    expect((await socket.closed).code).toBe(4403);
    await expect(connect(member)).rejects.toThrow(/./);
  });
});
