/** The contract of `/api/admin/webhooks`, and what receivers get. */
import * as z from "zod";
import { CARRIED_EVENTS, kindOf } from "../services/events/catalogue.ts";
import { DELIVERY_STATES } from "../db/values.ts";
import { listOf, Message, object, said } from "./answers.ts";
import type { Operation } from "./openapi.ts";

const time = z.iso.datetime();

const Webhook = object("Webhook", {
  id: z.uuid(),
  url: z.string(),
  description: z.string(),
  events: z.array(z.enum(CARRIED_EVENTS)),
  ownerId: z.string().nullable(),
  previousSecretUntil: time.nullable(),
  failingSince: time.nullable(),
  disabledAt: time.nullable(),
  createdAt: time,
  updatedAt: time,
});

const Delivery = object("WebhookDelivery", {
  id: z.int(),
  eventId: z.uuid(),
  type: z.string(),
  status: z.enum(DELIVERY_STATES),
  attempts: z.int(),
  responseStatus: z.int().nullable(),
  failure: z.enum(["timeout", "unreachable", "refused_address"]).nullable(),
  latencyMs: z.int().nullable(),
  nextAt: time.nullable(),
  createdAt: time,
});

export const webhookContract: Record<string, Operation> = {
  "GET /api/admin/webhooks": {
    id: "listWebhooks",
    summary: "Webhooks",
    answers: { 200: listOf("WebhookList", Webhook) },
  },
  "POST /api/admin/webhooks": {
    id: "createWebhook",
    body: "NewWebhook",
    summary: "Creates a webhook; its secret is shown once",
    answers: { 201: said("WebhookCreated", { webhook: Webhook, secret: z.string() }) },
  },
  "PATCH /api/admin/webhooks/:id": {
    id: "changeWebhook",
    body: "WebhookChange",
    summary: "Changes a webhook, turns it off or on again",
    answers: { 200: said("WebhookAnswer", { webhook: Webhook }) },
    errors: ["not_found"],
  },
  "DELETE /api/admin/webhooks/:id": {
    id: "deleteWebhook",
    summary: "Deletes a webhook and its deliveries",
    answers: { 200: Message },
    errors: ["not_found"],
  },
  "POST /api/admin/webhooks/:id/secret": {
    id: "rotateWebhookSecret",
    summary: "A new secret; the one before signs too for a day",
    answers: { 200: said("WebhookSecret", { secret: z.string() }) },
    errors: ["not_found"],
  },
  "POST /api/admin/webhooks/:id/test": {
    id: "testWebhook",
    summary: "Sends the event `webhook.test`",
    answers: { 202: said("WebhookTested", { deliveryId: z.int() }) },
    errors: ["not_found"],
  },
  "GET /api/admin/webhooks/:id/deliveries": {
    id: "listWebhookDeliveries",
    summary: "What was sent in the last 30 days, newest first",
    answers: { 200: listOf("WebhookDeliveryList", Delivery) },
    errors: ["not_found"],
  },
  "POST /api/admin/webhooks/:id/deliveries/:deliveryId/replay": {
    id: "replayWebhookDelivery",
    summary: "Sends one delivery again",
    answers: { 202: Message },
    errors: ["not_found"],
  },
  "POST /api/admin/webhooks/:id/replay": {
    id: "replayFailedWebhookDeliveries",
    body: "WebhookReplay",
    summary: "Sends again all that failed since a time",
    answers: { 202: said("WebhookReplayed", { replayed: z.int() }) },
    errors: ["not_found"],
  },
};

const DATA = {
  user: { userId: z.string().nullable() },
  /** Null: all sessions of the account but, perhaps, the one that acted. */
  sessions: { userId: z.string().nullable(), sessionIds: z.array(z.uuid()).nullable() },
  role: { roleId: z.int().nullable() },
};

/** What a receiver gets, by the type of event. */
export const webhookBodies: Record<string, z.ZodType> = Object.fromEntries(
  ["webhook.test" as const, ...CARRIED_EVENTS].map((type) => [
    type,
    z.object({
      type: z.literal(type),
      timestamp: time,
      data: z.object(type === "webhook.test" ? {} : DATA[kindOf(type).webhook!]),
    }),
  ]),
);
