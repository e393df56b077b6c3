/** The state of each socket. It is stored in the socket's own attachment, so that it survives hibernation. */
import type { SocketSession } from "../platform/hubs.ts";
import type { ServerFrame } from "./frames.ts";

export interface SocketState extends SocketSession {
  /** Nothing is read for this socket before this time, in milliseconds since 1970. */
  readFrom: number;
  /** When the current minute began, and the number of messages in it. */
  minuteFrom: number;
  messages: number;
}

const MINUTE_MS = 60_000;

export function stateOf(socket: WebSocket): SocketState {
  return socket.deserializeAttachment() as SocketState;
}

/** Reads, changes and writes without an await, so that nothing else in the hub runs in between. */
export function changeState(socket: WebSocket, change: Partial<SocketState>): void {
  socket.serializeAttachment({ ...stateOf(socket), ...change });
}

export function isOpen(socket: WebSocket): boolean {
  return socket.readyState === WebSocket.OPEN;
}

/** Counts a message; false if it exceeds `limit` in the minute that its first message began. */
export function countMessage(socket: WebSocket, limit: number, now: number): boolean {
  const { minuteFrom, messages } = stateOf(socket);
  const running = now - minuteFrom < MINUTE_MS;
  changeState(socket, running ? { messages: messages + 1 } : { minuteFrom: now, messages: 1 });
  return !running || messages < limit;
}

/** One closed socket must not stop the broadcast. */
export function send(socket: WebSocket, frame: ServerFrame): void {
  if (!isOpen(socket)) return;
  try {
    socket.send(JSON.stringify(frame));
  } catch {
    close(socket, [1011, "not writable"]);
  }
}

export function close(socket: WebSocket, [code, reason]: readonly [number, string]): void {
  if (!isOpen(socket)) return;
  try {
    socket.close(code, reason);
  } catch {
    // Already closed.
  }
}
