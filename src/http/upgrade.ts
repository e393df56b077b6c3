/**
 * Upgrades HTTP to a WebSocket: who may ask, in which form, and the answer. Nothing goes into the URL, which logs and
 * histories keep.
 */
import type { Context, MiddlewareHandler } from "hono";
import { AppError } from "../errors.ts";
import type { AppEnv } from "./context.ts";
import { isAllowedOrigin } from "./cors.ts";

const PROTOCOL = "notifications.v1";
const TICKET = /^ticket\.([A-Za-z0-9_-]{1,200})$/;

/** Browsers send the page's origin, but CORS does not apply to WebSockets, so it is checked here. */
export function requireUpgrade(): MiddlewareHandler<AppEnv> {
  return async function requireUpgrade(c, next) {
    if (c.req.header("Upgrade")?.toLowerCase() !== "websocket") {
      throw new AppError("upgrade_required", { headers: { Upgrade: "websocket", Connection: "Upgrade" } });
    }
    const origin = c.req.header("Origin");
    if (origin !== undefined && !isAllowedOrigin(c.var.platform.config, origin)) {
      throw new AppError("origin_not_allowed");
    }
    await next();
  };
}

/**
 * The offers in `Sec-WebSocket-Protocol`: our protocol, and a ticket if there is one. Without the header, nothing is
 * offered.
 */
export function offerOf(c: Context<AppEnv>): { protocol: string | undefined; ticket: string | undefined } {
  const offered = (c.req.header("Sec-WebSocket-Protocol") ?? "")
    .split(",")
    .map((protocol) => protocol.trim())
    .filter(Boolean);
  if (offered.length > 0 && !offered.includes(PROTOCOL)) throw new AppError("unsupported_subprotocol");
  const ticket = offered.map((protocol) => TICKET.exec(protocol)?.[1]).find((found) => found !== undefined);
  return { protocol: offered.length > 0 ? PROTOCOL : undefined, ticket };
}

/** Passes on the hub's socket, or its refusal. */
export function upgraded(answer: Response, protocol: string | undefined): Response {
  if (answer.status === 429) throw new AppError("too_many_sockets", { headers: { "Retry-After": "60" } });
  if (!answer.webSocket) throw new AppError("service_unavailable");
  const headers = protocol === undefined ? {} : { "Sec-WebSocket-Protocol": protocol };
  return new Response(null, { status: 101, webSocket: answer.webSocket, headers });
}
