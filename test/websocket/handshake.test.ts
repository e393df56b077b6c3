import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { database, post, registerMember } from "../support/service.ts";
import {
  bearer,
  connectLive,
  isNotification,
  listen,
  offer,
  publish,
  refusal,
  requestSocket,
  ticketOf,
} from "../support/sockets.ts";

beforeAll(() => void Object.assign(env, { RATE_LIMIT_SCALE: "1" }));

describe("POST /api/users/me/ws-ticket", () => {
  it("returns a ticket for 30 seconds, in one trip, and stores only its hash", async () => {
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
  it("accepts a ticket, in one trip, and answers with the protocol but not the ticket", async () => {
    const ticket = await ticketOf(await registerMember());
    let response: Response;
    expect(await database.tripsOf(async () => void (response = await requestSocket(offer(ticket))))).toBe(1);
    expect(response!.status).toBe(101);
    expect(response!.headers.get("Sec-WebSocket-Protocol")).toBe("notifications.v1");
  });

  it("accepts a Bearer token from a client that is not a browser, with or without the protocol", async () => {
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

  it("refuses protocols that are not ours, and tokens that are not access tokens", async () => {
    const { token, refreshToken } = await registerMember();
    const strange = { ...bearer(token), "Sec-WebSocket-Protocol": "graphql-ws" };
    expect(await refusal(await requestSocket(strange))).toEqual([400, "unsupported_subprotocol"]);
    for (const junk of [refreshToken, "junk", `${token}x`]) {
      expect(await refusal(await requestSocket(bearer(junk))), junk).toEqual([401, "invalid_token"]);
    }
  });

  it("answers 503 while the database is away, and the ticket stays valid", async () => {
    const ticket = await ticketOf(await registerMember());
    await database.inject({ kind: "status", status: 500 }, { match: /ws_ticket/ });
    expect(await refusal(await requestSocket(offer(ticket)))).toEqual([503, "service_unavailable"]);
    expect((await requestSocket(offer(ticket))).status).toBe(101);
  });

  it("opens 10 sockets for a user, even of many at once, refuses the 11th, and has room again when one closes", async () => {
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
});
