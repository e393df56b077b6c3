/**
 * Stands in for Resend's HTTP API, Have I Been Pwned, the public resolver and receivers of others on loopback: the
 * service's production senders talk to it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Behaviour, ReceivedMail, ReceivedRequest } from "./mailbox-control.ts";
import { createSecureServer } from "./tls-server.ts";

interface Account {
  /** All, in order; and those that nobody has taken yet. */
  received: ReceivedMail[];
  mails: ReceivedMail[];
  /** What was sent, by idempotency key. */
  seen: Map<string, string>;
  /** How many of the next requests fail, and how. */
  failures: { times: number; status: number };
  waiting: (() => void)[];
  /** By the name of the receiver: how it answers, and what it got. */
  receivers: Map<string, { behaviour: Behaviour; got: ReceivedRequest[] }>;
}

export async function startMailbox(): Promise<{ url: string; stop: () => Promise<void> }> {
  const accounts = new Map<string, Account>();
  /** Lines of the range answer, whichever test set them: the suffixes belong to random passwords. */
  const breaches = new Map<string, string>();
  /** What names resolve to, whichever test set them: the names are random. */
  const names = new Map<string, string[]>();
  let securePort = 0;
  let rangeStatus = 200;
  let rangeDelayMs = 0;

  function accountOf(key: string): Account {
    let account = accounts.get(key);
    if (!account) {
      account = {
        received: [],
        mails: [],
        seen: new Map(),
        failures: { times: 0, status: 500 },
        waiting: [],
        receivers: new Map(),
      };
      accounts.set(key, account);
    }
    return account;
  }

  function receiverOf(account: Account, name: string) {
    let receiver = account.receivers.get(name);
    if (!receiver) account.receivers.set(name, (receiver = { behaviour: {}, got: [] }));
    return receiver;
  }

  /** A receiver of somebody else: it answers as the test told it to. */
  function answerAsReceiver(request: IncomingMessage, response: ServerResponse, path: string, body: string): void {
    const [key = "", name = "", ...rest] = path.split("/");
    const { behaviour, got } = receiverOf(accountOf(key), name);
    const headers = Object.entries(request.headers).map(([header, value]) => [header, String(value)]);
    got.push({ method: request.method ?? "", headers: Object.fromEntries(headers), body });
    const { status = 200, location, bytes = 0, silent, body: answer = "" } = behaviour;
    if (silent) return;
    response.writeHead(status, { ...(location !== undefined && { Location: location }), ...behaviour.headers });
    const text = behaviour.bodies?.[rest.join("/")] ?? answer;
    response.end(text.replace("{code}", new URLSearchParams(body).get("code") ?? "") + "x".repeat(bytes));
  }

  /** https://developers.cloudflare.com/1.1.1.1/encryption/dns-over-https/make-api-requests/dns-json/ */
  function resolve(name: string, type: string): object {
    const addresses = (names.get(name) ?? []).filter((address) => address.includes(":") === (type === "AAAA"));
    return { Status: 0, Answer: addresses.map((data) => ({ name, type: type === "AAAA" ? 28 : 1, TTL: 0, data })) };
  }

  /** https://resend.com/docs/api-reference/emails/send-email */
  function receive(account: Account, key: string | undefined, body: string): [status: number, answer: object] {
    if (account.failures.times > 0) {
      account.failures.times -= 1;
      return [account.failures.status, { name: "application_error" }];
    }
    if (key !== undefined) {
      const before = account.seen.get(key);
      if (before === body) return [200, { id: key }];
      if (before !== undefined) return [409, { name: "invalid_idempotent_request" }];
      account.seen.set(key, body);
    }
    const mail = { ...JSON.parse(body), key };
    account.received.push(mail);
    account.mails.push(mail);
    for (const wake of account.waiting.splice(0)) wake();
    return [200, { id: key ?? "none" }];
  }

  async function next(account: Account, to: string, waitMs: number, subject?: string): Promise<ReceivedMail | null> {
    const deadline = Date.now() + waitMs;
    for (;;) {
      const index = account.mails.findIndex(
        (mail) => mail.to.includes(to) && (subject === undefined || mail.subject.includes(subject)),
      );
      if (index >= 0) return account.mails.splice(index, 1)[0]!;
      const left = deadline - Date.now();
      if (left <= 0) return null;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        account.waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  async function answerRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://mailbox");
    const body = await read(request);
    const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    const answer = (status: number, value: object | string | number | null) => {
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(typeof value === "string" ? value : JSON.stringify(value));
    };
    if (url.pathname.startsWith("/receivers/"))
      return answerAsReceiver(request, response, url.pathname.slice("/receivers/".length), body);
    if (url.pathname === "/dns-query")
      return answer(200, resolve(url.searchParams.get("name") ?? "", url.searchParams.get("type") ?? ""));
    if (url.pathname.startsWith("/range/")) {
      const prefix = url.pathname.slice("/range/".length);
      // The process need not stay alive for these connections.
      if (rangeDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, rangeDelayMs).unref());
      const lines = [...breaches]
        .filter(([hash]) => hash.startsWith(prefix))
        .map(([hash, count]) => `${hash.slice(5)}:${count}`);
      // Like the real service with `Add-Padding`: invented entries with the count 0.
      if (request.headers["add-padding"] === "true") lines.push(`${"0".repeat(35)}:0`);
      return answer(rangeStatus, lines.join("\r\n"));
    }
    if (key === undefined) return answer(401, { name: "missing_api_key" });
    const account = accountOf(key);
    if (url.pathname === "/emails") {
      return answer(...receive(account, request.headers["idempotency-key"] as string | undefined, body));
    }
    const input = JSON.parse(body || "{}");
    switch (url.pathname) {
      case "/control/next":
        return answer(200, await next(account, input.to, input.waitMs, input.subject));
      case "/control/all":
        return answer(200, account.mails);
      case "/control/received":
        return answer(200, account.received);
      case "/control/clear":
        account.mails.length = 0;
        return answer(200, {});
      case "/control/fail":
        account.failures = { times: input.times, status: input.status };
        return answer(200, {});
      case "/control/name":
        names.set(input.name, input.addresses);
        return answer(200, {});
      case "/control/secure":
        return answer(200, securePort);
      case "/control/behave":
        receiverOf(account, input.name).behaviour = input.behaviour;
        return answer(200, {});
      case "/control/got":
        return answer(200, receiverOf(account, input.name).got);
      case "/control/breach":
        if (input.hash) breaches.set(input.hash, String(input.count));
        rangeStatus = input.status ?? 200;
        rangeDelayMs = input.delayMs ?? 0;
        return answer(200, {});
      default:
        return answer(404, {});
    }
  }

  const take = (request: IncomingMessage, response: ServerResponse) => void answerRequest(request, response);
  const [server, secureServer] = [createServer(take), createSecureServer(take)];
  const listen = (one: typeof server | typeof secureServer) =>
    new Promise<number>((resolve) => {
      one.listen(0, "127.0.0.1", () => resolve((one.address() as AddressInfo).port));
    });
  const port = await listen(server);
  securePort = await listen(secureServer);
  const close = (one: typeof server | typeof secureServer) =>
    new Promise<void>((resolve) => {
      one.close(() => resolve());
      one.closeAllConnections();
    });
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      await Promise.all([close(server), close(secureServer)]);
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
