/** `/api/admin/roles` and `/api/admin/permissions`. Writing requires a recent authentication. */
import { Hono } from "hono";
import * as z from "zod/mini";
import type { AppEnv } from "../http/context.ts";
import { requirePermission } from "../http/guards.ts";
import { localeOf, say } from "../http/locale.ts";
import { PageQuery, readCursor, toPage } from "../http/lists.ts";
import { limit } from "../http/rate-limit.ts";
import { validate } from "../http/validate.ts";
import { changeRole, createRole, deleteRole, getRole, listPermissions, listRoles } from "../services/access/roles.ts";
import { NewRole, RoleChange } from "./admin-fields.ts";
import { RoleId } from "./fields.ts";

const ByRoleId = z.object({ id: RoleId });

export const roles = new Hono<AppEnv>()
  .get("/roles", limit("default"), requirePermission("roles:read"), validate("query", PageQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const [after] = readCursor(cursor, z.tuple([z.int32()])) ?? [];
    const roles = await listRoles(c.var.platform, c.var.actor, { limit, after });
    return c.json(toPage(roles, { limit, item: (role) => role, position: (role) => [role.id] }));
  })
  .post(
    "/roles",
    limit("default"),
    requirePermission("roles:write", { fresh: true }),
    validate("json", NewRole),
    async (c) => {
      const role = await createRole(c.var.platform, c.var.actor, c.req.valid("json"));
      return c.json({ message: say(c, "roleCreated"), role }, 201);
    },
  )
  .get("/roles/:id", limit("default"), requirePermission("roles:read"), validate("param", ByRoleId), async (c) => {
    return c.json({ role: await getRole(c.var.platform, c.var.actor, c.req.valid("param").id) });
  })
  .patch(
    "/roles/:id",
    limit("default"),
    requirePermission("roles:write", { fresh: true }),
    validate("param", ByRoleId),
    validate("json", RoleChange),
    async (c) => {
      const change = { roleId: c.req.valid("param").id, change: c.req.valid("json") };
      const role = await changeRole(c.var.platform, c.var.actor, change);
      return c.json({ message: say(c, "roleUpdated"), role });
    },
  )
  .delete(
    "/roles/:id",
    limit("default"),
    requirePermission("roles:write", { fresh: true }),
    validate("param", ByRoleId),
    validate("query", z.object({ replacementId: z.optional(RoleId) })),
    async (c) => {
      const { replacementId } = c.req.valid("query");
      await deleteRole(c.var.platform, c.var.actor, { roleId: c.req.valid("param").id, replacementId });
      return c.json({ message: say(c, "roleDeleted") });
    },
  )
  .get("/permissions", limit("default"), requirePermission("roles:read"), async (c) => {
    return c.json({ data: await listPermissions(c.var.platform, c.var.actor, localeOf(c)) });
  });
