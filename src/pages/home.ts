/** The page at the service's root: what this is and where to go. In development it links to everything. */
import { Hono } from "hono";
import { html } from "hono/html";
import type { Text } from "../errors.ts";
import type { AppEnv } from "../http/context.ts";
import { limit } from "../http/rate-limit.ts";
import { isInDevelopment } from "../platform/config.ts";
import { LINK_PAGES } from "./link-pages.ts";
import { pageHeaders, showPage } from "./page.ts";
import { preferredLocale } from "./preferences.ts";

const EVERYWHERE = ["/docs", "/openapi.json"];
const APPLICATION = ["/sign-in", "/register", "/account"];
const IN_DEVELOPMENT = [
  "/health",
  "/health/ready",
  "/.well-known/jwks.json",
  "/.well-known/oauth-authorization-server",
  "/.well-known/webauthn",
  "/.well-known/passkey-endpoints",
  "/.well-known/security.txt",
  "/robots.txt",
  ...Object.keys(LINK_PAGES),
];

const TEXTS = {
  what: {
    fr: "Ce service gère les comptes et les connexions.",
    en: "This service manages accounts and signs people in.",
  },
  app: { fr: "Ouvrir l'application", en: "Open the application" },
} as const satisfies Record<string, Text>;

export const home = new Hono<AppEnv>().get("/", limit("default"), pageHeaders(), (c) => {
  const { config } = c.var.platform;
  const { PRODUCT_NAME: product, APP_URL, PAGES } = config;
  const locale = preferredLocale(c);
  const inDevelopment = isInDevelopment(config);
  const paths = [
    ...(PAGES ? APPLICATION : []),
    ...EVERYWHERE,
    ...(inDevelopment ? IN_DEVELOPMENT : []),
    ...(inDevelopment && PAGES ? ["/gallery"] : []),
  ];
  const main = html`<h1>${product}</h1>
    <p>${TEXTS.what[locale]}</p>
    ${APP_URL ? html`<p><a href="${APP_URL}">${TEXTS.app[locale]}</a></p>` : ""}
    <ul class="links">
      ${paths.map((path) => html`<li><a href="${path}">${path}</a></li>`)}
    </ul>`;
  return showPage(c, { title: product, main, branded: true });
});
