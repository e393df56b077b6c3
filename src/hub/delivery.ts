/**
 * Sends each socket what comes after its position, in order and once. A push carries nothing: it only says that there
 * is something to read. What is read is compared with the position as it is when the answer comes, so pushes that cross
 * each other, or a resume, can neither overtake nor repeat; and one read at a time serves all pushes that come meanwhile.
 * The same trip asks which sessions still live: a socket that outlived its session, because it opened while that ended
 * or because the word was lost, gets nothing more.
 */
import { databaseFailure } from "../db/client.ts";
import type { readMissed } from "../services/events/notifications.ts";
import { CLOSE, toFrame } from "./frames.ts";
import { changeState, close, isOpen, send, stateOf } from "./sockets.ts";
import { logEvent } from "../platform/log.ts";

/** After a read that failed, the next one waits for so long: a database in trouble is not asked again by every push. */
const RETRY_AFTER_MS = 5_000;

interface Outside {
  sockets: () => WebSocket[];
  read: (input: Parameters<typeof readMissed>[1]) => ReturnType<typeof readMissed>;
  /** Has `deliver` called at that time, even if the hub sleeps meanwhile. */
  wakeAt: (time: number) => Promise<void>;
}

/** The function that brings every socket up to date; called while it runs, it makes the run go on. */
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
    logEvent("hub.read_failed", { database: !!databaseFailure(error) }, error);
  });
  if (!missed) {
    for (const socket of due) changeState(socket, { readFrom: Date.now() + RETRY_AFTER_MS });
    await wakeAt(Date.now() + RETRY_AFTER_MS);
    return false;
  }
  const frames = missed.notifications.map(toFrame);
  const live = new Set(missed.liveSessionIds);
  for (const socket of due) {
    // As it is now: the socket may have closed, run out, or resumed from further back during the read.
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
