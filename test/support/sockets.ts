/** A client of `/ws` for tests inside the Workers runtime: every wait is for an event. */
import { env, exports } from "cloudflare:workers";
import { expect } from "vitest";
import { noteRequest } from "./secrets-seen.ts";
import { database, post, sidOf, type Member } from "./service.ts";

export interface Frame {
  type: string;
  [field: string]: any;
}

export interface Socket {
  /** All frames so far. */
  frames: Frame[];
  /** The first frame, received or still to come, that `matches`; each is returned once. */
  next(matches?: (frame: Frame) => boolean): Promise<Frame>;
  closed: Promise<{ code: number; reason: string }>;
  isOpen(): boolean;
  send(message: unknown): void;
  sendRaw(message: string | ArrayBuffer): void;
  close(): void;
}

/** Requests the upgrade, successfully or not. */
export function requestSocket(headers: Record<string, string>, path = "/ws"): Promise<Response> {
  const asked = new Request(`http://localhost:3001${path}`, {
    headers: { Upgrade: "websocket", "CF-Connecting-IP": "192.0.2.1", ...headers },
  });
  noteRequest(asked.headers, undefined);
  return exports.default.fetch(asked);
}

export async function ticketOf({ token }: { token: string }): Promise<string> {
  const { status, body } = await post("/api/users/me/ws-ticket", undefined, { token });
  expect(status).toBe(200);
  return body.ticket;
}

export const offer = (ticket: string) => ({ "Sec-WebSocket-Protocol": `notifications.v1, ticket.${ticket}` });

/** The refusal of an upgrade. */
export async function refusal(response: Response): Promise<[number, string]> {
  expect(response.webSocket).toBeNull();
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  return [response.status, (await response.json<{ code: string }>()).code];
}

export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

/** Opens a socket with a ticket of `member`'s session. */
export async function connect(member: { token: string }): Promise<Socket> {
  const response = await requestSocket(offer(await ticketOf(member)));
  expect(response.status).toBe(101);
  expect(response.headers.get("Sec-WebSocket-Protocol")).toBe("notifications.v1");
  return listen(response.webSocket!);
}

/** Opens a socket and resumes it: later notifications arrive at once. */
export async function connectLive(member: { token: string }): Promise<Socket> {
  const socket = await connect(member);
  socket.send({ type: "resume" });
  await socket.next((frame) => frame.event === "resumed");
  return socket;
}

export function listen(webSocket: WebSocket): Socket {
  const frames: Frame[] = [];
  const waiting: { matches: (frame: Frame) => boolean; resolve: (frame: Frame) => void }[] = [];
  const unclaimed: Frame[] = [];
  webSocket.addEventListener("message", ({ data }) => {
    const frame = (data === "pong" ? { type: "pong" } : JSON.parse(data as string)) as Frame;
    frames.push(frame);
    const index = waiting.findIndex(({ matches }) => matches(frame));
    if (index >= 0) waiting.splice(index, 1)[0]!.resolve(frame);
    else unclaimed.push(frame);
  });
  let open = true;
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    webSocket.addEventListener("close", ({ code, reason }) => {
      open = false;
      resolve({ code, reason });
    });
  });
  webSocket.accept();
  return {
    frames,
    closed,
    isOpen: () => open,
    next: (matches = () => true) => {
      const index = unclaimed.findIndex(matches);
      if (index >= 0) return Promise.resolve(unclaimed.splice(index, 1)[0]!);
      return new Promise((resolve) => waiting.push({ matches, resolve }));
    },
    send: (message) => webSocket.send(JSON.stringify(message)),
    sendRaw: (message) => webSocket.send(message),
    close: () => webSocket.close(1000, "done"),
  };
}

export const isNotification = (frame: Frame) => frame.type === "notification";
export const idsOf = (socket: Socket) => socket.frames.filter(isNotification).map((frame) => frame["id"] as number);

export function hubOf({ userId }: Pick<Member, "userId">) {
  return env.NOTIFICATION_HUB.get(env.NOTIFICATION_HUB.idFromName(`user:${userId}`));
}

/** Writes notifications without telling anyone; returns their ids. */
export async function insertNotifications({ userId }: Pick<Member, "userId">, count = 1): Promise<number[]> {
  const rows = await database.query<{ id: string }>(
    `insert into notifications (user_id, type, title, content)
     select ${userId}, 'admin_message', 'n° ' || n, '…' from generate_series(1, ${count}) n returning id`,
  );
  return rows.map((row) => Number(row.id));
}

/** As the login from a new device writes it; returns its id. */
export async function askAbout(member: Pick<Member, "userId">, token: string): Promise<number> {
  const [row] = await database.query<{ id: string }>(
    `insert into notifications (user_id, type, title, content, data)
     values (${member.userId}, 'new_device', 'Nouvel appareil', '…', '{"sessionId":"${sidOf({ token })}"}') returning id`,
  );
  return Number(row!.id);
}

/** Writes notifications and has the hub push them. */
export async function publish(member: Pick<Member, "userId">, count = 1): Promise<number[]> {
  const ids = await insertNotifications(member, count);
  await hubOf(member).publish();
  return ids;
}
