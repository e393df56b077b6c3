/** Wrangler's own lines, as it prints them, and what is left to read of them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { createMailbox, serveMailbox } from "../../scripts/dev/mailbox.ts";
import { createOutputReader } from "../../scripts/dev/output.ts";

function read(lines: string[]): string[] {
  const printed: string[] = [];
  const reader = createOutputReader((text) => printed.push(stripVTControlCharacters(text)));
  for (const line of lines) reader(line);
  return printed;
}

test("a start without a network is quiet", () => {
  expect(
    read([
      "Using secrets defined in process.env",
      "Your Worker has access to the following bindings:",
      "Binding                       Resource        Mode",
      "env.EMAIL (unrestricted)      Send Email      local",
      "",
      "[wrangler:warn] Unable to fetch the `Request.cf` object! Falling back to a default placeholder...",
      "Error: getaddrinfo ENOTFOUND workers.cloudflare.com",
      "    at GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:123:26)",
      "\u001B[33m▲ [43;33m[\u001B[43;30mWARNING\u001B[43;33m]\u001B[0m \u001B[1mScheduled Workers are not automatically triggered during local development.\u001B[0m",
      "",
      "  To manually trigger a scheduled event, run:",
      "⎔ Starting local server...",
      "[wrangler:info] Ready on http://127.0.0.1:3001",
    ]),
  ).toEqual([]);
});

test("a host that the Worker can't reach is the Worker's own line alone", () => {
  const time = "2026-11-20T22:16:25.349Z";
  const printed = read([
    "\u001B[31m✘ \u001B[41;31m[\u001B[41;97mERROR\u001B[41;31m]\u001B[0m \u001B[1me = rust/worker/ffi.rs:110: failed: failed to lookup address information: Name or service not known\u001B[0m",
    "",
    "  stack: /somewhere/node_modules/@cloudflare/workerd-linux-64/bin/workerd@383c3f9; sentryErrorContext = jsgInternalError; wdErrId = s9",
    "",
    JSON.stringify({ time, event: "breach_check_failed", cause: "Error" }),
  ]);
  expect(printed.map((line) => line.replace(/^\d\d:\d\d:\d\d/, "hh:mm:ss"))).toEqual([
    "hh:mm:ss breach_check_failed cause=Error",
  ]);
});

test("a request is one short line, and Wrangler's own about it none, unless it failed", () => {
  const time = "2026-11-20T22:16:25.349Z";
  expect(
    read([
      JSON.stringify({
        time,
        event: "request",
        requestId: "r1",
        method: "POST",
        route: "/api/auth/register",
        status: 201,
        durationMs: 88,
        userId: 7,
        country: "US",
      }),
      "[wrangler:info] POST /api/auth/register 201 Created (266ms)",
      "[wrangler:info] GET /x 500 Internal Server Error (2ms)",
      JSON.stringify({ time, event: "mail.failed", requestId: "r2", code: "x" }),
    ]).map((line) => line.replace(/^\d\d:\d\d:\d\d/, "hh:mm:ss")),
  ).toEqual([
    "hh:mm:ss 201 POST /api/auth/register 88 ms userId=7 r1",
    "GET /x 500 Internal Server Error (2ms)",
    "hh:mm:ss mail.failed code=x r2",
  ]);
});

test("a build error is shown as it is", () => {
  const lines = [
    '✘ [ERROR] Could not resolve "./nothing"',
    "",
    "    src/index.ts:1:7:",
    '      1 │ import "./nothing"',
  ];
  expect(read(lines)).toEqual(lines.filter((line) => line !== ""));
});

test("a mail is shown with its text", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "auth-api-mail-"));
  const file = path.join(folder, "mail.txt");
  writeFileSync(file, "Bonjour,\n\nhttp://localhost:3001/verify-email?token=abc\n");
  const printed = read([
    "[wrangler:info] \u001B[34msend_email binding called with MessageBuilder:\u001B[39m",
    'From: "Auth API" <no-reply@auth.example.com>',
    "To: a@example.com",
    "Subject: Confirmez votre adresse",
    "",
    `Text: ${file}`,
    `HTML: ${file}.html`,
    "not part of it",
  ]);
  rmSync(folder, { recursive: true });
  expect(printed).toEqual([
    [
      "┌ mail, not sent anywhere",
      '│ From: "Auth API" <no-reply@auth.example.com>',
      "│ To: a@example.com",
      "│ Subject: Confirmez votre adresse",
      "│ ",
      "│ Bonjour,",
      "│ ",
      "│ http://localhost:3001/verify-email?token=abc",
      "└",
    ].join("\n"),
    "not part of it",
  ]);
});

test("a mail is kept with its HTML: listed, shown in a frame without rights, and never under another name", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "mails-"));
  const caught = createMailbox();
  const { url, server } = await serveMailbox(caught, 0);
  try {
    writeFileSync(path.join(folder, "a.txt"), "Open https://auth.example.com/verify-email#token=abc\n");
    writeFileSync(path.join(folder, "a.html"), "<p>Open it</p><script>alert(1)</script>");
    const reader = createOutputReader(() => {}, caught.put);
    for (const line of [
      "[wrangler:info] send_email binding called with:",
      "From: service@example.com",
      "To: ada@example.com",
      "Subject: Confirm <b>your</b> address",
      "",
      `Text: ${folder}/a.txt`,
      `HTML: ${folder}/a.html`,
    ])
      reader(line);
    const [mail] = caught.mails;
    const open = async (address: string, headers = {}) => {
      const answer = await fetch(url + address, { headers });
      return {
        status: answer.status,
        policy: answer.headers.get("Content-Security-Policy")!,
        text: await answer.text(),
      };
    };
    expect((await open("/")).text).toContain(`<a href="/${mail!.id}">Confirm &lt;b&gt;your&lt;/b&gt; address</a>`);
    const shown = await open(`/${mail!.id}`);
    expect(shown.text).toContain('<a href="https://auth.example.com/verify-email#token=abc" target="_blank"');
    expect(shown.text).toContain(
      `<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" title="The mail" src="/${mail!.id}/html">`,
    );
    const sent = await open(`/${mail!.id}/html`);
    expect(sent.text).toContain("<p>Open it</p>");
    expect(sent.policy).toMatch(/^default-src 'none';.*; sandbox allow-popups allow-popups-to-escape-sandbox$/);
    expect((await open("/guess")).status).toBe(404);
    const { status } = await new Promise<{ status: number | undefined }>((resolve) => {
      get(`${url}/${mail!.id}`, { headers: { Host: "rebound.example" } }, ({ statusCode }) =>
        resolve({ status: statusCode }),
      );
    });
    expect(status).toBe(404);
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
});
