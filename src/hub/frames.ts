/** The frames of a socket and its close codes. docs/notifications.md explains them to clients. */
import * as z from "zod/mini";
import type { ReadFrame, SessionFrame } from "../platform/hubs.ts";
import type { Notification } from "../services/events/notifications.ts";

export const MAX_FRAME_BYTES = 64 * 1024;

export const CLOSE = {
  tooBig: [1009, "message over 64 KiB"],
  tokenExpired: [4401, "token expired"],
  sessionOver: [4403, "session over"],
  tooManyMessages: [4408, "too many messages"],
} as const satisfies Record<string, readonly [code: number, reason: string]>;

const Id = z.int().check(z.nonnegative());

/** Frames from clients. `ping` is not among them: the runtime answers it without waking the hub. */
const ClientFrame = z.discriminatedUnion("type", [
  /** A newer token of the same session: the socket then lives as long as that token. */
  z.object({ type: z.literal("reauthenticate"), token: z.string().check(z.minLength(1), z.maxLength(8192)) }),
  /** The user has seen everything up to and including `id`: it is read, on every device. */
  z.object({ type: z.literal("ack"), id: Id }),
  /** Sends everything after `after`, each once and in order; without `after`, from the socket's current position. */
  z.object({ type: z.literal("resume"), after: z.optional(Id) }),
]);

export type ClientFrame = z.infer<typeof ClientFrame>;

/** Undefined for anything that is not one of our frames: bytes, junk, an unknown type, a field out of bounds. */
export function readFrame(message: string | ArrayBuffer): ClientFrame | undefined {
  if (typeof message !== "string") return undefined;
  try {
    return ClientFrame.safeParse(JSON.parse(message)).data;
  } catch {
    return undefined;
  }
}

/** The size in bytes: a string's length counts UTF-16 units, and one unit takes up to three bytes. */
export function isTooBig(message: string | ArrayBuffer): boolean {
  if (typeof message !== "string") return message.byteLength > MAX_FRAME_BYTES;
  if (message.length * 3 <= MAX_FRAME_BYTES) return false;
  return message.length > MAX_FRAME_BYTES || new TextEncoder().encode(message).byteLength > MAX_FRAME_BYTES;
}

/** `kind` is the notification's type; times are ISO 8601. */
export type NotificationFrame = { type: "notification"; kind: string } & Omit<Notification, "type">;

export type ErrorFrame = {
  type: "error";
  code: "invalid_frame" | "invalid_token" | "wrong_session" | "service_unavailable";
};

export type ServerFrame = NotificationFrame | SessionFrame | ReadFrame | ErrorFrame;

export function toFrame({ type: kind, ...notification }: Notification): NotificationFrame {
  return { type: "notification", kind, ...notification };
}
