/** What a hub knows of each socket. It is kept in the socket's own attachment, so that it survives hibernation. */
import type { SocketSession } from "../platform/hubs.ts";
import type { ServerFrame } from "./frames.ts";

export interface SocketState extends SocketSession {
  /** Nothing is read for it before this time, in milliseconds since 1970. */
  readFrom: number;
  /** When the running minute began, and the messages in it. */
  minuteFrom: number;
  messages: number;
}

const MINUTE_MS = 60_000;

export function stateOf(socket: WebSocket): SocketState {
  return socket.deserializeAttachment() as SocketState;
}

/** Reads, changes and writes without a pause in between: nothing else of the hub can come in the middle. */
export function changeState(socket: WebSocket, change: Partial<SocketState>): void {
  socket.serializeAttachment({ ...stateOf(socket), ...change });
}

export function isOpen(socket: WebSocket): boolean {
  return socket.readyState === WebSocket.OPEN;
}

/** Counts a message; false for one over `limit` in the minute that the first one began. */
export function countMessage(socket: WebSocket, limit: number, now: number): boolean {
  const { minuteFrom, messages } = stateOf(socket);
  const running = now - minuteFrom < MINUTE_MS;
  changeState(socket, running ? { messages: messages + 1 } : { minuteFrom: now, messages: 1 });
  return !running || messages < limit;
}

/** A socket that went away meanwhile is no reason to leave out the others. */
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
    // Gone already.
  }
}
