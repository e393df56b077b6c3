/** `/api/admin/webhooks`: where events go, and what became of them. Writing requires a recent authentication. */
import { Hono } from "hono";
import * as z from "zod/mini";
import type { AppEnv } from "../http/context.ts";
import { requirePermission } from "../http/guards.ts";
import { say } from "../http/locale.ts";
import { PageQuery, readCursor, toPage } from "../http/lists.ts";
import { limit } from "../http/rate-limit.ts";
import { validate } from "../http/validate.ts";
import { CARRIED_EVENTS } from "../services/events/catalogue.ts";
import {
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  listEndpoints,
  rotateWebhookSecret,
} from "../services/webhooks/endpoints.ts";
import { listDeliveries, replayDelivery, replayFailed, sendTestEvent } from "../services/webhooks/replay.ts";
import { plainText } from "./fields.ts";

const WebhookParam = z.object({ id: z.uuid().check(z.toLowerCase()) });
const DeliveryParam = z.object({ ...WebhookParam.shape, deliveryId: z.pipe(Digits(), z.transform(Number)) });
const Events = z.array(z.enum(CARRIED_EVENTS)).check(z.maxLength(CARRIED_EVENTS.length));
const Address = z.string().check(z.maxLength(2048));
const NewWebhook = z.strictObject({
  url: Address,
  description: z._default(plainText(0, 200), ""),
  events: z._default(Events, []),
});
/** Without defaults: omitted fields stay unchanged. */
const WebhookChange = z.strictObject({
  url: z.optional(Address),
  description: z.optional(plainText(0, 200)),
  events: z.optional(Events),
  isActive: z.optional(z.boolean()),
});
const Since = z.strictObject({ since: z.iso.datetime() });

function Digits() {
  return z.string().check(z.regex(/^[1-9]\d{0,14}$/));
}

export const webhooks = new Hono<AppEnv>()
  .get("/", limit("default"), requirePermission("webhooks:read"), validate("query", PageQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const after = readCursor(cursor, z.tuple([z.iso.datetime(), z.uuid()]));
    const page = await listEndpoints(c.var.platform, c.var.actor, { limit, after });
    return c.json(toPage(page, { limit, item: (one) => one, position: ({ createdAt, id }) => [createdAt, id] }));
  })
  .post(
    "/",
    limit("default"),
    requirePermission("webhooks:write", { fresh: true }),
    validate("json", NewWebhook),
    async (c) => {
      const created = await createEndpoint(c.var.platform, c.var.actor, c.req.valid("json"));
      return c.json({ message: say(c, "webhookCreated"), ...created }, 201);
    },
  )
  .patch(
    "/:id",
    limit("default"),
    requirePermission("webhooks:write", { fresh: true }),
    validate("param", WebhookParam),
    validate("json", WebhookChange),
    async (c) => {
      const change = { endpointId: c.req.valid("param").id, change: c.req.valid("json") };
      const webhook = await changeEndpoint(c.var.platform, c.var.actor, change);
      return c.json({ message: say(c, "webhookUpdated"), webhook });
    },
  )
  .delete(
    "/:id",
    limit("default"),
    requirePermission("webhooks:write", { fresh: true }),
    validate("param", WebhookParam),
    async (c) => {
      await deleteEndpoint(c.var.platform, c.var.actor, c.req.valid("param").id);
      return c.json({ message: say(c, "webhookDeleted") });
    },
  )
  .post(
    "/:id/secret",
    limit("default"),
    requirePermission("webhooks:write", { fresh: true }),
    validate("param", WebhookParam),
    async (c) => {
      const secret = await rotateWebhookSecret(c.var.platform, c.var.actor, c.req.valid("param").id);
      return c.json({ message: say(c, "secretRotated"), secret });
    },
  )
  .post(
    "/:id/test",
    limit("default"),
    requirePermission("webhooks:write", { fresh: true }),
    validate("param", WebhookParam),
    async (c) => {
      const sent = await sendTestEvent(c.var.platform, c.var.actor, c.req.valid("param").id);
      return c.json({ message: say(c, "webhookSent"), ...sent }, 202);
    },
  )
  .get(
    "/:id/deliveries",
    limit("default"),
    requirePermission("webhooks:read"),
    validate("param", WebhookParam),
    validate("query", PageQuery),
    async (c) => {
      const { limit, cursor } = c.req.valid("query");
      const [after] = readCursor(cursor, z.tuple([z.int()])) ?? [];
      const endpointId = c.req.valid("param").id;
      const page = await listDeliveries(c.var.platform, c.var.actor, { endpointId, limit, after });
      return c.json(toPage(page, { limit, item: (one) => one, position: ({ id }) => [id] }));
    },
  )
  .post(
    "/:id/deliveries/:deliveryId/replay",
    limit("default"),
    requirePermission("webhooks:write", { fresh: true }),
    validate("param", DeliveryParam),
    async (c) => {
      const { id: endpointId, deliveryId } = c.req.valid("param");
      await replayDelivery(c.var.platform, c.var.actor, { endpointId, deliveryId });
      return c.json({ message: say(c, "webhookSent") }, 202);
    },
  )
  .post(
    "/:id/replay",
    limit("default"),
    requirePermission("webhooks:write", { fresh: true }),
    validate("param", WebhookParam),
    validate("json", Since),
    async (c) => {
      const { since } = c.req.valid("json");
      const asked = { endpointId: c.req.valid("param").id, since: new Date(since) };
      return c.json(
        { message: say(c, "webhookSent"), ...(await replayFailed(c.var.platform, c.var.actor, asked)) },
        202,
      );
    },
  );
