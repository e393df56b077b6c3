/** `/api/admin/applications`: the applications that get tokens of their own. Writing requires a recent authentication. */
import { Hono } from "hono";
import * as z from "zod/mini";
import { CLIENT_ID } from "../crypto/access-token-verification.ts";
import { ID_TOKEN_ALGORITHMS } from "../db/values.ts";
import type { AppEnv } from "../http/context.ts";
import { requirePermission } from "../http/guards.ts";
import { say } from "../http/locale.ts";
import { PageQuery, readCursor, toPage } from "../http/lists.ts";
import { limit } from "../http/rate-limit.ts";
import { validate } from "../http/validate.ts";
import {
  addApplication,
  changeApplication,
  listApplications,
  removeApplication,
  rotateSecret,
  type Application,
  type ListedApplication,
} from "../services/applications/applications.ts";
import { mayBeRegistered } from "../services/applications/redirect-uris.ts";
import { AUDIENCE_MAX_LENGTH } from "../services/sessions/token-verification.ts";
import { Permissions } from "./admin-fields.ts";
import { invalid, Overlap, plainText } from "./fields.ts";

const ApplicationParam = z.object({ id: z.string().check(z.regex(CLIENT_ID)) });
const ApplicationName = plainText(1, 100);
/** Compared as they are, so without spaces that nobody sees. */
const Audience = z.string().check(z.maxLength(AUDIENCE_MAX_LENGTH), z.regex(/^[!-~]+$/));
const Audiences = z.array(Audience).check(z.maxLength(20));
const RedirectUri = z
  .string()
  .check(z.refine(mayBeRegistered, invalid("Adresse de retour non autorisée", "Not allowed as a redirect address")));
const RedirectUris = z.array(RedirectUri).check(z.maxLength(20));
const LogoutUri = z.nullable(z.string().check(z.maxLength(1_000)));
const NewApplication = z.strictObject({
  name: ApplicationName,
  permissions: z._default(Permissions, []),
  audiences: z._default(Audiences, []),
  redirectUris: z._default(RedirectUris, []),
  postLogoutRedirectUris: z._default(RedirectUris, []),
  backchannelLogoutUri: z._default(LogoutUri, null),
  isPublic: z._default(z.boolean(), false),
  isFirstParty: z._default(z.boolean(), false),
  idTokenAlgorithm: z._default(z.enum(ID_TOKEN_ALGORITHMS), "RS256"),
});
/** Without defaults: omitted fields stay unchanged. */
const ApplicationChange = z.strictObject({
  name: z.optional(ApplicationName),
  permissions: z.optional(Permissions),
  audiences: z.optional(Audiences),
  redirectUris: z.optional(RedirectUris),
  postLogoutRedirectUris: z.optional(RedirectUris),
  backchannelLogoutUri: z.optional(LogoutUri),
  isFirstParty: z.optional(z.boolean()),
  idTokenAlgorithm: z.optional(z.enum(ID_TOKEN_ALGORITHMS)),
  isActive: z.optional(z.boolean()),
});

function toApplication(entry: ListedApplication): Application {
  const { position: _, ...application } = entry;
  return application;
}

export const applications = new Hono<AppEnv>()
  .get("/", limit("default"), requirePermission("applications:read"), validate("query", PageQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const [after] = readCursor(cursor, z.tuple([z.int32()])) ?? [];
    const page = await listApplications(c.var.platform, c.var.actor, { limit, after });
    return c.json(toPage(page, { limit, item: toApplication, position: ({ position }) => [position] }));
  })
  .post(
    "/",
    limit("default"),
    requirePermission("applications:write", { fresh: true }),
    validate("json", NewApplication),
    async (c) => {
      const issued = await addApplication(c.var.platform, c.var.actor, c.req.valid("json"));
      return c.json({ message: say(c, "applicationCreated"), ...issued }, 201);
    },
  )
  .patch(
    "/:id",
    limit("default"),
    requirePermission("applications:write", { fresh: true }),
    validate("param", ApplicationParam),
    validate("json", ApplicationChange),
    async (c) => {
      const change = { ...c.req.valid("param"), change: c.req.valid("json") };
      const application = await changeApplication(c.var.platform, c.var.actor, change);
      return c.json({ message: say(c, "applicationUpdated"), application });
    },
  )
  .post(
    "/:id/secret",
    limit("default"),
    requirePermission("applications:write", { fresh: true }),
    validate("param", ApplicationParam),
    validate("json", Overlap),
    async (c) => {
      const rotation = { ...c.req.valid("param"), ...c.req.valid("json") };
      const issued = await rotateSecret(c.var.platform, c.var.actor, rotation);
      return c.json({ message: say(c, "secretRotated"), ...issued });
    },
  )
  .delete(
    "/:id",
    limit("default"),
    requirePermission("applications:write", { fresh: true }),
    validate("param", ApplicationParam),
    async (c) => {
      await removeApplication(c.var.platform, c.var.actor, c.req.valid("param").id);
      return c.json({ message: say(c, "applicationDeleted") });
    },
  );
