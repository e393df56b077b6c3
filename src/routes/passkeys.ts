/** `/api/security/passkeys`: the passkeys of an account. */
import { Hono } from "hono";
import * as z from "zod/mini";
import type { AppEnv } from "../http/context.ts";
import { requireSession } from "../http/guards.ts";
import { say } from "../http/locale.ts";
import { limit } from "../http/rate-limit.ts";
import { validate } from "../http/validate.ts";
import { addPasskey, startPasskey } from "../services/factors/passkey-enrolment.ts";
import { PasskeyRegistration } from "../services/factors/passkey-fields.ts";
import { listPasskeys, removePasskey, renamePasskey } from "../services/factors/passkeys.ts";
import { Id, plainText } from "./fields.ts";

const PasskeyName = plainText(1, 100);
const NewPasskey = z.object({ credential: PasskeyRegistration, name: z.optional(PasskeyName) });
const PasskeyParam = z.object({ id: Id });

const changingFactors = { fresh: true, changesFactors: true };

export const passkeys = new Hono<AppEnv>()
  .get("/", limit("default"), requireSession(), async (c) => c.json(await listPasskeys(c.var.platform, c.var.actor)))
  .post("/options", limit("default"), requireSession(changingFactors), async (c) => {
    return c.json(await startPasskey(c.var.platform, c.var.actor));
  })
  .post("/", limit("default"), requireSession(changingFactors), validate("json", NewPasskey), async (c) => {
    const codes = await addPasskey(c.var.platform, c.var.actor, c.req.valid("json"));
    return c.json({ message: say(c, "passkeyAdded"), ...codes }, 201);
  })
  .patch(
    "/:id",
    limit("default"),
    requireSession(),
    validate("param", PasskeyParam),
    validate("json", z.object({ name: PasskeyName })),
    async (c) => {
      await renamePasskey(c.var.platform, c.var.actor, { ...c.req.valid("param"), ...c.req.valid("json") });
      return c.json({ message: say(c, "passkeyRenamed") });
    },
  )
  .delete("/:id", limit("default"), requireSession(changingFactors), validate("param", PasskeyParam), async (c) => {
    await removePasskey(c.var.platform, c.var.actor, c.req.valid("param").id);
    return c.json({ message: say(c, "passkeyRemoved") });
  });
