/**
 * The layout of the mails, in HTML and plain text. What a stranger can write (a name given at registration,
 * a user agent) is never shown to anyone else, and everything is escaped.
 */
import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { Locale } from "../errors.ts";
import { contents, type Content, type Mail } from "./mail-texts.ts";

export interface RenderedMail {
  subject: string;
  html: string;
  text: string;
}

/** @param product the product's name, which starts every subject. */
export function renderMail(mail: Mail, locale: Locale, product: string): RenderedMail {
  const write = contents[mail.type] as (mail: Mail, locale: Locale, product: string) => Content;
  const content = write(mail, locale, product);
  return { subject: content.subject, html: asHtml(content, locale, product), text: asText(content, locale, product) };
}

function greeting(name: string | undefined, locale: Locale): string {
  return `${{ fr: "Bonjour", en: "Hello" }[locale]}${name ? ` ${name}` : ""},`;
}

function asText({ name, paragraphs, facts = [], code, button, ending }: Content, locale: Locale, product: string) {
  const parts = [greeting(name, locale), ...paragraphs];
  if (facts.length > 0)
    parts.push(facts.map(([label, value]) => `${label}${locale === "fr" ? " " : ""}: ${value}`).join("\n"));
  if (code) parts.push(code);
  if (button) parts.push(`${button.label}${locale === "fr" ? " " : ""}:\n${button.link}`);
  return `${[...parts, ending, `-- \n${product}`].join("\n\n")}\n`;
}

/**
 * Dark-mode colours, for mail clients that read style sheets. Others show the light colours or invert them on their own.
 */
const DARK = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background: #131413 !important; }
  .card { background: #1c1d1c !important; }
  .text, .code { color: #ecebe7 !important; }
  .soft { color: #aaa79f !important; }
  .button { background: #84cdc4 !important; color: #10201e !important; }
}
`;

/** Inline styles, because many mail clients drop style sheets; no images, because an image would reveal when the mail is read. */
function asHtml({ subject, name, paragraphs, facts, code, button, ending }: Content, locale: Locale, product: string) {
  const paragraph = "margin:0 0 16px;font-size:16px;line-height:24px;color:#1d1c1a";
  const small = "margin:0;font-size:13px;line-height:20px;color:#5f5b54;overflow-wrap:anywhere";
  const page = html`<!doctype html>
    <html lang="${locale}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <style>
          ${raw(DARK)}
        </style>
        <title>${subject}</title>
      </head>
      <body
        class="page"
        style="margin:0;padding:24px 12px;background:#f7f6f3;font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif"
      >
        <div class="card" style="max-width:520px;margin:0 auto;padding:32px 28px;background:#ffffff;border-radius:12px">
          <p class="soft" style="margin:0 0 24px;font-size:15px;font-weight:600;color:#5f5b54">${product}</p>
          <p class="text" style="${paragraph}">${greeting(name, locale)}</p>
          ${paragraphs.map((text) => html`<p class="text" style="${paragraph}">${text}</p>`)}
          ${
            facts &&
            html`<table
              role="presentation"
              class="text"
              style="margin:0 0 20px;border-collapse:collapse;font-size:14px;line-height:22px;color:#1d1c1a"
            >
              ${facts.map(
                ([label, value]) =>
                  html`<tr>
                    <td class="soft" style="padding:2px 16px 2px 0;vertical-align:top;white-space:nowrap;color:#5f5b54">
                      ${label}
                    </td>
                    <td style="padding:2px 0">${value}</td>
                  </tr>`,
              )}
            </table>`
          }
          ${code && html`<p class="code" style="margin:0 0 20px;font-size:32px;font-weight:600;letter-spacing:6px;color:#1d1c1a">${code}</p>`}
          ${
            button &&
            html`<p style="margin:8px 0 20px">
                <a
                  href="${button.link}"
                  class="button"
                  style="display:inline-block;padding:12px 22px;border-radius:8px;background:#0e5f59;color:#ffffff;font-size:16px;font-weight:600;text-decoration:none"
                  >${button.label}</a
                >
              </p>
              <p class="soft" style="${small};margin-bottom:20px">${button.link}</p>`
          }
          <p class="soft" style="${small}">${ending}</p>
        </div>
      </body>
    </html>`;
  // Nothing in the template is asynchronous, so Hono returns a string, not a promise.
  return (page as HtmlEscapedString).toString();
}
