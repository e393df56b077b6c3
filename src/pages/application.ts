/**
 * The documents of the application built from `src/web`, and the files they load. A document says what this service is
 * (its name, its rules for passwords); everything else comes through the API, like for any other front end.
 */
import { Hono, type Context, type MiddlewareHandler } from "hono";
import { html } from "hono/html";
import { secureHeaders } from "hono/secure-headers";
import { AppError, type Text } from "../errors.ts";
import type { AppEnv } from "../http/context.ts";
import { limit } from "../http/rate-limit.ts";
import { isInDevelopment } from "../platform/config.ts";
import { writeDocument, type Html } from "./page.ts";
import { preferredLocale } from "./preferences.ts";

/** Addresses that one document serves; its script shows the page of the address. */
const DOCUMENTS: Record<string, Omit<Document, "content"> & { onlyInDevelopment?: true }> = {
  "/sign-in": { bundle: "sign-in", title: { fr: "Connexion", en: "Sign in" } },
  "/register": { bundle: "sign-in", title: { fr: "Créer un compte", en: "Create an account" } },
  "/email-code": { bundle: "sign-in", title: { fr: "Votre code", en: "Your code" } },
  "/account/*": { bundle: "account", title: { fr: "Votre compte", en: "Your account" } },
  "/admin/*": { bundle: "admin", title: { fr: "Administration", en: "Administration" } },
  "/gallery": { bundle: "gallery", title: { fr: "Composants", en: "Components" }, onlyInDevelopment: true },
};

/** A new build has new names, so that no file is ever asked for twice. */
const FOREVER = "public, max-age=31536000, immutable";

export const application = new Hono<AppEnv>();

for (const [path, { onlyInDevelopment, ...document }] of Object.entries(DOCUMENTS)) {
  application.get(path, limit("default"), applicationHeaders(), async (c) => {
    if (onlyInDevelopment && !isInDevelopment(c.var.platform.config)) throw new AppError("not_found");
    return showDocument(c, document);
  });
}

interface Document {
  bundle: string;
  title: Text;
  /** What is there before the script, and without it. */
  content?: Html;
}

/** Call it on a route behind `applicationHeaders`. @throws AppError not_found if the bundle is not in this build. */
export async function showDocument(c: Context<AppEnv>, { bundle, title, content }: Document): Promise<Response> {
  const { PRODUCT_NAME: product } = c.var.platform.config;
  const locale = preferredLocale(c);
  const files = await c.var.platform.assets.filesOf(bundle);
  if (!files) throw new AppError("not_found");
  const styles = [...files.styles, ...brandStyle(c)];
  c.header("Link", [...styles.map(preloadStyle), ...files.scripts.map(preloadScript)].join(", "));
  // What it says depends on the reader, and a new build changes it.
  c.header("Cache-Control", "private, no-cache");
  c.header("Vary", "Accept-Language, Cookie");
  const document = writeDocument(c, {
    title: `${title[locale]} – ${product}`,
    locale,
    head: html`<meta name="service" content="${JSON.stringify(describeService(c))}" />
      ${styles.map((style) => html`<link rel="stylesheet" href="${style}" />`)}
      <script type="module" src="${files.scripts[0]}"></script>`,
    body: html`<div id="page">${content ?? ""}</div>
      <noscript><p>${NOSCRIPT[locale]}</p></noscript>`,
  });
  return c.html(document);
}

application.get("/assets/:file", limit("default"), applicationHeaders(), async (c) => {
  const { status, body, headers } = await c.var.platform.assets.open(c.req.path, c.req.raw);
  if (status === 404) throw new AppError("not_found");
  const kept = Object.fromEntries(
    ["Content-Type", "ETag"].flatMap((name) => (headers.has(name) ? [[name, headers.get(name)!]] : [])),
  );
  return new Response(body, { status, headers: { ...kept, "Cache-Control": FOREVER } });
});

/** The address names the colour, so that a change is another address. */
application.get("/brand/:color", limit("default"), applicationHeaders(), (c) => {
  const color = /^([0-9a-f]{6})\.css$/i.exec(c.req.param("color"))?.[1];
  if (color === undefined) throw new AppError("not_found");
  return c.body(`:root{--brand:#${color}}`, 200, {
    "Content-Type": "text/css; charset=utf-8",
    "Cache-Control": FOREVER,
  });
});

/** Nothing from elsewhere, nothing inline, no string that becomes a script. @throws AppError not_found where PAGES is off. */
export function applicationHeaders(): MiddlewareHandler<AppEnv> {
  return async function applicationHeaders(c, next) {
    const { PAGES, BRAND_LOGO: logo } = c.var.platform.config;
    if (!PAGES) throw new AppError("not_found");
    await secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", "data:", ...(logo ? [new URL(logo).origin] : [])],
        connectSrc: ["'self'"],
        formAction: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        requireTrustedTypesFor: ["'script'"],
        trustedTypes: ["'none'"],
      },
      referrerPolicy: "no-referrer",
      strictTransportSecurity: "max-age=63072000; includeSubDomains; preload",
      xFrameOptions: "DENY",
      xPermittedCrossDomainPolicies: false,
    })(c, next);
  };
}

/** What the pages must know before their first call; nothing that isn't public. */
function describeService(c: Context<AppEnv>) {
  const { config } = c.var.platform;
  const {
    PRODUCT_NAME,
    BRAND_LOGO,
    REGISTRATION,
    PASSWORD_MIN_LENGTH,
    EMAIL_CODE_LOGIN,
    FEDERATION,
    APP_URL,
    ALLOWED_ORIGINS,
  } = config;
  return {
    product: PRODUCT_NAME,
    logo: BRAND_LOGO,
    registration: REGISTRATION,
    passwordMinLength: PASSWORD_MIN_LENGTH,
    emailCode: EMAIL_CODE_LOGIN,
    providers: FEDERATION.map(({ id, name }) => ({ id, name })),
    /** Where a finished sign-in may lead besides this service. */
    origins: [...(APP_URL ? [new URL(APP_URL).origin] : []), ...ALLOWED_ORIGINS],
  };
}

function brandStyle(c: Context<AppEnv>): string[] {
  const { BRAND_COLOR: color } = c.var.platform.config;
  return color ? [`/brand/${color.slice(1)}.css`] : [];
}

const preloadStyle = (file: string) => `<${file}>; rel=preload; as=style`;
const preloadScript = (file: string) => `<${file}>; rel=modulepreload`;

const NOSCRIPT: Text = {
  fr: "Cette page nécessite JavaScript. Activez-le, puis rechargez la page.",
  en: "This page needs JavaScript. Turn it on, then reload the page.",
};
