/** `/api/auth/federated`: signing in at another service. Browsers come here, so refusals go back to the front end. */
import { Hono, type Context } from "hono";
import * as z from "zod/mini";
import { AppError } from "../errors.ts";
import { encodeBase64url } from "../crypto/base64url.ts";
import type { AppEnv } from "../http/context.ts";
import { forgetFlow, keepFlow, keptFlow } from "../http/federation-cookie.ts";
import { localeOf } from "../http/locale.ts";
import { problem, toAppError } from "../http/problem.ts";
import { limit } from "../http/rate-limit.ts";
import { deliver, deviceTokenOf } from "../http/refresh-cookie.ts";
import { returnAddress, withNews } from "../http/return-to.ts";
import { validate } from "../http/validate.ts";
import { linkIdentity } from "../services/accounts/identities.ts";
import { logInWithIdentity } from "../services/login/federated.ts";
import { getProvider, leaveFor, readDeparture, whoCameBack } from "../services/login/federation-flow.ts";
import { toPerson } from "./person.ts";

const ProviderParam = z.object({ provider: z.string().check(z.maxLength(31)) });
const Start = z.object({ return_to: z.optional(z.string().check(z.maxLength(2048))) });
/** What Apple posts; of everything else in it we have no use. */
const PASSED_ON = ["code", "state", "iss", "error", "user"];

export const federation = new Hono<AppEnv>()
  .get("/", limit("default"), (c) =>
    c.json({ providers: c.var.platform.config.FEDERATION.map(({ id, name }) => ({ id, name })) }),
  )
  .get("/:provider", limit("default"), validate("param", ProviderParam), validate("query", Start), async (c) => {
    const returnTo = returnAddress(c.var.platform.config, c.req.valid("query").return_to);
    const departure = { returnTo, deviceToken: deviceTokenOf(c, undefined) };
    const { id } = getProvider(c.var.platform, c.req.valid("param").provider);
    try {
      const { address, kept } = await leaveFor(c.var.platform, id, departure);
      keepFlow(c, kept);
      return c.redirect(address, 303);
    } catch (error) {
      return sendBack(c, returnTo, error);
    }
  })
  .get("/:provider/callback", limit("login"), validate("param", ProviderParam), async (c) => {
    const { platform } = c.var;
    const answer = new URL(c.req.url).searchParams;
    const [provider, kept = ""] = [c.req.valid("param").provider, keptFlow(c)];
    getProvider(platform, provider);
    const flow = await readDeparture(platform, { provider, kept, state: answer.get("state") });
    const returnTo = flow?.returnTo ?? returnAddress(platform.config, undefined);
    try {
      if (!flow) throw new AppError("invalid_federation");
      return c.redirect(withNews(returnTo, await arrive(c, { ...flow, kept }, answer)), 303);
    } catch (error) {
      return sendBack(c, returnTo, error);
    }
  })
  .post("/:provider/callback", limit("default"), validate("param", ProviderParam), async (c) => {
    const { kind } = getProvider(c.var.platform, c.req.valid("param").provider);
    if (kind !== "apple") throw new AppError("not_found");
    // A post from another site comes without cookies, and a redirect brings them.
    const form = new URLSearchParams(await c.req.text());
    const passed = PASSED_ON.flatMap((name) => (form.has(name) ? [[name, form.get(name)!]] : []));
    return c.redirect(`${c.req.path}?${new URLSearchParams(passed).toString()}`, 303);
  });

/** With why not. Trouble, which is not the person's, keeps the cookie: the same visit may go on. */
function sendBack(c: Context<AppEnv>, returnTo: string, error: unknown): Response {
  const answer = problem(error, c);
  const isTrouble = answer.status >= 500;
  if (isTrouble && !c.req.header("Accept")?.includes("text/html")) return answer;
  if (!isTrouble) forgetFlow(c);
  // The database refuses too: a link whose session has ended or is no longer fresh.
  return c.redirect(withNews(returnTo, { error: toAppError(error).code }), 303);
}

/** What the front end is told. */
async function arrive(
  c: Context<AppEnv>,
  flow: Parameters<typeof whoCameBack>[1],
  answer: URLSearchParams,
): Promise<Record<string, string>> {
  const { platform } = c.var;
  const { provider, identity } = await whoCameBack(platform, flow, answer);
  const person = toPerson(identity, answer.get("user"));
  if (flow.session) {
    await linkIdentity(platform, { ...flow.session, fresh: true }, { provider, person });
    forgetFlow(c);
    return { linked: provider.id };
  }
  const { deviceToken } = flow;
  const outcome = await logInWithIdentity(platform, { provider, person, deviceToken, locale: localeOf(c) });
  forgetFlow(c);
  if ("twoFactorRequired" in outcome)
    return { two_factor: encodeBase64url(new TextEncoder().encode(JSON.stringify(outcome))) };
  deliver(c, "cookie", outcome);
  return { signed_in: provider.id };
}
