/** Who gets what the service sends: a mail provider and receivers of webhooks, which fail as often as everything else here. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "./random.ts";

export interface Outside {
  url: string;
  /** How often each mail was accepted, by its idempotency key. */
  mails: Map<string, number>;
  /** Mails that came again under their key, and with another content. */
  repeats: { same: number; changed: number };
  /** How often each delivery was taken, by `<receiver> <id of the event>`. */
  deliveries: Map<string, number>;
  /** What it did to requests, by kind. */
  faults: Map<string, number>;
  /** From now on this share of its requests fails. */
  fail(share: number): void;
  stop(): Promise<void>;
}

const KINDS = ["refused", "late", "done, not confirmed"] as const;
const LATE_MS = 2_000;

export async function startOutside(random: Random): Promise<Outside> {
  let share = 0;
  const bodies = new Map<string, string>();
  const outside = {
    mails: new Map<string, number>(),
    repeats: { same: 0, changed: 0 },
    deliveries: new Map<string, number>(),
    faults: new Map<string, number>(),
  };

  /** As Resend does: the same key and content once, the same key with another content never. */
  function take(request: IncomingMessage, body: string): number {
    const { pathname } = new URL(request.url!, "http://outside");
    if (pathname !== "/emails") {
      count(outside.deliveries, `${pathname.split("/").at(-1)} ${String(request.headers["webhook-id"])}`);
      return 200;
    }
    const key = String(request.headers["idempotency-key"]);
    const hash = createHash("sha256").update(body).digest("base64");
    const before = bodies.get(key);
    if (before !== undefined) {
      outside.repeats[before === hash ? "same" : "changed"] += 1;
      return before === hash ? 200 : 409;
    }
    bodies.set(key, hash);
    count(outside.mails, key);
    return 200;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    const kind = random.share() < share ? random.pick(KINDS) : undefined;
    const place = request.url === "/emails" ? "mail provider" : "receivers";
    if (kind) count(outside.faults, `${place}: ${kind}`);
    if (kind === "late") await sleep(LATE_MS);
    const status = kind === "refused" ? 500 : take(request, body);
    if (kind === "done, not confirmed") return void request.socket.destroy();
    const name = status === 409 ? "invalid_idempotent_request" : "endurance";
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify({ name }));
  }

  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    ...outside,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail: (wanted) => void (share = wanted),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
