/** The HTML document of every page: in the reader's language, with its own style and script under a nonce, loading nothing else. */
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { html, raw } from "hono/html";
import { NONCE, secureHeaders } from "hono/secure-headers";
import type { Locale } from "../errors.ts";
import type { AppEnv } from "../http/context.ts";
import { preferredLocale, preferredTheme } from "./preferences.ts";

/**
 * Stricter headers than the API's. @param withScript the page has a script, which may call this origin. @param withForm the
 * browser itself sends its form, to this origin.
 */
export function pageHeaders({ withScript = false, withForm = false } = {}) {
  const headers = secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      ...(withScript && { scriptSrc: [NONCE] }),
      styleSrc: [NONCE],
      imgSrc: [pictures],
      ...(withScript && { connectSrc: ["'self'"] }),
      formAction: [withForm ? "'self'" : "'none'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    referrerPolicy: "no-referrer",
    strictTransportSecurity: "max-age=63072000; includeSubDomains; preload",
    xFrameOptions: "DENY",
    xPermittedCrossDomainPolicies: false,
  });
  return createMiddleware<AppEnv>(async (c, next) => {
    await headers(c, next);
    const target = c.get("formTarget");
    if (target === undefined) return;
    const policy = c.res.headers.get("Content-Security-Policy") ?? "";
    c.res.headers.set("Content-Security-Policy", policy.replace("form-action 'self'", `$& ${target}`));
  });
}

/** Browsers hold a redirect that answers a form against `form-action`, too. Call it on a route behind `pageHeaders`. */
export function letFormLeadTo(c: Context<AppEnv>, uri: string): void {
  const { origin, protocol } = new URL(uri);
  // A program's own scheme has no origin, and a policy can't name an IPv6 address.
  c.set("formTarget", origin === "null" || origin.includes("[") ? protocol : origin);
}

/** The icon, and the operator's logo. */
function pictures(c: Context): string {
  const { BRAND_LOGO: logo } = (c as Context<AppEnv>).var.platform.config;
  return logo ? `data: ${new URL(logo).origin}` : "data:";
}

export type Html = ReturnType<typeof html>;

interface Page {
  title: string;
  main: Html;
  /** Files of the folder `files`, besides the style that all pages begin with. */
  style?: "page.css" | "docs.css";
  script?: "link-page.js";
  /** Under the name of the service, with its colour beside. */
  branded?: boolean;
  /** By default the reader's. */
  locale?: Locale;
}

/** Call it on a route behind `pageHeaders`. */
export async function showPage(
  c: Context<AppEnv>,
  { title, main, style = "page.css", script, branded = false, locale = preferredLocale(c) }: Page,
): Promise<Response> {
  const nonce = c.get("secureHeadersNonce");
  const { PRODUCT_NAME: product, BRAND_LOGO: logo, BRAND_COLOR: color } = c.var.platform.config;
  const styles = await Promise.all(["base.css" as const, style].map((file) => readStyle(c, file)));
  const written = script && (await c.var.platform.assets.readText(`/${script}`));
  c.header("Vary", "Accept-Language, Cookie");
  const document = writeDocument(c, {
    title,
    locale,
    head: html`<style nonce="${nonce}">
      ${raw(styles.join(""))}${raw(color ? `:root{--brand:${color}}` : "")}
    </style>`,
    body: html`${
        branded
          ? logo
            ? html`<header class="product"><img src="${logo}" alt="${product}" /></header>`
            : html`<header class="product" data-mark="${[...product][0]!}">${product}</header>`
          : ""
      }
      <main>${main}</main>
      ${branded ? html`<div class="art"></div>` : ""}
      ${
        written
          ? html`<script nonce="${nonce}">
              ${raw(written)};
            </script>`
          : ""
      }`,
  });
  return c.html(document);
}

/** A page without its looks still says what it says; without its script it would do nothing, and is not shown. */
async function readStyle(c: Context<AppEnv>, file: "base.css" | NonNullable<Page["style"]>): Promise<string> {
  try {
    return await c.var.platform.assets.readText(`/${file}`);
  } catch (error) {
    c.var.platform.log("page_style_failed", { requestId: c.var.platform.client.requestId }, error);
    return "";
  }
}

/** What every document of this service begins with. */
export function writeDocument(
  c: Context<AppEnv>,
  { title, locale, head, body }: { title: string; locale: Locale; head: Html; body: Html },
): Html {
  return html`<!doctype html>
    <html lang="${locale}" data-theme="${preferredTheme(c)}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        ${head}
      </head>
      <body>
        ${body}
      </body>
    </html>`;
}
