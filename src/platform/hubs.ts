/** The way to a user's hub, from wherever something happens to that user. */
import type { NotificationHub } from "../hub/hub.ts";
import type { ReadFrame, SessionFrame } from "../hub/frames.ts";
import type { SocketSession } from "../hub/sockets.ts";
import { logEvent } from "./log.ts";

/** One session of a user's, or all but one. */
export type EndedSockets = { userId: number; sessionId?: string; exceptSessionId?: string };

/** All but `connect` are tried twice, then logged: what happened has happened, whether its pages hear of it or not. */
export interface Hubs {
  /** Says that rows are waiting; the hub reads them itself. */
  publish: (userId: number) => Promise<void>;
  endSessions: (ended: EndedSockets) => Promise<void>;
  /** To every socket of the user, except those of the session that the frame is about. */
  tell: (userId: number, frame: SessionFrame | ReadFrame) => Promise<void>;
  /** Answers 101 with the socket, or 429. */
  connect: (session: SocketSession) => Promise<Response>;
}

type Hub = DurableObjectStub<NotificationHub>;

export const SESSION_HEADER = "X-Socket-Session";

export function createHubs(namespace: DurableObjectNamespace<NotificationHub>): Hubs {
  const hubOf = (userId: number): Hub => namespace.get(namespace.idFromName(`user:${userId}`));

  async function tryTwice(userId: number, call: (hub: Hub) => Promise<void>): Promise<void> {
    try {
      // A stub is of no use after it has failed, so each try gets its own.
      await call(hubOf(userId)).catch(() => call(hubOf(userId)));
    } catch (error) {
      logEvent("hub.unreachable", { userId, cause: error instanceof Error ? error.name : undefined });
    }
  }

  return {
    publish: (userId) => tryTwice(userId, (hub) => hub.publish()),
    endSessions: ({ userId, ...which }) => tryTwice(userId, (hub) => hub.endSessions(which)),
    tell: (userId, frame) => tryTwice(userId, (hub) => hub.tell(frame)),
    connect: (session) =>
      hubOf(session.userId).fetch("https://hub.invalid/", {
        headers: { Upgrade: "websocket", [SESSION_HEADER]: JSON.stringify(session) },
      }),
  };
}
