/**
 * Notifications in the browser: keeps one socket open, misses nothing, shows nothing twice. Plain JavaScript, no dependencies.
 *
 *   const notifications = connectNotifications({
 *     baseUrl: "https://auth.example.com",
 *     getToken: async () => "a valid access token (refresh it when it is about to run out)",
 *     after: 0,                       // the last id that this page has shown, if it knows one
 *     onNotification(notification) {},// each once, in order
 *     onRead(read) {},                // { ids } or { upTo }, and { unread }: read on another device
 *     onSession(frame) {},            // other devices signing in and out
 *     onEnd(reason) {},               // the session is over: show the login
 *     onStatus(status) {},            // "connecting", "open", "waiting"
 *   });
 *   notifications.markRead(id);       // all up to and including `id`
 *   notifications.close();
 *
 * The protocol is explained in notifications.md.
 */

const PROTOCOL = "notifications.v1";
const SESSION_OVER = 4403;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** Networks drop connections that are silent for long; a missing pong says that this one is dead. */
const PING_EVERY_MS = 25_000;
const PONG_WITHIN_MS = 10_000;
/** The token is renewed so long before it runs out. */
const RENEW_BEFORE_MS = 60_000;
/** The longest delay that a browser's timer takes. */
const LONGEST_TIMER_MS = 2_147_483_647;

export function connectNotifications(options) {
  const { baseUrl, getToken, fetch = globalThis.fetch, WebSocket = globalThis.WebSocket } = options;
  const tell = (name, ...values) => options[name]?.(...values);

  let lastId = options.after;
  let socket;
  let attempts = 0;
  let stopped = false;
  const timers = new Set();

  function later(run, milliseconds) {
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        run();
      },
      Math.min(Math.max(milliseconds, 0), LONGEST_TIMER_MS),
    );
    timers.add(timer);
    return timer;
  }

  function clearTimers() {
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
  }

  async function connect() {
    if (stopped) return;
    tell("onStatus", "connecting");
    try {
      const answer = await fetch(`${baseUrl}/api/users/me/ws-ticket`, {
        method: "POST",
        headers: { Authorization: `Bearer ${await getToken()}` },
      });
      if (answer.status === 401) return end("session over");
      if (!answer.ok) throw new Error(`ws-ticket answered ${answer.status}`);
      const { ticket } = await answer.json();
      if (stopped) return;
      listen(new WebSocket(`${baseUrl.replace(/^http/, "ws")}/ws`, [PROTOCOL, `ticket.${ticket}`]));
    } catch {
      retry();
    }
  }

  function listen(opened) {
    socket = opened;
    // What comes before the answer to `resume` comes again after it, in its place.
    let resumed = false;
    let pong;

    function ping() {
      opened.send("ping");
      pong = later(() => {
        opened.close();
        lost(opened);
      }, PONG_WITHIN_MS);
      later(ping, PING_EVERY_MS);
    }

    async function renew() {
      try {
        const token = await getToken();
        if (opened.readyState === WebSocket.OPEN) opened.send(JSON.stringify({ type: "reauthenticate", token }));
      } catch {
        // The socket ends with its token; the next one begins with getToken.
      }
    }

    function renewBefore(expiresAt) {
      const remaining = Date.parse(expiresAt) - Date.now();
      later(renew, Math.max(remaining - RENEW_BEFORE_MS, remaining / 2));
    }

    opened.addEventListener("open", () => {
      opened.send(JSON.stringify(lastId === undefined ? { type: "resume" } : { type: "resume", after: lastId }));
      later(ping, PING_EVERY_MS);
    });
    opened.addEventListener("message", ({ data }) => {
      if (data === "pong") {
        clearTimeout(pong);
        timers.delete(pong);
        return;
      }
      const frame = JSON.parse(data);
      if (frame.type === "session" && frame.event === "resumed") {
        resumed = true;
        attempts = 0;
        lastId = frame.after;
        renewBefore(frame.expiresAt);
        tell("onStatus", "open");
      } else if (frame.type === "session" && frame.event === "reauthenticated") {
        renewBefore(frame.expiresAt);
      } else if (frame.type === "notification") {
        if (!resumed || frame.id <= lastId) return;
        lastId = frame.id;
        tell("onNotification", frame);
      } else if (frame.type === "read") {
        tell("onRead", frame);
      } else if (frame.type === "session") {
        tell("onSession", frame);
      }
    });
    opened.addEventListener("close", ({ code }) => {
      if (code === SESSION_OVER) end("session over");
      else lost(opened);
    });
  }

  /** Once for each socket: a dead one is given up before the browser notices. */
  function lost(closed) {
    if (socket !== closed) return;
    socket = undefined;
    retry();
  }

  /** Doubles the wait, and spreads it: after a deployment all clients come back, and should not at once. */
  function retry() {
    clearTimers();
    if (stopped) return;
    tell("onStatus", "waiting");
    const longest = Math.min(FIRST_WAIT_MS * 2 ** attempts++, LONGEST_WAIT_MS);
    later(connect, longest / 2 + Math.random() * (longest / 2));
  }

  function end(reason) {
    if (stopped) return;
    close();
    tell("onEnd", reason);
  }

  function close() {
    stopped = true;
    clearTimers();
    const open = socket;
    socket = undefined;
    open?.close(1000);
  }

  void connect();

  return {
    markRead(id) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "ack", id }));
    },
    /** The id of the last notification shown: keep it to go on from there after a reload. */
    get lastId() {
      return lastId;
    },
    close,
  };
}
