/** `/api/security/identities`: the accounts at other services that sign in to this one. */
import { Hono } from "hono";
import * as z from "zod/mini";
import type { AppEnv } from "../http/context.ts";
import { keepFlow } from "../http/federation-cookie.ts";
import { requireSession } from "../http/guards.ts";
import { say } from "../http/locale.ts";
import { limit } from "../http/rate-limit.ts";
import { returnAddress } from "../http/return-to.ts";
import { validate } from "../http/validate.ts";
import { assertMayLink, listIdentities, unlinkIdentity } from "../services/accounts/identities.ts";
import { leaveFor } from "../services/login/federation-flow.ts";
import { Id } from "./fields.ts";

const Link = z.object({
  provider: z.string().check(z.maxLength(31)),
  returnTo: z.optional(z.string().check(z.maxLength(2048))),
});

export const identities = new Hono<AppEnv>()
  .get("/", limit("default"), requireSession(), async (c) =>
    c.json({ identities: await listIdentities(c.var.platform, c.var.actor) }),
  )
  .post("/", limit("default"), requireSession({ fresh: true }), validate("json", Link), async (c) => {
    const { provider, returnTo } = c.req.valid("json");
    const { userId, sessionId } = c.var.actor;
    const address = returnAddress(c.var.platform.config, returnTo, "#/returnTo");
    await assertMayLink(c.var.platform, c.var.actor);
    const departure = { returnTo: address, session: { userId, sessionId } };
    const { address: url, kept } = await leaveFor(c.var.platform, provider, departure);
    keepFlow(c, kept);
    return c.json({ url });
  })
  .delete(
    "/:id",
    limit("default"),
    requireSession({ fresh: true }),
    validate("param", z.object({ id: Id })),
    async (c) => {
      await unlinkIdentity(c.var.platform, c.var.actor, c.req.valid("param").id);
      return c.json({ message: say(c, "identityUnlinked") });
    },
  );
