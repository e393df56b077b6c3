/** Access to a user's hub, from any code that has something to tell the user. */
import { logEvent } from "./log.ts";

/** A socket that was accepted: its user, and until when. */
export interface SocketSession {
  userId: number;
  sessionId: string;
  /** When its access token expires, in milliseconds since 1970. */
  expiresAt: number;
  /** The user's newest notification at that time: later ones are new. */
  position: number;
}

export type SessionFrame = { type: "session" } & (
  | { event: "resumed"; after: number; expiresAt: string }
  | { event: "reauthenticated"; expiresAt: string }
  /** Another device has signed in. */
  | { event: "started"; sessionId: string; userAgent: string | null; country: string | null; city: string | null }
  /** Another device was signed out: that one, or all but this one. */
  | { event: "ended"; sessionId: string | null }
  /** Role or permissions have changed: a refreshed token has the new ones. */
  | { event: "authority_changed" }
);

/** Read on another device: these, or all up to one. */
export type ReadFrame = { type: "read"; unread: number } & ({ ids: number[] } | { upTo: number });

/** One session of a user, or all but one. */
export type EndedSockets = { userId: number; sessionId?: string; exceptSessionId?: string };

/** The methods of the Durable Object in src/hub. */
export interface HubMethods {
  publish(): Promise<void>;
  endSessions(ended: Omit<EndedSockets, "userId">, eventId?: string): Promise<void>;
  tell(frame: SessionFrame | ReadFrame, eventId?: string): Promise<void>;
}

/**
 * All but `connect` are tried twice, then the failure is logged; they answer whether the hub has heard. What has an
 * `eventId` is told once.
 */
export interface Hubs {
  /** Tells the hub that there are new rows; the hub reads them itself. */
  publish: (userId: number) => Promise<boolean>;
  endSessions: (ended: EndedSockets, eventId?: string) => Promise<boolean>;
  /** To every socket of the user, except those of the session that the frame is about. */
  tell: (userId: number, frame: SessionFrame | ReadFrame, eventId?: string) => Promise<boolean>;
  /** Answers 101 with the socket, or 429. */
  connect: (session: SocketSession) => Promise<Response>;
}

type Hub = DurableObjectStub<HubMethods & Rpc.DurableObjectBranded>;

export const SESSION_HEADER = "X-Socket-Session";

export function createHubs(namespace: DurableObjectNamespace<HubMethods & Rpc.DurableObjectBranded>): Hubs {
  const hubOf = (userId: number): Hub => namespace.get(namespace.idFromName(`user:${userId}`));

  async function tryTwice(userId: number, call: (hub: Hub) => Promise<void>): Promise<boolean> {
    try {
      // A stub can't be used again after a failure, so each try gets a new one.
      await call(hubOf(userId)).catch(() => call(hubOf(userId)));
      return true;
    } catch (error) {
      logEvent("hub_unreachable", { userId }, error);
      return false;
    }
  }

  return {
    publish: (userId) => tryTwice(userId, (hub) => hub.publish()),
    endSessions: ({ userId, ...which }, eventId) => tryTwice(userId, (hub) => hub.endSessions(which, eventId)),
    tell: (userId, frame, eventId) => tryTwice(userId, (hub) => hub.tell(frame, eventId)),
    connect: (session) =>
      hubOf(session.userId).fetch("https://hub.invalid/", {
        headers: { Upgrade: "websocket", [SESSION_HEADER]: JSON.stringify(session) },
      }),
  };
}
