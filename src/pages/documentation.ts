/** The published contract: `/openapi.json`, a file beside the Worker, and `/docs`, which shows it to people. */
import { Hono, type Context, type MiddlewareHandler } from "hono";
import { html } from "hono/html";
import { describeError, ERROR_CODES, type ErrorCode, type Locale, type Text } from "../errors.ts";
import type { AppEnv } from "../http/context.ts";
import { limit } from "../http/rate-limit.ts";
import { applicationHeaders, showDocument } from "./application.ts";
import { pageHeaders, showPage } from "./page.ts";
import { preferredLocale } from "./preferences.ts";

export const apiDescription = new Hono<AppEnv>().get("/openapi.json", limit("default"), async (c) => {
  const { body } = await c.var.platform.assets.read("/openapi.json");
  return c.body(body!, 200, { "Content-Type": "application/json", "Cache-Control": "public, max-age=600" });
});

const TITLE: Text = { fr: "Référence de l'API", en: "API reference" };

const hasPages = (c: Context<AppEnv>) => c.var.platform.config.PAGES;

const headers: MiddlewareHandler<AppEnv> = (c, next) =>
  hasPages(c) ? applicationHeaders()(c, next) : pageHeaders()(c, next);

/** Every problem's `type` links to its code here, as `#<code>`: with and without scripts, and where PAGES is off. */
export const apiPage = new Hono<AppEnv>().get("/docs", limit("default"), headers, (c) => {
  const locale = preferredLocale(c);
  const content = html`<h1>${TITLE[locale]}</h1>
    <p>OpenAPI 3.1: <a href="/openapi.json">/openapi.json</a></p>
    <dl>${ERROR_CODES.map((code) => describeCode(code, locale))}</dl>`;
  if (hasPages(c)) return showDocument(c, { bundle: "docs", title: TITLE, content: html`<main>${content}</main>` });
  const { PRODUCT_NAME: product } = c.var.platform.config;
  return showPage(c, { title: `${TITLE[locale]} – ${product}`, style: "docs.css", main: content });
});

function describeCode(code: ErrorCode, locale: Locale) {
  const { status, detail } = describeError(code);
  return html`<dt id="${code}"><b>${status}</b> ${code}</dt>
    <dd>${detail[locale]}</dd>`;
}
