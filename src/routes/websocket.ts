/** `/ws`: notifications as they happen. */
import { Hono } from "hono";
import type { AppEnv } from "../http/context.ts";
import { shownToken } from "../http/guards.ts";
import { limit } from "../http/rate-limit.ts";
import { offerOf, requireUpgrade, upgraded } from "../http/upgrade.ts";
import { admitSocket } from "../services/sessions/sockets.ts";

export const websocket = new Hono<AppEnv>().get("/", limit("default"), requireUpgrade(), async (c) => {
  const { protocol, ticket } = offerOf(c);
  const session = await admitSocket(c.var.platform, { ticket, accessToken: shownToken(c) });
  return upgraded(await c.var.platform.hubs.connect(session), protocol);
});
