/**
 * The pages that mailed links open when there is no front end (APP_URL is empty), and the pages that request a new link.
 * Opening one changes nothing, not even for a mail scanner that prefetches it: the token stays in the URL's fragment, in
 * the browser, until somebody presses the button.
 */
import { Hono } from "hono";
import { html } from "hono/html";
import type { AppEnv } from "../http/context.ts";
import { limit } from "../http/rate-limit.ts";
import { pageHeaders, showPage } from "./page.ts";
import { preferredLocale } from "./preferences.ts";
import type { Locale, Text } from "../errors.ts";
import { LINK_PAGES, type LinkPage } from "./link-pages.ts";

export const pages = new Hono<AppEnv>();

for (const [path, page] of Object.entries(LINK_PAGES)) {
  pages.get(path, limit("default"), pageHeaders({ withScript: true }), (c) => {
    const {
      PRODUCT_NAME: product,
      PASSWORD_MIN_LENGTH: minLength,
      APP_URL,
      ALLOWED_ORIGINS,
      PAGES,
    } = c.var.platform.config;
    const locale = preferredLocale(c);
    const { asks, renewal } = page;
    const app = APP_URL || (PAGES ? "/sign-in" : ALLOWED_ORIGINS[0]);
    const main = html`<h1 tabindex="-1">${page.title[locale]}</h1>
      <p id="explanation">${page.explanation[locale]}</p>
      <form
        data-action="${page.action}"
        data-needs-token="${asks === "email" ? "" : "yes"}"
        data-done="${page.done[locale]}"
        data-failed="${TEXTS.failed[locale]}"
        data-incomplete="${TEXTS.incomplete[locale]}"
      >
        ${asks === "password" ? passwordField(locale, minLength) : ""} ${asks === "email" ? emailField(locale) : ""}
        <button type="submit">${page.button[locale]}</button>
      </form>
      <p id="status" role="status" tabindex="-1"></p>
      <p id="next" hidden>
        ${page.next[locale]} ${app === undefined ? "" : html`<a href="${app}">${TEXTS.goOn[locale]}</a>`}
      </p>
      ${renewal ? html`<p id="renewal" hidden>${describeRenewal(renewal, locale)}</p>` : ""}
      ${PAGES ? html`<p id="back"><a href="/sign-in">${TEXTS.back[locale]}</a></p>` : ""}
      <noscript>
        <p class="failure">${TEXTS.noscript[locale]}</p>
      </noscript>`;
    return showPage(c, {
      title: `${page.title[locale]} – ${product}`,
      main,
      script: "link-page.js",
      branded: true,
    });
  });
}

const describeRenewal = ({ text, path }: NonNullable<LinkPage["renewal"]>, locale: Locale) =>
  path === undefined ? text[locale] : html`<a href="${path}">${text[locale]}</a>`;

const TEXTS = {
  goOn: { fr: "Continuer", en: "Continue" },
  back: { fr: "Revenir à la connexion", en: "Back to sign in" },
  email: { fr: "Adresse email", en: "E-mail address" },
  password: { fr: "Mot de passe", en: "Password" },
  show: { fr: "Afficher le mot de passe", en: "Show the password" },
  failed: {
    fr: "Le service ne répond pas. Réessayez dans un instant.",
    en: "The service is not responding. Try again in a moment.",
  },
  incomplete: {
    fr: "Ce lien est incomplet. Ouvrez-le depuis l'email, ou copiez-le en entier.",
    en: "This link is incomplete. Open it from the e-mail, or copy the whole link.",
  },
  noscript: {
    fr: "Cette page nécessite JavaScript, afin que le code secret du lien reste dans votre navigateur.",
    en: "This page needs JavaScript, so that the link's secret code stays in your browser.",
  },
} as const satisfies Record<string, Text>;

function hintOf(minLength: number): Text {
  return {
    fr: `Au moins ${minLength} caractères ; une phrase convient très bien.`,
    en: `At least ${minLength} characters. A sentence works well.`,
  };
}

function passwordField(locale: Locale, minLength: number) {
  return html`<label for="password">${TEXTS.password[locale]}</label>
    <input
      id="password"
      name="password"
      type="password"
      autocomplete="new-password"
      autocapitalize="none"
      spellcheck="false"
      required
      maxlength="1024"
      aria-describedby="hint status"
    />
    <p id="hint">${hintOf(minLength)[locale]}</p>
    <label class="show"><input type="checkbox" id="show" /> ${TEXTS.show[locale]}</label>`;
}

function emailField(locale: Locale) {
  return html`<label for="email">${TEXTS.email[locale]}</label>
    <input
      id="email"
      name="email"
      type="email"
      autocomplete="email"
      autocapitalize="none"
      spellcheck="false"
      required
      maxlength="254"
      aria-describedby="status"
    />`;
}
