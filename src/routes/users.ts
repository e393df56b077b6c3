/** `/api/users`: the signed-in user's account. */
import { Hono } from "hono";
import * as z from "zod/mini";
import type { AppEnv } from "../http/context.ts";
import { requirePermission, requireSession } from "../http/guards.ts";
import { say } from "../http/locale.ts";
import { limit } from "../http/rate-limit.ts";
import { clearRefreshCookie } from "../http/refresh-cookie.ts";
import { validate } from "../http/validate.ts";
import { withdrawEmailChange } from "../services/accounts/email-change.ts";
import { exportAccount } from "../services/accounts/export.ts";
import { deleteAccount, getProfile, updateProfile } from "../services/accounts/profile.ts";
import { removePassword } from "../services/accounts/password-removal.ts";
import { changePassword } from "../services/accounts/passwords.ts";
import { getUser } from "../services/administration/directory.ts";
import { ownNotifications } from "./notifications.ts";
import { Email, Id, Locale, Password, PersonName, Telephone } from "./fields.ts";
import { userPage, UserListQuery } from "./user-list.ts";

const ProfileChange = z.object({
  prenom: z.optional(PersonName),
  nom: z.optional(PersonName),
  telephone: z.optional(z.nullable(Telephone)),
  locale: z.optional(Locale),
  email: z.optional(Email),
  currentPassword: z.optional(Password),
});

const PasswordChange = z.object({ currentPassword: Password, newPassword: Password });

/**
 * The four routes of the user's own account, under the paths of `/api/users/me` and the published ones of `/api/auth`.
 */
export function ownAccountRoutes(paths: { profile: string; password: string; account: string }) {
  return new Hono<AppEnv>()
    .get(paths.profile, limit("default"), requireSession(), async (c) => {
      return c.json({ message: say(c, "profileRead"), ...(await getProfile(c.var.platform, c.var.actor)) });
    })
    .put(paths.profile, limit("default"), requireSession(), validate("json", ProfileChange), async (c) => {
      const changed = await updateProfile(c.var.platform, c.var.actor, c.req.valid("json"));
      return c.json({ message: say(c, "profileUpdated"), ...changed });
    })
    .put(paths.password, limit("login"), requireSession(), validate("json", PasswordChange), async (c) => {
      await changePassword(c.var.platform, c.var.actor, c.req.valid("json"));
      return c.json({ message: say(c, "passwordChanged") });
    })
    .delete(paths.account, limit("default"), requireSession(), async (c) => {
      await deleteAccount(c.var.platform, c.var.actor);
      clearRefreshCookie(c);
      return c.json({ message: say(c, "accountDeleted") });
    });
}

export const users = new Hono<AppEnv>()
  .get("/me/export", limit("default"), requireSession({ fresh: true }), async (c) => {
    const file = `attachment; filename="account-${c.var.actor.userId}.json"`;
    return c.body(await exportAccount(c.var.platform, c.var.actor), 200, {
      "Content-Type": "application/json",
      "Content-Disposition": file,
    });
  })
  .delete("/me/password", limit("default"), requireSession({ fresh: true, changesFactors: true }), async (c) => {
    await removePassword(c.var.platform, c.var.actor);
    return c.json({ message: say(c, "passwordRemoved") });
  })
  .delete("/me/pending-email", limit("default"), requireSession(), async (c) => {
    await withdrawEmailChange(c.var.platform, c.var.actor);
    return c.json({ message: say(c, "emailChangeCancelled") });
  })
  .route("/", ownAccountRoutes({ profile: "/me", password: "/me/password", account: "/me" }))
  .route("/me", ownNotifications)
  .get("/", limit("default"), requirePermission("users:read"), validate("query", UserListQuery), async (c) => {
    return c.json(await userPage(c.var.platform, c.var.actor, c.req.valid("query")));
  })
  // After `/me`: the first matching route answers.
  .get(
    "/:id",
    limit("default"),
    requirePermission("users:read"),
    validate("param", z.object({ id: Id })),
    async (c) => {
      return c.json({ user: await getUser(c.var.platform, c.var.actor, c.req.valid("param").id) });
    },
  );
