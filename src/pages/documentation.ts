/** The published contract: `/openapi.json`, a file beside the Worker, and `/docs`, a page made from it. */
import { Hono, type Context } from "hono";
import { html } from "hono/html";
import { describeError, ERROR_CODES, type ErrorCode, type Locale, type Text } from "../errors.ts";
import type { AppEnv } from "../http/context.ts";
import { pageHeaders, showPage } from "./page.ts";
import { preferredLocale } from "./preferences.ts";
import { limit } from "../http/rate-limit.ts";
import { DOCS_STYLE } from "./assets.ts";

/** The parts of the document that the page shows. */
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Body> };
}
interface Operation {
  summary: string;
  description?: string;
  deprecated?: boolean;
  security: unknown[];
  parameters?: { name: string; in: string; required: boolean; schema: object }[];
  requestBody?: { content: Record<string, { schema: { $ref: string } }> };
  /** By status. A failure refers to the component that lists its codes. */
  responses: Record<string, { $ref?: string }>;
}
interface Body {
  anyOf?: Body[];
  properties?: Record<string, object>;
  required?: string[];
}

const openDocument = (c: Context<AppEnv>) => c.var.platform.assets.read("/openapi.json");

export const apiDescription = new Hono<AppEnv>().get("/openapi.json", limit("default"), async (c) => {
  const { body } = await openDocument(c);
  return c.body(body!, 200, { "Content-Type": "application/json", "Cache-Control": "public, max-age=600" });
});

/** A page without scripts or external resources. Every problem's `type` links to its code here, as `#<code>`. */
export const apiPage = new Hono<AppEnv>().get("/docs", limit("default"), pageHeaders(), async (c) => {
  const { PRODUCT_NAME: product } = c.var.platform.config;
  const locale = preferredLocale(c);
  const { paths, components } = await (await openDocument(c)).json<Document>();
  const main = html`<h1>${product}</h1>
    <p>OpenAPI 3.1: <a href="/openapi.json">/openapi.json</a></p>
    <h2>${TEXTS.routes[locale]}</h2>
    ${Object.entries(paths).map(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) =>
        describeOperation(method, path, operation, components.schemas),
      ),
    )}
    <h2>${TEXTS.errors[locale]}</h2>
    <dl>${ERROR_CODES.map((code) => describeCode(code, locale))}</dl>`;
  return showPage(c, { title: `API – ${product}`, style: DOCS_STYLE, main });
});

const TEXTS = {
  routes: { fr: "Routes", en: "Routes" },
  errors: { fr: "Erreurs", en: "Errors" },
} as const satisfies Record<string, Text>;

function describeOperation(method: string, path: string, operation: Operation, schemas: Record<string, Body>) {
  const { summary, description, deprecated, security, parameters = [], requestBody, responses } = operation;
  const bodies = Object.values(requestBody?.content ?? {}).flatMap(({ schema: { $ref } }) => {
    const schema = schemas[$ref.split("/").at(-1)!]!;
    return schema.anyOf ?? [schema];
  });
  const fields = [
    ...parameters.map((each) => describeField(each.in, each.name, each.required, each.schema)),
    ...bodies.flatMap(({ properties = {}, required = [] }) =>
      Object.entries(properties).map(([name, schema]) => describeField("json", name, required.includes(name), schema)),
    ),
  ];
  const codes = Object.values(responses).flatMap(({ $ref }) => $ref?.split("/").at(-1)?.split(".") ?? []);
  const successes = Object.keys(responses).filter((status) => Number(status) < 400);
  return html`<section>
    <h3><b>${method.toUpperCase()}</b> ${path}</h3>
    <p>
      ${summary}${description ? `. ${description}` : ""} ${security.length > 0 ? html`<small>Bearer</small>` : ""}
      ${deprecated ? html`<small>deprecated</small>` : ""}
    </p>
    <ul>
      ${fields}
    </ul>
    <p>${successes.join(", ")} · ${codes.map((code) => html`<a href="#${code}">${code}</a> `)}</p>
  </section>`;
}

const describeField = (target: string, name: string, required: boolean, schema: object) =>
  html`<li>${target} <b>${name}</b>${required ? "" : "?"} <code>${JSON.stringify(schema)}</code></li>`;

function describeCode(code: ErrorCode, locale: Locale) {
  const { status, detail } = describeError(code);
  return html`<dt id="${code}"><b>${status}</b> ${code}</dt>
    <dd>${detail[locale]}</dd>`;
}
