/**
 * The sockets of one user's devices: none outlives its session. Hibernates when idle; its state is stored in the
 * sockets.
 */
import { DurableObject } from "cloudflare:workers";
import { verifyAccessToken } from "../crypto/access-token.ts";
import { refusalOf } from "../db/rules.ts";
import { readMissed, readUpTo } from "../services/events/notifications.ts";
import { createDelivery } from "./delivery.ts";
import { CLOSE, isTooBig, readFrame, type ClientFrame } from "./frames.ts";
import { changeState, close, countMessage, isOpen, send, stateOf, type SocketState } from "./sockets.ts";
import {
  SESSION_HEADER,
  type EndedSockets,
  type HubMethods,
  type ReadFrame,
  type SessionFrame,
  type SocketSession,
} from "../platform/hubs.ts";
import { createPlatform, SYSTEM_CLIENT, type Platform } from "../platform/index.ts";

/** RATE_LIMIT_SCALE scales both, like every limit. */
const MAX_SOCKETS = 10;
const MAX_MESSAGES_A_MINUTE = 100;

/** A new socket gets nothing for this long unless it says where to resume: it must get what it missed first. */
const RESUME_WITHIN_MS = 500;

/** As many as a user may cause while one of them waits for the sweep. */
const EVENTS_REMEMBERED = 64;

/** RPC exposes every method, even TypeScript's `private` ones; `#` hides one. */
export class NotificationHub extends DurableObject<Env> implements HubMethods {
  readonly #deliver = createDelivery({
    sockets: () => this.ctx.getWebSockets(),
    read: (input) => readMissed(this.#platform(), input),
    wakeAt: (time) => this.#wakeAt(time),
  });

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /** Opens the socket of a session that the Worker has accepted. */
  override async fetch(request: Request): Promise<Response> {
    const session = JSON.parse(request.headers.get(SESSION_HEADER)!) as SocketSession;
    const sockets = this.ctx.getWebSockets();
    const limit = this.#scaled(MAX_SOCKETS);
    // No await between counting the sockets and accepting this one.
    if (sockets.length >= limit && sockets.filter(isOpen).length >= limit) return new Response(null, { status: 429 });
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server, [`session:${session.sessionId}`]);
    const now = Date.now();
    const state: SocketState = { ...session, readFrom: now + RESUME_WITHIN_MS, minuteFrom: now, messages: 0 };
    server.serializeAttachment(state);
    await this.#wakeAt(Math.min(state.readFrom, state.expiresAt));
    return new Response(null, { status: 101, webSocket: client });
  }

  /** The database has something new for this user. */
  async publish(): Promise<void> {
    await this.#deliver();
  }

  /** Closes the sockets of that session, or of all but one, and tells the others. */
  async endSessions({ sessionId, exceptSessionId }: Omit<EndedSockets, "userId">, eventId?: string): Promise<void> {
    const ended = new Set(sessionId === undefined ? this.ctx.getWebSockets() : this.#socketsOf(sessionId));
    for (const spared of exceptSessionId === undefined ? [] : this.#socketsOf(exceptSessionId)) ended.delete(spared);
    for (const socket of ended) close(socket, CLOSE.sessionOver);
    await this.tell({ type: "session", event: "ended", sessionId: sessionId ?? null }, eventId);
  }

  /** Sends a frame to every socket except those of the session that it is about. */
  async tell(frame: SessionFrame | ReadFrame, eventId?: string): Promise<void> {
    if (eventId !== undefined && !(await this.#isNew(eventId))) return;
    const about = "sessionId" in frame && frame.sessionId ? this.#socketsOf(frame.sessionId) : [];
    for (const socket of this.ctx.getWebSockets()) if (!about.includes(socket)) send(socket, frame);
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (!isOpen(socket)) return;
    if (stateOf(socket).expiresAt <= Date.now()) return close(socket, CLOSE.tokenExpired);
    if (isTooBig(message)) return close(socket, CLOSE.tooBig);
    const limit = this.#scaled(MAX_MESSAGES_A_MINUTE);
    if (!countMessage(socket, limit, Date.now())) return close(socket, CLOSE.tooManyMessages);
    const frame = readFrame(message);
    if (!frame) return send(socket, { type: "error", code: "invalid_frame" });
    try {
      await this.#handle(socket, frame);
    } catch (error) {
      if (refusalOf(error) === "invalid_token") close(socket, CLOSE.sessionOver);
      else send(socket, { type: "error", code: "service_unavailable" });
    }
  }

  override async webSocketClose(socket: WebSocket, code: number, reason: string): Promise<void> {
    // Completes the client's close handshake. 1005 and 1006 mean that there was no code; they must not be sent (RFC
    // 6455 §7.4.1).
    if (socket.readyState !== WebSocket.CLOSED) socket.close(code === 1005 || code === 1006 ? 1000 : code, reason);
  }

  /** The earliest scheduled time: a token expires, or a read is due. */
  override async alarm(): Promise<void> {
    const now = Date.now();
    for (const socket of this.ctx.getWebSockets()) {
      if (stateOf(socket).expiresAt <= now) close(socket, CLOSE.tokenExpired);
    }
    const open = this.ctx.getWebSockets().filter(isOpen).map(stateOf);
    const times = open.flatMap(({ expiresAt, readFrom }) => (readFrom > now ? [expiresAt, readFrom] : [expiresAt]));
    if (times.length > 0) await this.#wakeAt(times.reduce((a, b) => Math.min(a, b)));
    if (open.some(({ readFrom }) => readFrom > 0 && readFrom <= now)) await this.#deliver();
  }

  async #handle(socket: WebSocket, frame: ClientFrame): Promise<void> {
    switch (frame.type) {
      case "reauthenticate":
        return this.#reauthenticate(socket, frame.token);
      case "resume": {
        const { position, expiresAt } = stateOf(socket);
        const after = frame.after ?? position;
        changeState(socket, { position: after, readFrom: 0 });
        send(socket, { type: "session", event: "resumed", after, expiresAt: new Date(expiresAt).toISOString() });
        return this.#deliver();
      }
      case "ack": {
        const { changed, unread } = await readUpTo(this.#platform(), stateOf(socket), frame.id);
        if (!changed) return;
        for (const other of this.ctx.getWebSockets()) {
          if (other !== socket) send(other, { type: "read", upTo: frame.id, unread });
        }
      }
    }
  }

  async #reauthenticate(socket: WebSocket, token: string): Promise<void> {
    const { config, keySet } = this.#platform();
    const expected = { issuer: config.ISSUER, audience: config.AUDIENCE };
    const verdict = await verifyAccessToken(await keySet(), token, expected);
    if (!verdict.ok) return send(socket, { type: "error", code: "invalid_token" });
    const { sub, sid, exp } = verdict.claims;
    const { userId, sessionId, expiresAt } = stateOf(socket);
    if (Number(sub) !== userId || sid !== sessionId) return send(socket, { type: "error", code: "wrong_session" });
    const until = Math.max(expiresAt, exp * 1000);
    changeState(socket, { expiresAt: until });
    // The alarm of the old token still fires, finds nothing expired, and sets itself again.
    send(socket, { type: "session", event: "reauthenticated", expiresAt: new Date(until).toISOString() });
  }

  /** False for what was told before: the outbox says everything at least once. Where nobody listens nothing is kept. */
  async #isNew(eventId: string): Promise<boolean> {
    if (this.ctx.getWebSockets().length === 0) return true;
    const told = (await this.ctx.storage.get<string[]>("told")) ?? [];
    if (told.includes(eventId)) return false;
    await this.ctx.storage.put("told", [...told, eventId].slice(-EVENTS_REMEMBERED));
    return true;
  }

  #socketsOf(sessionId: string): WebSocket[] {
    return this.ctx.getWebSockets(`session:${sessionId}`);
  }

  /** Only moves the alarm forward: an alarm that fires too early just sets the next one. */
  async #wakeAt(time: number): Promise<void> {
    const planned = await this.ctx.storage.getAlarm();
    if (planned === null || time < planned) await this.ctx.storage.setAlarm(time);
  }

  #scaled(limit: number): number {
    return Math.max(1, Math.round(limit * this.#platform().config.RATE_LIMIT_SCALE));
  }

  #platform(): Platform {
    return createPlatform(this.env, this.ctx, SYSTEM_CLIENT);
  }
}
