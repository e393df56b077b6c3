/**
 * Sends each socket the notifications after its position, in order and once. A push carries no data: it only says that
 * there is something to read. The rows are compared with the position at the time the answer arrives, so pushes and
 * resumes that cross can neither skip nor repeat rows; one read at a time serves all pushes that arrive meanwhile. The
 * same trip checks which sessions are alive: a socket that outlived its session, because it opened while the session
 * ended or because the message was lost, gets nothing more.
 */
import { databaseFailure } from "../db/client.ts";
import type { readMissed } from "../services/events/notifications.ts";
import { CLOSE, toFrame } from "./frames.ts";
import { changeState, close, isOpen, send, stateOf } from "./sockets.ts";
import { logEvent } from "../platform/log.ts";

/** The delay after a failed read, so that pushes don't flood a failing database. */
const RETRY_AFTER_MS = 5_000;

interface Outside {
  sockets: () => WebSocket[];
  read: (input: Parameters<typeof readMissed>[1]) => ReturnType<typeof readMissed>;
  /** Schedules `deliver` for that time, even if the hub hibernates meanwhile. */
  wakeAt: (time: number) => Promise<void>;
}

/** Returns the function that brings every socket up to date; a call during a run extends that run. */
export function createDelivery(outside: Outside): () => Promise<void> {
  let running: Promise<void> | undefined;
  let more = false;

  async function run(): Promise<void> {
    try {
      while (more) {
        more = false;
        if (await deliverPage(outside)) more = true;
      }
    } finally {
      running = undefined;
    }
  }

  return function deliver() {
    more = true;
    return (running ??= run());
  };
}

/** True when there may be more to read. */
async function deliverPage({ sockets, read, wakeAt }: Outside): Promise<boolean> {
  const now = Date.now();
  const due = sockets().filter((socket) => isOpen(socket) && stateOf(socket).readFrom <= now);
  if (due.length === 0) return false;
  const states = due.map(stateOf);
  const after = states.reduce((least, { position }) => Math.min(least, position), Infinity);
  const sessionIds = [...new Set(states.map((state) => state.sessionId))];
  const missed = await read({ userId: states[0]!.userId, after, sessionIds }).catch((error: unknown) => {
    logEvent("hub_read_failed", { database: !!databaseFailure(error) }, error);
  });
  if (!missed) {
    for (const socket of due) changeState(socket, { readFrom: Date.now() + RETRY_AFTER_MS });
    await wakeAt(Date.now() + RETRY_AFTER_MS);
    return false;
  }
  const frames = missed.notifications.map(toFrame);
  const live = new Set(missed.liveSessionIds);
  for (const socket of due) {
    // Its current state: the socket may have closed, expired, or resumed from further back during the read.
    const { sessionId, expiresAt, position } = stateOf(socket);
    if (!live.has(sessionId)) close(socket, CLOSE.sessionOver);
    else if (expiresAt <= Date.now()) close(socket, CLOSE.tokenExpired);
    else if (position >= after) {
      const unseen = frames.filter((frame) => frame.id > position);
      for (const frame of unseen) send(socket, frame);
      changeState(socket, { position: unseen.at(-1)?.id ?? position, readFrom: 0 });
    }
  }
  return missed.more;
}
