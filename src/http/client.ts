/** The caller's address and place, from Cloudflare alone: `X-Forwarded-For` and its like are anyone's to write. */
import type { Context } from "hono";
import type { Client } from "../platform/index.ts";
import type { AppEnv } from "./context.ts";

const SANE_REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;

export function requestIdOf(c: Context<AppEnv>): string {
  const given = c.req.header("X-Request-Id");
  return given && SANE_REQUEST_ID.test(given) ? given : crypto.randomUUID();
}

export function clientOf(c: Context<AppEnv>): Client {
  const place = (c.req.raw as Request<unknown, IncomingRequestCfProperties>).cf;
  return {
    requestId: c.var.requestId,
    ipAddress: c.req.header("CF-Connecting-IP")?.slice(0, 45) ?? null,
    userAgent: printable(c.req.header("User-Agent"), 512),
    country: printable(place?.country, 2),
    city: printable(place?.city, 100),
  };
}

/** Control characters would break a log line or a mail, and PostgreSQL refuses NUL. */
function printable(text: string | undefined, maxLength: number): string | null {
  return text?.replaceAll(/\p{C}/gu, "").slice(0, maxLength) || null;
}
