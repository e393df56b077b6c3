/** `/api/security/applications`: the applications that an account has let in. */
import { Hono } from "hono";
import * as z from "zod/mini";
import { CLIENT_ID } from "../crypto/access-token-verification.ts";
import type { AppEnv } from "../http/context.ts";
import { requireSession } from "../http/guards.ts";
import { say } from "../http/locale.ts";
import { limit } from "../http/rate-limit.ts";
import { validate } from "../http/validate.ts";
import { listConnected, withdrawConsent } from "../services/applications/consents.ts";

const ApplicationParam = z.object({ id: z.string().check(z.regex(CLIENT_ID)) });

export const connectedApplications = new Hono<AppEnv>()
  .get("/", limit("default"), requireSession(), async (c) => {
    return c.json({ applications: await listConnected(c.var.platform, c.var.actor) });
  })
  .delete("/:id", limit("default"), requireSession(), validate("param", ApplicationParam), async (c) => {
    await withdrawConsent(c.var.platform, c.var.actor, c.req.valid("param").id);
    return c.json({ message: say(c, "consentWithdrawn") });
  });
