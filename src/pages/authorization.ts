/**
 * The pages of the authorization server: where applications send people, what people are asked there, and the way out. They
 * work without a script, and nothing can frame them. The cookie of the session is not sent when another site leads here, so
 * such an arrival comes to the same address once more, by itself; everything else is an ordinary redirect.
 */
import { Hono, type Context } from "hono";
import { getCookie } from "hono/cookie";
import { html } from "hono/html";
import * as z from "zod/mini";
import { AppError, type Locale, type Text } from "../errors.ts";
import { limitBody, requireBodyType } from "../http/body.ts";
import type { AppEnv } from "../http/context.ts";
import { validateForm } from "../http/form.ts";
import { toAppError } from "../http/problem.ts";
import { limit } from "../http/rate-limit.ts";
import { clearRefreshCookie, NAME as SESSION_COOKIE } from "../http/refresh-cookie.ts";
import { authorize, type ConsentQuestion } from "../services/applications/authorization.ts";
import { AuthorizationParameters } from "../services/applications/authorization-request.ts";
import { decide } from "../services/applications/consents.ts";
import { offersSignIn } from "../services/applications/metadata.ts";
import { withParameters } from "../services/applications/redirect-uris.ts";
import { openSignOut, prepareSignOut, SignOutParameters } from "../services/applications/sign-out.ts";
import { logOut } from "../services/sessions/logout.ts";
import { SCOPES, TEXTS } from "./authorization-texts.ts";
import { letFormLeadTo, pageHeaders, showPage } from "./page.ts";
import { preferredLocale } from "./preferences.ts";

const Decision = z.object({
  request: z.string().check(z.maxLength(16_384)),
  decision: z.enum(["allow", "deny"]),
});
const SignOut = z.extend(SignOutParameters, { request: z.optional(z.string().check(z.maxLength(16_384))) });

const AUTHORIZE = "/oauth/authorize";
const LOGOUT = "/oauth/logout";
const headers = pageHeaders({ withForm: true });

const cookieOf = (c: Context<AppEnv>) => getCookie(c, SESSION_COOKIE, "host");

/** What is read from a query, as from a form: a parameter that is there twice is refused. */
function readQuery<Schema extends typeof AuthorizationParameters | typeof SignOutParameters>(
  c: Context<AppEnv>,
  schema: Schema,
) {
  const sent = [...new URL(c.req.url).searchParams].filter(([name, value]) => value !== "" && name in schema.shape);
  const parsed = schema.safeParse(Object.fromEntries(sent));
  const isTwice = new Set(sent.map(([name]) => name)).size < sent.length;
  return isTwice || !parsed.success ? undefined : (parsed.data as z.infer<Schema>);
}

export const authorizationPages = new Hono<AppEnv>()
  .get(AUTHORIZE, limit("default"), headers, async (c) => {
    if (!(await offersSignIn(c.var.platform))) throw new AppError("not_found");
    const asked = readQuery(c, AuthorizationParameters);
    if (!asked) return explain(c, TEXTS.wrongRequest);
    const refreshToken = cookieOf(c);
    if (refreshToken === undefined && asked.continued === undefined) return comeAgain(c, AUTHORIZE, asked);
    const outcome = await authorize(c.var.platform, { asked, refreshToken });
    if (outcome.kind === "refused") return explain(c, TEXTS[outcome.reason]);
    return outcome.kind === "redirect" ? c.redirect(outcome.url, 303) : ask(c, outcome, asked.ui_locales);
  })
  .post(
    AUTHORIZE,
    limit("default"),
    headers,
    limitBody(),
    requireBodyType(),
    validateForm(AuthorizationParameters),
    (c) => comeAgain(c, AUTHORIZE, c.req.valid("form")),
  )
  .post(
    "/oauth/consent",
    limit("default"),
    headers,
    limitBody(),
    requireBodyType(),
    validateForm(Decision),
    async (c) => {
      requireOwnPage(c);
      const { request: sealed, decision } = c.req.valid("form");
      const decided = { sealed, allowed: decision === "allow", refreshToken: cookieOf(c) };
      return inTime(c, decide(c.var.platform, decided), (url) => c.redirect(url, 303));
    },
  )
  .get(LOGOUT, limit("default"), headers, async (c) => {
    if (!(await offersSignIn(c.var.platform))) throw new AppError("not_found");
    const asked = readQuery(c, SignOutParameters);
    if (!asked) return explain(c, TEXTS.wrongRequest);
    const isSignedIn = cookieOf(c) !== undefined;
    if (!isSignedIn && asked.continued === undefined) return comeAgain(c, LOGOUT, asked);
    const { sealed, back } = await prepareSignOut(c.var.platform, asked);
    if (isSignedIn) return askToLeave(c, sealed, back);
    return back === undefined ? explain(c, TEXTS.signedOut, 200) : c.redirect(back, 303);
  })
  .post(LOGOUT, limit("default"), headers, limitBody(), requireBodyType(), validateForm(SignOut), async (c) => {
    const { request, ...asked } = c.req.valid("form");
    // An application may ask by a form, too; only our own page carries out.
    if (request === undefined) return comeAgain(c, LOGOUT, asked);
    requireOwnPage(c);
    return inTime(c, openSignOut(c.var.platform, request), async (back) => {
      await logOut(c.var.platform, { refreshToken: cookieOf(c), accessToken: undefined });
      clearRefreshCookie(c);
      return back === "" ? explain(c, TEXTS.signedOut, 200) : c.redirect(back, 303);
    });
  });

/** A question that is too old, or somebody else's, is answered by a page. */
async function inTime<Answer>(c: Context<AppEnv>, work: Promise<string>, then: (url: string) => Answer) {
  try {
    return then(await work);
  } catch (error) {
    const code = toAppError(error).code;
    if (code !== "invalid_link" && code !== "invalid_token") throw error;
    return explain(c, TEXTS.tooLate);
  }
}

/** The cookie is Strict already; a browser that says where a request comes from is believed as well. */
function requireOwnPage(c: Context<AppEnv>): void {
  const from = c.req.header("Sec-Fetch-Site");
  if (from !== undefined && from !== "same-origin") throw new AppError("origin_not_allowed");
}

/** The same question, from ourselves: after a redirect the browser would still come from the other site. */
function comeAgain(c: Context<AppEnv>, path: string, asked: Record<string, string | undefined>) {
  const locale = preferredLocale(c);
  const url = withParameters(path, { ...asked, continued: "1" });
  c.header("Refresh", `0; url=${url}`);
  return showPage(c, {
    title: TEXTS.goOn[locale],
    main: html`<p><a id="go-on" href="${url}">${TEXTS.goOn[locale]}</a></p>`,
    branded: true,
  });
}

function explain(c: Context<AppEnv>, text: { title: Text; content: Text }, status: 200 | 400 = 400) {
  const locale = preferredLocale(c);
  c.status(status);
  const main = html`<h1>${text.title[locale]}</h1>
    <p>${text.content[locale]}</p>`;
  return showPage(c, { title: text.title[locale], main, branded: true });
}

/** OpenID Connect Core, §3.1.2.1: the first language that we have. */
function wantedLocale(c: Context<AppEnv>, wanted = ""): Locale {
  const languages = wanted.split(" ").map((tag) => tag.slice(0, 2).toLowerCase());
  const known = languages.find((language) => language === "fr" || language === "en");
  return known === undefined ? preferredLocale(c) : known;
}

function ask(c: Context<AppEnv>, question: ConsentQuestion, languages: string | undefined) {
  const locale = wantedLocale(c, languages);
  const { application, host, email, scopes, sealed, redirectUri } = question;
  letFormLeadTo(c, redirectUri);
  const title = TEXTS.consent[locale](application);
  const main = html`<h1>${title}</h1>
    ${host === undefined ? "" : html`<p>${TEXTS.selfRegistered[locale]}</p>`}
    ${host ? html`<p>${TEXTS.presents[locale]} <code>${host}</code></p>` : ""}
    <p>${TEXTS.signedInAs[locale]} ${email}</p>
    <p>${TEXTS.itWill[locale]}</p>
    <ul>
      ${scopes.map((scope) => html`<li>${scope in SCOPES ? SCOPES[scope]![locale] : html`${TEXTS.use[locale]} <code>${scope}</code>`}</li>`)}
    </ul>
    <p>${TEXTS.leadsTo[locale]} <code>${hostOf(redirectUri)}</code></p>
    <form method="post" action="/oauth/consent">
      <input type="hidden" name="request" value="${sealed}" />
      <button name="decision" value="allow">${TEXTS.allow[locale]}</button>
      <button class="other" name="decision" value="deny">${TEXTS.deny[locale]}</button>
    </form>`;
  return showPage(c, { title, main, branded: true, locale });
}

function askToLeave(c: Context<AppEnv>, sealed: string, back: string | undefined) {
  const locale = preferredLocale(c);
  if (back !== undefined) letFormLeadTo(c, back);
  const main = html`<h1>${TEXTS.leave[locale]}</h1>
    <p>${TEXTS.leaveWhat[locale]}</p>
    <form method="post" action="${LOGOUT}">
      <input type="hidden" name="request" value="${sealed}" />
      <button>${TEXTS.leaveNow[locale]}</button>
    </form>`;
  return showPage(c, { title: TEXTS.leave[locale], main, branded: true });
}

/** Of a program on a device, its scheme. */
function hostOf(uri: string): string {
  const { host, protocol } = new URL(uri);
  return host || protocol;
}
