/** Writes every mail in every language as an HTML file, to view in a browser. */

import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { renderMail } from "../../src/platform/emails.ts";
import type { Mail } from "../../src/platform/mail-texts.ts";
import { PROJECT_FOLDER } from "../database/url.ts";
import { runCommand } from "../process/command.ts";
import { ACTION_LABELS, NOTICES, type NoticeText } from "../../src/services/events/notice-texts.ts";

const HELP = `Usage: npm run mail:preview

Writes .local/mail-preview/<mail>.<language>.html and .txt, and an index.html that lists them.`;

const DIRECTORY = path.join(PROJECT_FOLDER, ".local/mail-preview");
const LINK = "https://auth.example.com/page#token=m6pFhTqk0Q7rX5Zb1YwV2cN8sJ4dKe9uLg3aPiRoHxE";

/** The notices with a one-click action. */
const ACTIONS: Record<string, keyof typeof ACTION_LABELS | undefined> = {
  email_change_requested: "cancel_email_change",
  new_device: "deny_login",
};

function sampleMails(locale: "fr" | "en"): Record<string, Mail> {
  const notices = Object.entries<NoticeText>(NOTICES).map(([type, { title, content, advice }]): [string, Mail] => [
    `notice-${type}`,
    {
      type: "notice",
      name: "Ada",
      title: title[locale],
      content: content[locale],
      happenedAt: new Date("2026-01-31T09:30:00Z"),
      device: "Firefox, Linux",
      place: "Paris, FR",
      ipAddress: "192.0.2.1",
      advice: advice?.[locale],
      action: ACTIONS[type] && { link: LINK, label: ACTION_LABELS[ACTIONS[type]][locale] },
    },
  ]);
  return {
    reset_password: { type: "reset_password", link: LINK, name: "Ada" },
    verify_email: { type: "verify_email", link: LINK },
    address_taken: { type: "address_taken", link: LINK },
    confirm_email_change: { type: "confirm_email_change", link: LINK },
    invitation: { type: "invitation", link: LINK },
    email_code: { type: "email_code", code: "042137" },
    ...Object.fromEntries(notices),
  };
}

await runCommand("mail:preview", async () => {
  const { values } = parseArgs({ options: { help: { type: "boolean", short: "h" } } });
  if (values.help) return console.log(HELP);
  await mkdir(DIRECTORY, { recursive: true });
  const entries: string[] = [];
  for (const locale of ["fr", "en"] as const) {
    for (const [name, mail] of Object.entries(sampleMails(locale))) {
      const { subject, html, text } = renderMail(mail, locale, "Auth API");
      await writeFile(`${DIRECTORY}/${name}.${locale}.html`, html);
      await writeFile(`${DIRECTORY}/${name}.${locale}.txt`, `${subject}\n\n${text}`);
      entries.push(`<li><a href="${name}.${locale}.html">${name} (${locale})</a></li>`);
    }
  }
  await writeFile(`${DIRECTORY}/index.html`, `<!doctype html><meta charset="utf-8"><ul>${entries.join("\n")}</ul>\n`);
  console.log(`Wrote ${entries.length} mails: ${pathToFileURL(`${DIRECTORY}/index.html`).href}`);
});
