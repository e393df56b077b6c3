/**
 * Notifications as they happen: keeps one socket open, misses nothing, shows nothing twice. docs/notifications.md has
 * the protocol.
 */
import { AuthError } from "./errors.ts";
import { surroundings, type Socket, type SocketConstructor } from "./platform.ts";

export interface Notification {
  id: number;
  /** What `GET /api/users/me/notifications` calls `type`: `new_device`, `password_changed`, … */
  kind: string;
  title: string;
  content: string;
  data: Record<string, unknown>;
  /** ISO 8601 in UTC; null: not read yet. */
  readAt: string | null;
  createdAt: string;
}

export interface NotificationOptions {
  /** The id of the last notification that this page has shown: what came after it comes first. Default: from now on. */
  after?: number | undefined;
  /** Each notification once, in order. */
  onNotification?: (notification: Notification) => void;
  /** Read on another device: these `ids`, or all `upTo` one; `unread` is how many are left. */
  onRead?: (read: { ids?: number[]; upTo?: number; unread: number }) => void;
  /** Another device has signed in (`started`) or was signed out (`ended`; `sessionId` null: all the others). */
  onSession?: (frame: {
    event: string;
    sessionId?: string | null;
    userAgent?: string;
    country?: string;
    city?: string;
  }) => void;
  onStatus?: (status: "connecting" | "open" | "waiting") => void;
  /** The session is over: the socket stays closed. `onChange` of the client tells it too. */
  onEnd?: () => void;
}

export interface Notifications {
  /** The user has seen everything up to and including this one: it is read on every device. */
  markRead: (id: number) => void;
  /** The last one shown; give it to the next page as `after`. */
  readonly lastId: number | undefined;
  close: () => void;
}

interface Connection extends NotificationOptions {
  url: string;
  WebSocket?: SocketConstructor;
  call: (name: string) => Promise<any>;
  token: () => Promise<string | undefined>;
  refresh: () => Promise<unknown>;
}

const PROTOCOL = "notifications.v1";
const OPEN = 1;
const SESSION_OVER = 4403;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** Networks drop connections that are silent for long; a missing pong says that this one is dead. */
const PING_EVERY_MS = 25_000;
const PONG_WITHIN_MS = 10_000;
/** The token is renewed so long before it runs out: later than that, the client would hand out the old one. */
const RENEW_BEFORE_MS = 25_000;

export function connectNotifications(options: Connection): Notifications {
  const { url, call, refresh, onNotification, onRead, onSession, onStatus, onEnd } = options;
  let lastId = options.after;
  let socket: Socket | undefined;
  let attempts = 0;
  let isStopped = false;
  const timers = new Set<ReturnType<typeof setTimeout>>();

  function later(run: () => unknown, milliseconds: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, milliseconds);
    timers.add(timer);
  }

  function clearTimers(): void {
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
  }

  async function connect(): Promise<void> {
    onStatus?.("connecting");
    try {
      const { ticket } = await call("POST /api/users/me/ws-ticket");
      const WebSocket = options.WebSocket ?? surroundings.WebSocket!;
      if (!isStopped) listen(new WebSocket(`${url.replace(/^http/, "ws")}/ws`, [PROTOCOL, `ticket.${ticket}`]));
    } catch (error) {
      if (error instanceof AuthError && error.status === 401) end();
      else retry();
    }
  }

  function say(frame: object): void {
    if (socket?.readyState === OPEN) socket.send(JSON.stringify(frame));
  }

  function listen(opened: Socket): void {
    socket = opened;
    // What comes before the answer to `resume` comes again after it, in its place.
    let isResumed = false;
    let isAlive: boolean;

    function ping(): void {
      opened.send("ping");
      isAlive = false;
      later(() => {
        if (isAlive) return;
        opened.close();
        lose(opened);
      }, PONG_WITHIN_MS);
      later(ping, PING_EVERY_MS);
    }

    async function renew(): Promise<void> {
      // If it fails, the socket ends with its token, and the next one begins with a new one.
      const token = await options.token().catch(() => {});
      if (token) say({ type: "reauthenticate", token });
    }

    const renewBefore = (expiresAt: string) => {
      const remaining = Date.parse(expiresAt) - Date.now();
      later(renew, Math.max(remaining - RENEW_BEFORE_MS, remaining / 2));
    };

    function hear(frame: any): void {
      const { type, event } = frame;
      if (type === "notification") {
        if (!isResumed || frame.id <= lastId!) return;
        lastId = frame.id;
        onNotification?.(frame);
      } else if (type === "read") onRead?.(frame);
      else if (type !== "session") return;
      else if (event === "resumed") {
        isResumed = true;
        attempts = 0;
        lastId = frame.after;
        renewBefore(frame.expiresAt);
        onStatus?.("open");
      } else if (event === "reauthenticated") renewBefore(frame.expiresAt);
      else {
        if (event === "authority_changed") void refresh().catch(() => {});
        onSession?.(frame);
      }
    }

    opened.addEventListener("open", () => {
      say({ type: "resume", after: lastId });
      later(ping, PING_EVERY_MS);
    });
    opened.addEventListener("message", ({ data }: { data: string }) => {
      if (data === "pong") isAlive = true;
      else hear(JSON.parse(data));
    });
    opened.addEventListener("close", ({ code }: { code: number }) => {
      if (code === SESSION_OVER) end();
      else lose(opened);
    });
  }

  /** Once for each socket: a dead one is given up before the browser notices. */
  function lose(closed: Socket): void {
    if (socket !== closed) return;
    socket = undefined;
    retry();
  }

  /** Doubles the wait, and spreads it: after a deployment all clients come back, and should not at once. */
  function retry(): void {
    clearTimers();
    if (isStopped) return;
    onStatus?.("waiting");
    const longest = Math.min(FIRST_WAIT_MS * 2 ** attempts++, LONGEST_WAIT_MS);
    later(connect, longest * (0.5 + Math.random() / 2));
  }

  function end(): void {
    if (isStopped) return;
    close();
    // The service says what has become of the session, and every tab learns it.
    void refresh().catch(() => {});
    onEnd?.();
  }

  function close(): void {
    isStopped = true;
    clearTimers();
    socket?.close(1000);
    socket = undefined;
  }

  void connect();

  return {
    markRead: (id) => say({ type: "ack", id }),
    get lastId() {
      return lastId;
    },
    close,
  };
}
