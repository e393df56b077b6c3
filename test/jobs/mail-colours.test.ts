/**
 * Mail programs in dark mode read the style sheet: everything with a colour in the light mode has another one there.
 */
import { describe, expect, it } from "vitest";
import { renderMail } from "../../src/platform/emails.ts";
import type { Mail } from "../../src/platform/mail-texts.ts";

const link = "https://auth.example.com/page#token=abc";
const MAILS: Mail[] = [
  { type: "reset_password", link, name: "Ada" },
  { type: "email_code", code: "042137" },
  {
    type: "notice",
    title: "…",
    content: "…",
    happenedAt: new Date(0),
    device: "Firefox, Linux",
    place: "Paris, FR",
    ipAddress: "192.0.2.1",
    action: { link, label: "…" },
  },
];

describe("a mail in dark mode", () => {
  it.each(MAILS)("$type: restyles every colour", (mail) => {
    const { html } = renderMail(mail, "fr", "Auth API");
    const [, dark = ""] = /prefers-color-scheme: dark\) \{([\s\S]*?)\n\}/.exec(html) ?? [];
    expect(html).toContain('<meta name="color-scheme" content="light dark"');
    const coloured = [...html.matchAll(/<(\w+)([^>]*style="[^"]*#[0-9a-f]{6}[^"]*"[^>]*)>/g)];
    expect(coloured.length).toBeGreaterThan(4);
    for (const [, element, attributes = ""] of coloured) {
      const [, name = ""] = /class="([^"]+)"/.exec(attributes) ?? [];
      const [, rule = ""] = new RegExp(`\\.${name}\\b[^{]*\\{([^}]*)\\}`).exec(dark) ?? [];
      const properties = [...attributes.matchAll(/(?:^|[;"])(background|color):#/g)].map(([, property]) => property!);
      for (const property of properties) expect(rule, `${element} ${name}`).toMatch(`${property}: `);
    }
  });
});
