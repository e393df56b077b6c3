/** Notifications: the signed-in user's own, under `/api/users/me`, and messages to many users, under `/api/admin`. */
import { Hono } from "hono";
import * as z from "zod/mini";
import type { AppEnv } from "../http/context.ts";
import { requirePermission, requireSession } from "../http/guards.ts";
import { say } from "../http/locale.ts";
import { PageQuery, readCursor, toPage } from "../http/lists.ts";
import { limit } from "../http/rate-limit.ts";
import { validate } from "../http/validate.ts";
import { broadcast, getBroadcast } from "../services/events/broadcasts.ts";
import { answerLogin } from "../services/login/answer.ts";
import { listNotifications, markRead, NotificationPosition } from "../services/events/notifications.ts";
import { issueTicket } from "../services/sessions/sockets.ts";
import { Id, invalid, numeral, plainText } from "./fields.ts";

const NotificationId = z.int().check(z.minimum(1));
const Marking = z.union([
  z.object({ ids: z.array(NotificationId).check(z.minLength(1), z.maxLength(500)) }),
  z.object({ all: z.literal(true) }),
]);
const NotificationParams = z.object({
  id: numeral(/^[1-9]\d{0,14}$/),
});

/** Every answer has user ids as strings, so requests have them as strings too. */
const UserId = z.union([z.int().check(z.minimum(1), z.maximum(2_147_483_647)), Id]);
const Broadcast = z.pipe(
  z.strictObject({
    title: plainText(1, 200),
    content: plainText(1, 5_000, { lines: true }),
    userIds: z.optional(z.array(UserId).check(z.minLength(1), z.maxLength(1_000))),
    roleId: z.optional(z.int().check(z.minimum(0), z.maximum(2_147_483_647))),
    all: z.optional(z.literal(true)),
  }),
  z.transform(({ title, content, userIds, roleId, all }, context) => {
    const audiences = [userIds && { userIds }, roleId !== undefined && { roleId }, all && { all }].filter(
      (one) => !!one,
    );
    const [audience, ...others] = audiences;
    if (audience !== undefined && others.length === 0) return { title, content, audience };
    context.issues.push({
      code: "custom",
      input: audiences,
      ...invalid(
        "Indiquez userIds, roleId ou all, mais un seul des trois",
        "Give exactly one of userIds, roleId or all",
      ),
    });
    return z.NEVER;
  }),
);

export const ownNotifications = new Hono<AppEnv>()
  .get("/notifications", limit("default"), requireSession(), validate("query", PageQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const [before] = readCursor(cursor, NotificationPosition) ?? [];
    const { notifications, unread } = await listNotifications(c.var.platform, c.var.actor, { limit, before });
    const page = toPage(notifications, { limit, item: (row) => row, position: (row) => [row.id] });
    return c.json({ ...page, unread });
  })
  .post("/notifications/read", limit("default"), requireSession(), validate("json", Marking), async (c) => {
    const { unread } = await markRead(c.var.platform, c.var.actor, c.req.valid("json"));
    return c.json({ message: say(c, "notificationsRead"), unread });
  })
  .post(
    "/notifications/:id/confirm",
    limit("default"),
    requireSession(),
    validate("param", NotificationParams),
    async (c) => {
      const notificationId = c.req.valid("param").id;
      await answerLogin(c.var.platform, c.var.actor, { notificationId, answer: "confirmed" });
      return c.json({ message: say(c, "loginConfirmed") });
    },
  )
  .post(
    "/notifications/:id/deny",
    limit("default"),
    requireSession(),
    validate("param", NotificationParams),
    async (c) => {
      const notificationId = c.req.valid("param").id;
      await answerLogin(c.var.platform, c.var.actor, { notificationId, answer: "denied" });
      return c.json({ message: say(c, "loginDenied") });
    },
  )
  .post("/ws-ticket", limit("default"), requireSession(), async (c) => {
    const { tokenExpiresAt } = c.var;
    return c.json(await issueTicket(c.var.platform, c.var.actor, { tokenExpiresAt }));
  });

const ByBroadcast = z.object({ broadcastId: z.uuid().check(z.toLowerCase()) });

export const adminNotifications = new Hono<AppEnv>()
  .post(
    "/",
    limit("default"),
    requirePermission("notifications:send", { fresh: true }),
    validate("json", Broadcast),
    async (c) => {
      const { broadcastId } = await broadcast(c.var.platform, c.var.actor, c.req.valid("json"));
      return c.json({ message: say(c, "notificationSent"), broadcastId }, 202);
    },
  )
  .get(
    "/:broadcastId",
    limit("default"),
    requirePermission("notifications:send"),
    validate("param", ByBroadcast),
    async (c) => c.json(await getBroadcast(c.var.platform, c.var.actor, c.req.valid("param").broadcastId)),
  );
