/** `/api/security/api-keys`: the API keys of an account. */
import { Hono } from "hono";
import * as z from "zod/mini";
import type { AppEnv } from "../http/context.ts";
import { requireSession } from "../http/guards.ts";
import { say } from "../http/locale.ts";
import { limit } from "../http/rate-limit.ts";
import { validate } from "../http/validate.ts";
import { addApiKey, listApiKeys, renameApiKey, revokeApiKey, rotateApiKey } from "../services/applications/api-keys.ts";
import { Permissions } from "./admin-fields.ts";
import { ApiKeyId, Overlap, plainText } from "./fields.ts";

const KeyName = plainText(1, 100);
const MAX_DAYS = 3_650;

/** Strict: a misspelt lifetime must not make a key of a year. */
const NewKey = z.strictObject({
  name: KeyName,
  permissions: z._default(Permissions, []),
  expiresInDays: z._default(z.int().check(z.minimum(1), z.maximum(MAX_DAYS)), 365),
});
const KeyParam = z.object({ id: ApiKeyId });

export const apiKeys = new Hono<AppEnv>()
  .get("/", limit("default"), requireSession(), async (c) => {
    return c.json({ apiKeys: await listApiKeys(c.var.platform, c.var.actor) });
  })
  .post("/", limit("default"), requireSession({ fresh: true }), validate("json", NewKey), async (c) => {
    const issued = await addApiKey(c.var.platform, c.var.actor, c.req.valid("json"));
    return c.json({ message: say(c, "apiKeyCreated"), ...issued }, 201);
  })
  .patch(
    "/:id",
    limit("default"),
    requireSession(),
    validate("param", KeyParam),
    validate("json", z.object({ name: KeyName })),
    async (c) => {
      await renameApiKey(c.var.platform, c.var.actor, { ...c.req.valid("param"), ...c.req.valid("json") });
      return c.json({ message: say(c, "apiKeyRenamed") });
    },
  )
  .post(
    "/:id/rotate",
    limit("default"),
    requireSession({ fresh: true }),
    validate("param", KeyParam),
    validate("json", Overlap),
    async (c) => {
      const rotation = { ...c.req.valid("param"), ...c.req.valid("json") };
      const issued = await rotateApiKey(c.var.platform, c.var.actor, rotation);
      return c.json({ message: say(c, "apiKeyRotated"), ...issued });
    },
  )
  // At once and from any session: a key that has leaked must not wait for a password.
  .delete("/:id", limit("default"), requireSession(), validate("param", KeyParam), async (c) => {
    await revokeApiKey(c.var.platform, c.var.actor, c.req.valid("param").id);
    return c.json({ message: say(c, "apiKeyRevoked") });
  });
