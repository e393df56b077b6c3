/** The mails that `npm run dev` has caught, as pages: a list, and each one as its reader would see it. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { once } from "node:events";

export interface CaughtMail {
  /** `From: …`, `To: …`, `Subject: …`. */
  headers: string[];
  text: string;
  /** The file with its HTML. */
  html?: string;
  at: Date;
}

const KEPT = 200;
/** Its links open in a tab of their own. */
const POPUPS = "allow-popups allow-popups-to-escape-sandbox";

/** Its mails, newest first; they are gone with the process. */
export function createMailbox() {
  const mails: (CaughtMail & { id: string })[] = [];
  return {
    mails,
    put: (mail: Omit<CaughtMail, "at">): CaughtMail => {
      // Nobody guesses the address of a mail, which may hold a link that opens an account.
      const kept = { ...mail, at: new Date(), id: randomBytes(9).toString("base64url") };
      mails.unshift(kept);
      mails.length = Math.min(mails.length, KEPT);
      return kept;
    },
  };
}

export type DevelopmentMailbox = ReturnType<typeof createMailbox>;

/** On loopback alone, and under its own names: a page elsewhere must not read it by a name that leads here. */
export async function serveMailbox(
  { mails }: DevelopmentMailbox,
  port: number,
): Promise<{ url: string; server: Server }> {
  const server = createServer(({ url = "/", headers: { host = "" } }, response) => {
    const mail = mails.find(({ id }) => url.slice(1).startsWith(id));
    const asSent = mail && url.endsWith("/html");
    const isHere = /^(localhost|127\.0\.0\.1)(:\d+)?$/.test(host);
    const body =
      !isHere || (url !== "/" && !mail) ? undefined : !mail ? list(mails) : asSent ? htmlOf(mail) : show(mail);
    response.writeHead(body === undefined ? 404 : 200, {
      "Content-Type": "text/html; charset=utf-8",
      "Cache-Control": "no-store",
      "Referrer-Policy": "no-referrer",
      "X-Content-Type-Options": "nosniff",
      // A mail's own styles are inline; its scripts, if it had any, would not run.
      "Content-Security-Policy": `default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'${asSent ? `; sandbox ${POPUPS}` : ""}`,
    });
    response.end(body ?? "Not found");
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as { port: number };
  return { url: `http://localhost:${address.port}`, server };
}

const STYLE = `
:root { color-scheme: light dark; }
body { max-width: 860px; margin: 32px auto; padding: 0 20px; font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
li { margin: 0 0 12px; }
small { color: light-dark(#5f5b54, #aaa79f); }
iframe { width: 100%; height: 640px; border: 1px solid #8886; border-radius: 10px; background: #fff; }
pre { padding: 14px 16px; border-radius: 10px; background: #8881; white-space: pre-wrap; }
`;

const page = (title: string, body: string, refresh = "") => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">${refresh}
<title>${escape(title)}</title><link rel="icon" href="data:,"><style>${STYLE}</style></head>
<body><main>${body}</main></body>
</html>`;

function list(mails: DevelopmentMailbox["mails"]): string {
  const items = mails.map(
    (mail) =>
      `<li><a href="/${mail.id}">${escape(valueOf(mail, "Subject"))}</a><br><small>${escape(valueOf(mail, "To"))} · ${mail.at.toLocaleTimeString()}</small></li>`,
  );
  const body =
    items.length > 0 ? `<ul>${items.join("")}</ul>` : "<p>Nothing yet: mails appear here, and go nowhere.</p>";
  return page("Mails", `<h1>Mails</h1>${body}`, '<meta http-equiv="refresh" content="5">');
}

function show(mail: DevelopmentMailbox["mails"][number]): string {
  const links = [...new Set(mail.text.match(/https?:\/\/[^\s<>"]+/g))];
  const anchors = links.map(
    (link) => `<li><a href="${escape(link)}" target="_blank" rel="noopener">${escape(link)}</a></li>`,
  );
  return page(
    valueOf(mail, "Subject"),
    `<p><a href="/">Mails</a></p><h1>${escape(valueOf(mail, "Subject"))}</h1>
    <p><small>${mail.headers.map(escape).join("<br>")}<br>${mail.at.toLocaleString()}</small></p>
    ${links.length > 0 ? `<h2>Links</h2><ul>${anchors.join("")}</ul>` : ""}
    ${mail.html === undefined ? "" : `<h2>HTML</h2><iframe sandbox="${POPUPS}" title="The mail" src="/${mail.id}/html"></iframe>`}
    <h2>Text</h2><pre>${escape(mail.text)}</pre>`,
  );
}

function htmlOf({ html }: CaughtMail): string | undefined {
  try {
    return html && readFileSync(html, "utf8").replace("<head>", '<head><base target="_blank" />');
  } catch {
    return undefined;
  }
}

const valueOf = ({ headers }: CaughtMail, name: string): string =>
  headers.find((header) => header.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
