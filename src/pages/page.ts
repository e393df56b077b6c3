/** The HTML document of every page: in the reader's language, with its own style and script under a nonce, loading nothing else. */
import type { Context } from "hono";
import { html, raw } from "hono/html";
import { NONCE, secureHeaders } from "hono/secure-headers";
import type { AppEnv } from "../http/context.ts";
import { localeOf } from "../http/locale.ts";

/** Stricter headers than the API's. @param withScript the page has a script, which may call this origin. */
export function pageHeaders({ withScript = false } = {}) {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      ...(withScript && { scriptSrc: [NONCE] }),
      styleSrc: [NONCE],
      imgSrc: ["data:"],
      ...(withScript && { connectSrc: ["'self'"] }),
      formAction: ["'none'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    referrerPolicy: "no-referrer",
    strictTransportSecurity: "max-age=63072000; includeSubDomains; preload",
    xFrameOptions: "DENY",
    xPermittedCrossDomainPolicies: false,
  });
}

type Html = ReturnType<typeof html>;

interface Page {
  title: string;
  style: string;
  main: Html;
  script?: string;
}

/** Call it on a route behind `pageHeaders`. */
export function showPage(c: Context<AppEnv>, { title, style, main, script }: Page): Response | Promise<Response> {
  const nonce = c.get("secureHeadersNonce");
  c.header("Vary", "Accept-Language");
  return c.html(
    html`<!doctype html>
      <html lang="${localeOf(c)}">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex" />
          <meta name="color-scheme" content="light dark" />
          <title>${title}</title>
          <link rel="icon" href="data:," />
          <style nonce="${nonce}">
            ${raw(style)}
          </style>
        </head>
        <body>
          <main>${main}</main>
          ${
            script === undefined
              ? ""
              : html`<script nonce="${nonce}">
                  ${raw(script)};
                </script>`
          }
        </body>
      </html>`,
  );
}
