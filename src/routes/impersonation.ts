/** `/api/admin/users/:id/impersonate`: somebody's account as they see it. */
import { Hono } from "hono";
import * as z from "zod/mini";
import type { AppEnv } from "../http/context.ts";
import { requirePermission } from "../http/guards.ts";
import { say } from "../http/locale.ts";
import { limit } from "../http/rate-limit.ts";
import { validate } from "../http/validate.ts";
import { impersonate } from "../services/administration/impersonation.ts";
import { Id, plainText } from "./fields.ts";

const ById = z.object({ id: Id });
const Impersonation = z.strictObject({ reason: plainText(1, 500) });

export const impersonation = new Hono<AppEnv>().post(
  "/users/:id/impersonate",
  limit("default"),
  requirePermission("users:impersonate", { fresh: true }),
  validate("param", ById),
  validate("json", Impersonation),
  async (c) => {
    const asked = { userId: c.req.valid("param").id, ...c.req.valid("json") };
    const opened = await impersonate(c.var.platform, c.var.actor, asked);
    return c.json({ message: say(c, "impersonating"), ...opened }, 201);
  },
);
