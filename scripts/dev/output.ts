/**
 * Filters Wrangler's output for `npm run dev`: one line per request and event, mails in full, errors unchanged, no
 * noise.
 */

import { readFileSync } from "node:fs";
import { stripVTControlCharacters, styleText } from "node:util";
import type { CaughtMail } from "./mailbox.ts";

/** First lines of messages that nobody needs, each with its continuation lines. */
const NOISE = [
  /^Using (secrets|vars) defined in/,
  /^Your Worker has access to the following bindings/,
  /Unable to fetch the `Request\.cf` object/,
  /Scheduled Workers are not automatically triggered/,
  /^⎔ (Starting|Connection status|Shutting down)/,
  /Ready on http/,
  // The Worker's own line says more; a failure before it can log is shown.
  /^\[wrangler:info\] [A-Z]+ \/\S* [1-4]\d\d /,
  // The runtime's message for an unreachable host; the Worker's own line says more.
  /\[ERROR\] e = rust\/worker\/ffi\.rs/,
  /^🪵|logs were written to/,
];
const CONTINUATION =
  /^\s|^$|^Binding\s|^env\.|^Error: getaddrinfo|^TypeError: fetch failed|^SocketError|^ConnectTimeoutError/;
const MAIL = /send_email binding called with/;

/** Takes the output line by line; `print` receives the lines worth reading, `keep` each mail. */
export function createOutputReader(
  print: (text: string) => void,
  keep?: (mail: { headers: string[]; text: string }) => CaughtMail,
): (line: string) => void {
  let hidden = false;
  let mail: string[] | undefined;
  let kept: CaughtMail | undefined;

  return (raw) => {
    const line = stripVTControlCharacters(raw).trimEnd();
    if (MAIL.test(line)) {
      mail = [];
      return;
    }
    if (mail) {
      const [, kind, file] = /^(Text|HTML|Email|Attachment \(\w+\)): (.+)$/.exec(line) ?? [];
      if (/^(From|To|Cc|Bcc|Subject): /.test(line)) mail.push(line);
      if (kind === "Text" || kind === "Email") {
        const text = readMail(file!);
        print(formatMail(mail, text));
        kept = keep?.({ headers: mail, text });
      }
      // It comes after the text.
      if (kind === "HTML" && kept) kept.html = file!;
      if (line === "" || kind || mail.at(-1) === line) return;
      mail = undefined;
    }
    if (NOISE.some((pattern) => pattern.test(line))) hidden = true;
    else if (!hidden || !CONTINUATION.test(line)) hidden = false;
    if (!hidden && line !== "") print(formatLine(line));
  };
}

interface LogEntry {
  time?: string;
  event?: string;
  method?: string;
  route?: string;
  status?: number;
  durationMs?: number;
  requestId?: string;
  [detail: string]: unknown;
}

/** Shortens the Worker's JSON lines; other lines stay unchanged. */
function formatLine(line: string): string {
  if (!line.startsWith("{")) return line.replace(/^\[wrangler:\w+\] /, "");
  let entry: LogEntry;
  try {
    entry = JSON.parse(line) as LogEntry;
  } catch {
    return line;
  }
  const { time, event, method, route, status, durationMs, requestId, ...rest } = entry;
  if (!time || !event) return line;
  const clock = new Date(time).toTimeString().slice(0, 8);
  const details = Object.entries(rest)
    .filter(([name, value]) => value !== null && value !== undefined && name !== "country")
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  if (event === "request") {
    const colour = status === undefined || status >= 500 ? "red" : status >= 400 ? "yellow" : "green";
    return [
      clock,
      styleText(colour, String(status)),
      method,
      route,
      `${durationMs} ms`,
      ...details,
      dim(requestId ?? ""),
    ].join(" ");
  }
  return [clock, styleText("cyan", event), ...details, ...(requestId ? [dim(requestId)] : [])].join(" ");
}

function formatMail(headers: string[], text: string): string {
  const body = text.trimEnd().split("\n");
  return [
    dim("┌ mail, not sent anywhere"),
    ...[...headers, "", ...body].map((line) => `${dim("│")} ${line}`),
    dim("└"),
  ].join("\n");
}

function readMail(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return `(the text could not be read from ${file})`;
  }
}

function dim(text: string): string {
  return styleText("dim", text);
}
