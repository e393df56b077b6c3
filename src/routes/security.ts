/** `/api/security`: an account's second factors, its sessions, and its login history. */
import { Hono } from "hono";
import * as z from "zod/mini";
import { TWO_FACTOR_TYPES } from "../db/values.ts";
import type { AppEnv } from "../http/context.ts";
import { requireSession } from "../http/guards.ts";
import { say } from "../http/locale.ts";
import { PageQuery, readCursor, toPage } from "../http/lists.ts";
import { limit } from "../http/rate-limit.ts";
import { validate } from "../http/validate.ts";
import { listLogins } from "../services/login/history.ts";
import { reauthenticate } from "../services/sessions/reauthentication.ts";
import { endOtherSessions, endSession, listSessions, type SessionEntry } from "../services/sessions/devices.ts";
import {
  confirmEmail,
  confirmTotp,
  getTwoFactor,
  replaceRecoveryCodes,
  startEmail,
  startTotp,
  turnOff,
} from "../services/factors/enrolment.ts";
import { Code } from "../services/factors/code.ts";
import { FACTORS } from "../services/factors/list.ts";
import { askAgain } from "../services/factors/passkeys.ts";
import { answerOf, Password } from "./fields.ts";

const CodeRequest = z.object({ code: Code });
const MethodParam = z.object({ method: z.enum(TWO_FACTOR_TYPES) });
const SessionParam = z.object({ id: z.uuid().check(z.toLowerCase()) });
const Reauthentication = z.union([
  z.object({ password: Password }),
  answerOf(
    FACTORS.filter(({ grade }) => grade.reauthenticates),
    (answer) => z.object(answer),
  ),
]);
/** Session ids are PostgreSQL's `integer`, history ids its `bigint`. */
const AfterSession = z.tuple([z.int32().check(z.positive())]);
const AfterLogin = z.tuple([z.int().check(z.positive())]);

const changingFactors = { fresh: true, changesFactors: true };

function toSession(entry: SessionEntry): Omit<SessionEntry, "position"> {
  const { position: _, ...session } = entry;
  return session;
}

export const security = new Hono<AppEnv>()
  .get("/2fa", limit("default"), requireSession(), async (c) => c.json(await getTwoFactor(c.var.platform, c.var.actor)))
  .post("/2fa/totp", limit("default"), requireSession(changingFactors), async (c) => {
    return c.json(await startTotp(c.var.platform, c.var.actor));
  })
  .post(
    "/2fa/totp/verify",
    limit("default"),
    requireSession(changingFactors),
    validate("json", CodeRequest),
    async (c) => {
      const codes = await confirmTotp(c.var.platform, c.var.actor, c.req.valid("json").code);
      return c.json({ message: say(c, "twoFactorOn"), ...codes });
    },
  )
  .post("/2fa/email", limit("mail"), requireSession(changingFactors), async (c) => {
    await startEmail(c.var.platform, c.var.actor);
    return c.json({ message: say(c, "codeSent") }, 202);
  })
  .post(
    "/2fa/email/verify",
    limit("default"),
    requireSession(changingFactors),
    validate("json", CodeRequest),
    async (c) => {
      const codes = await confirmEmail(c.var.platform, c.var.actor, c.req.valid("json").code);
      return c.json({ message: say(c, "twoFactorOn"), ...codes });
    },
  )
  .post("/2fa/recovery-codes", limit("default"), requireSession(changingFactors), async (c) => {
    const codes = await replaceRecoveryCodes(c.var.platform, c.var.actor);
    return c.json({ message: say(c, "recoveryCodesReplaced"), ...codes });
  })
  .delete(
    "/2fa/:method",
    limit("default"),
    requireSession(changingFactors),
    validate("param", MethodParam),
    async (c) => {
      await turnOff(c.var.platform, c.var.actor, c.req.valid("param").method);
      return c.json({ message: say(c, "twoFactorOff") });
    },
  )
  .post("/reauthenticate", limit("login"), requireSession(), validate("json", Reauthentication), async (c) => {
    const tokens = await reauthenticate(c.var.platform, c.var.actor, c.req.valid("json"));
    return c.json({ message: say(c, "reauthenticated"), ...tokens });
  })
  .post("/reauthenticate/options", limit("default"), requireSession(), async (c) => {
    return c.json(await askAgain(c.var.platform, c.var.actor));
  })
  .get("/sessions", limit("default"), requireSession(), validate("query", PageQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const after = readCursor(cursor, AfterSession)?.[0];
    const sessions = await listSessions(c.var.platform, c.var.actor, { limit, after });
    return c.json(toPage(sessions, { limit, item: toSession, position: (session) => [session.position] }));
  })
  .delete("/sessions", limit("default"), requireSession(), async (c) => {
    const ended = await endOtherSessions(c.var.platform, c.var.actor);
    return c.json({ message: say(c, "sessionsEnded"), ended });
  })
  .delete("/sessions/:id", limit("default"), requireSession(), validate("param", SessionParam), async (c) => {
    await endSession(c.var.platform, c.var.actor, c.req.valid("param").id);
    return c.json({ message: say(c, "sessionEnded") });
  })
  .get("/login-history", limit("default"), requireSession(), validate("query", PageQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const after = readCursor(cursor, AfterLogin)?.[0];
    const logins = await listLogins(c.var.platform, c.var.actor, { limit, after });
    return c.json(toPage(logins, { limit, item: (login) => login, position: (login) => [login.id] }));
  });
