/**
 * `/api/admin`: accounts, the audit log and the statistics, for roles with the permission. Writing requires a recent
 * authentication.
 */
import { Hono } from "hono";
import * as z from "zod/mini";
import type { Locale as LocaleName } from "../errors.ts";
import type { AppEnv } from "../http/context.ts";
import { requirePermission } from "../http/guards.ts";
import { inLocale, localeOf, say } from "../http/locale.ts";
import { validateLines } from "../http/ndjson.ts";
import { readCursor, toPage } from "../http/lists.ts";
import { limit } from "../http/rate-limit.ts";
import { validate } from "../http/validate.ts";
import * as administration from "../services/administration/users.ts";
import { listAuditLogs, verifyAuditLog } from "../services/administration/audit-log.ts";
import { getStatistics } from "../services/administration/statistics.ts";
import { getUserDetails } from "../services/administration/directory.ts";
import { revokeUserApiKey } from "../services/administration/api-keys.ts";
import { endUserSession } from "../services/administration/sessions.ts";
import { listApiKeys } from "../services/applications/api-keys.ts";
import { importUsers, type ImportOutcome } from "../services/accounts/import.ts";
import { AuditQuery, Period, VerificationQuery } from "./admin-fields.ts";
import { ApiKeyId, Email, Id, Locale, PersonName } from "./fields.ts";
import { impersonation } from "./impersonation.ts";
import { roles } from "./roles.ts";
import { userPage, UserListQuery } from "./user-list.ts";

const ById = z.object({ id: Id });
const SessionOfUser = z.object({ id: Id, sessionId: z.uuid().check(z.toLowerCase()) });
const KeyOfUser = z.object({ id: Id, keyId: ApiKeyId });
const HeldRole = z.int32().check(z.minimum(0));

/** Strict, as everything that administrators write: an unknown key must not be answered with "updated". */
const Invitation = z.strictObject({
  email: Email,
  prenom: PersonName,
  nom: PersonName,
  roleId: z._default(HeldRole, 0),
  locale: z.optional(Locale),
});
const UserChange = z.strictObject({
  email: z.optional(Email),
  isVerified: z.optional(z.literal(true)),
  prenom: z.optional(PersonName),
  nom: z.optional(PersonName),
  isActive: z.optional(z.boolean()),
  roleId: z.optional(HeldRole),
});
const ImportedIdentity = z.strictObject({
  provider: z.string().check(z.maxLength(31)),
  subject: z.string().check(z.minLength(1), z.maxLength(255)),
});
const ImportedUser = z.strictObject({
  email: Email,
  prenom: PersonName,
  nom: PersonName,
  passwordHash: z.optional(z.string().check(z.maxLength(255))),
  role: z._default(HeldRole, 0),
  isVerified: z._default(z.boolean(), false),
  identities: z._default(z.array(ImportedIdentity).check(z.maxLength(10)), []),
});
const MAX_IMPORTED = 1_000;

function toImportAnswer({ errors, ...outcome }: ImportOutcome, locale: LocaleName) {
  return { ...outcome, ...(errors && { errors: inLocale(errors, locale) }) };
}

export const admin = new Hono<AppEnv>()
  .get("/users", limit("default"), requirePermission("users:read"), validate("query", UserListQuery), async (c) => {
    return c.json(await userPage(c.var.platform, c.var.actor, c.req.valid("query")));
  })
  .post(
    "/users",
    limit("default"),
    requirePermission("users:write", { fresh: true }),
    validate("json", Invitation),
    async (c) => {
      const { locale = localeOf(c), ...invitation } = c.req.valid("json");
      const user = await administration.inviteUser(c.var.platform, c.var.actor, { ...invitation, locale });
      return c.json({ message: say(c, "userInvited"), user }, 201);
    },
  )
  .post(
    "/users/import",
    limit("default"),
    requirePermission("users:import", { fresh: true }),
    validateLines(ImportedUser, { maxLines: MAX_IMPORTED }),
    async (c) => {
      const outcomes = await importUsers(c.var.platform, c.var.actor, c.req.valid("json"));
      return c.json({
        message: say(c, "usersImported"),
        data: outcomes.map((outcome) => toImportAnswer(outcome, localeOf(c))),
      });
    },
  )
  .get("/users/:id", limit("default"), requirePermission("users:read"), validate("param", ById), async (c) => {
    return c.json(await getUserDetails(c.var.platform, c.var.actor, c.req.valid("param").id));
  })
  .patch(
    "/users/:id",
    limit("default"),
    requirePermission("users:write", { fresh: true }),
    validate("param", ById),
    validate("json", UserChange),
    async (c) => {
      const change = { userId: c.req.valid("param").id, change: c.req.valid("json") };
      const user = await administration.changeUser(c.var.platform, c.var.actor, change);
      return c.json({ message: say(c, "userUpdated"), user });
    },
  )
  .delete(
    "/users/:id",
    limit("default"),
    requirePermission("users:write", { fresh: true }),
    validate("param", ById),
    async (c) => {
      await administration.deleteUser(c.var.platform, c.var.actor, c.req.valid("param").id);
      return c.json({ message: say(c, "userDeleted") });
    },
  )
  .post(
    "/users/:id/restore",
    limit("default"),
    requirePermission("users:write", { fresh: true }),
    validate("param", ById),
    async (c) => {
      const user = await administration.restoreUser(c.var.platform, c.var.actor, c.req.valid("param").id);
      return c.json({ message: say(c, "userRestored"), user });
    },
  )
  .post(
    "/users/:id/unlock",
    limit("default"),
    requirePermission("users:write", { fresh: true }),
    validate("param", ById),
    async (c) => {
      await administration.unlockUser(c.var.platform, c.var.actor, c.req.valid("param").id);
      return c.json({ message: say(c, "userUnlocked") });
    },
  )
  .post(
    "/users/:id/logout",
    limit("default"),
    requirePermission("users:write", { fresh: true }),
    validate("param", ById),
    async (c) => {
      await administration.logOutUser(c.var.platform, c.var.actor, c.req.valid("param").id);
      return c.json({ message: say(c, "userLoggedOut") });
    },
  )
  .delete(
    "/users/:id/sessions/:sessionId",
    limit("default"),
    requirePermission("users:write", { fresh: true }),
    validate("param", SessionOfUser),
    async (c) => {
      const { id: userId, sessionId } = c.req.valid("param");
      await endUserSession(c.var.platform, c.var.actor, { userId, sessionId });
      return c.json({ message: say(c, "sessionEnded") });
    },
  )
  .get("/users/:id/api-keys", limit("default"), requirePermission("users:read"), validate("param", ById), async (c) => {
    return c.json({ apiKeys: await listApiKeys(c.var.platform, c.var.actor, c.req.valid("param").id) });
  })
  .delete(
    "/users/:id/api-keys/:keyId",
    limit("default"),
    requirePermission("users:write", { fresh: true }),
    validate("param", KeyOfUser),
    async (c) => {
      const { id: userId, keyId } = c.req.valid("param");
      await revokeUserApiKey(c.var.platform, c.var.actor, { userId, id: keyId });
      return c.json({ message: say(c, "apiKeyRevoked") });
    },
  )
  .post(
    "/users/:id/2fa/reset",
    limit("default"),
    requirePermission("users:write", { fresh: true }),
    validate("param", ById),
    async (c) => {
      await administration.resetTwoFactor(c.var.platform, c.var.actor, c.req.valid("param").id);
      return c.json({ message: say(c, "twoFactorReset") });
    },
  )
  .route("/", roles)
  .route("/", impersonation)
  .get("/audit-logs", limit("default"), requirePermission("audit:read"), validate("query", AuditQuery), async (c) => {
    const { cursor, ...filter } = c.req.valid("query");
    const [before] = readCursor(cursor, z.tuple([z.int()])) ?? [];
    const records = await listAuditLogs(c.var.platform, c.var.actor, { ...filter, before });
    const { limit } = filter;
    return c.json(toPage(records, { limit, item: (record) => record, position: (record) => [Number(record.id)] }));
  })
  .get(
    "/audit-logs/verify",
    limit("default"),
    requirePermission("audit:read"),
    validate("query", VerificationQuery),
    async (c) => {
      return c.json(await verifyAuditLog(c.var.platform, c.var.actor, c.req.valid("query")));
    },
  )
  .get("/stats", limit("default"), requirePermission("stats:read"), validate("query", Period), async (c) => {
    return c.json(await getStatistics(c.var.platform, c.var.actor, c.req.valid("query")));
  });
