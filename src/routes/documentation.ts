/** The contract, published: `/openapi.json` for machines, `/docs` for people, both made of the same routes and schemas. */
import { Hono } from "hono";
import { html, raw } from "hono/html";
import { NONCE, secureHeaders } from "hono/secure-headers";
import type { RouterRoute } from "hono/types";
import { describeError, ERROR_CODES, type ErrorCode, type Locale, type Text } from "../errors.ts";
import type { AppEnv } from "../http/context.ts";
import { localeOf } from "../http/locale.ts";
import { describeApi, errorsOf, fieldsOf, readRoutes, type Operation, type RouteTraits } from "../http/openapi.ts";
import { limit } from "../http/rate-limit.ts";
import { contract } from "./contract.ts";
import { DOCS_STYLE } from "./page-assets.ts";

const VERSION = "1.0.0";
const PUBLIC = { "Cache-Control": "public, max-age=600" };

/** The routes when asked for: they are not all there yet when this one is made. */
type Routes = () => RouterRoute[];

export function apiDescription(routes: Routes) {
  return new Hono<AppEnv>().get("/openapi.json", limit("default"), (c) => {
    const { PRODUCT_NAME: title, ISSUER: server } = c.var.platform.config;
    return c.json(describeApi(readRoutes(routes()), contract, { title, version: VERSION, server }), 200, PUBLIC);
  });
}

/** No script, and nothing loaded. The `type` of every problem leads here, to `#<code>`. */
export function apiPage(routes: Routes) {
  return new Hono<AppEnv>().get("/docs", limit("default"), strictHeaders(), (c) => {
    const { PRODUCT_NAME: product } = c.var.platform.config;
    const locale = localeOf(c);
    const described = readRoutes(routes()).flatMap((route) => {
      const operation = contract[`${route.method} ${route.path}`];
      return operation ? [describeRoute(route, operation)] : [];
    });
    c.header("Vary", "Accept-Language");
    return c.html(
      html`<!doctype html>
        <html lang="${locale}">
          <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <meta name="color-scheme" content="light dark" />
            <title>API – ${product}</title>
            <link rel="icon" href="data:," />
            <style nonce="${c.get("secureHeadersNonce")}">
              ${raw(DOCS_STYLE)}
            </style>
          </head>
          <body>
            <main>
              <h1>${product}</h1>
              <p>OpenAPI 3.1: <a href="/openapi.json">/openapi.json</a></p>
              <h2>${TEXTS.routes[locale]}</h2>
              ${described}
              <h2>${TEXTS.errors[locale]}</h2>
              <dl>${ERROR_CODES.map((code) => describeCode(code, locale))}</dl>
            </main>
          </body>
        </html>`,
    );
  });
}

const TEXTS = {
  routes: { fr: "Adresses", en: "Routes" },
  errors: { fr: "Erreurs", en: "Errors" },
} as const satisfies Record<string, Text>;

function describeRoute(route: RouteTraits, operation: Operation) {
  const { method, path } = route;
  const guard = route.traits.find((traits) => traits.guard)?.guard;
  const needs = [guard && "Bearer", guard?.permission, guard?.fresh && "≤ 10 min"].filter((need) => !!need);
  const statuses = Object.keys(operation.answers).join(", ");
  return html`<section>
    <h3><b>${method}</b> ${path}</h3>
    <p>${operation.summary} ${needs.map((need) => html`<small>${need}</small> `)}</p>
    <ul>
      ${fieldsOf(route).map(
        ({ name, target, required, schema }) =>
          html`<li>${target} <b>${name}</b>${required ? "" : "?"} <code>${JSON.stringify(schema)}</code></li>`,
      )}
    </ul>
    <p>${statuses} · ${errorsOf(route, operation).map((code) => html`<a href="#${code}">${code}</a> `)}</p>
  </section>`;
}

function describeCode(code: ErrorCode, locale: Locale) {
  const { status, detail } = describeError(code);
  return html`<dt id="${code}"><b>${status}</b> ${code}</dt>
    <dd>${detail[locale]}</dd>`;
}

function strictHeaders() {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: [NONCE],
      imgSrc: ["data:"],
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
