/** Two real browsers, signed in as one user, on the real service. */
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startBrowser } from "../support/browser.ts";
import { sampleOf } from "../support/sample.ts";
import { serveFrontEnd, type FrontEnd } from "../support/sdk-page.ts";
import { startService, type RunningService } from "../support/system.ts";

const PASSWORD = "Correct cheval pile agrafe";

/** Reports to the test whatever the client tells, and how its sockets end. */
const START = (url: string, refreshToken: string) => `
  window.sockets = [];
  class ReportingWebSocket extends WebSocket {
    constructor(...args) {
      super(...args);
      this.addEventListener("close", ({ code }) => report({ event: "closed", code }));
      sockets.push(this);
    }
  }
  window.tokens = { refreshToken: ${JSON.stringify(refreshToken)} };
  const store = { read: () => tokens, write: (next) => { window.tokens = next; } };
  window.auth = sdk.createAuthClient({ url: ${JSON.stringify(url)}, store, WebSocket: ReportingWebSocket });
  auth.onChange((session) => session || report({ event: "signed out" }));
  window.client = auth.notifications({
    onNotification: ({ id, kind, title }) => report({ event: "notification", id, kind, title }),
    onRead: (frame) => report({ event: "read", ...frame }),
    onSession: (frame) => report({ ...frame, event: "session." + frame.event }),
    onEnd: () => report({ event: "ended" }),
    onStatus: (status) => report({ event: "status", status }),
  });
`;

let service: RunningService;
let browser: Browser;
let frontEnd: FrontEnd;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  frontEnd = await serveFrontEnd();
  [service, browser] = await Promise.all([
    startService({ ALLOWED_ORIGINS: frontEnd.origin, RATE_LIMIT_SCALE: "1000" }),
    startBrowser(),
  ]);
}, 120_000);

afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
  await frontEnd?.stop();
});

interface Report {
  event: string;
  [field: string]: any;
}

interface Device {
  userId: number;
  reports: Report[];
  /** The first report, come or to come, with these fields; each is given once. */
  next(fields: Partial<Report>): Promise<Report>;
  /** Runs in the page. */
  run(script: string): Promise<any>;
}

async function call(path: string, body?: unknown, token?: string, method: "POST" | "PUT" = "POST"): Promise<any> {
  const response = await fetch(`${service.origin}${path}`, {
    method,
    headers: { "Content-Type": "application/json", ...(token !== undefined && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body ?? {}),
  });
  expect(response.ok, `${path}: ${response.status}`).toBe(true);
  return response.json();
}

let registered = 0;

async function register(): Promise<{ email: string; userId: number }> {
  const email = `page-${++registered}@example.test`;
  const { user } = await call("/api/auth/register", { prenom: "Ada", nom: "Lovelace", email, password: PASSWORD });
  return { email, userId: Number(user.id) };
}

/** A browser of its own, signed in, with an open socket. */
async function openPage(email: string): Promise<Device> {
  const { refreshToken, user } = await call("/api/auth/login", { email, password: PASSWORD });
  const context = await browser.newContext();
  contexts.push(context);
  const page = await context.newPage();
  const reports: Report[] = [];
  const unclaimed: Report[] = [];
  const waiting: { fields: Partial<Report>; resolve: (report: Report) => void }[] = [];
  const fits = (report: Report, fields: Partial<Report>) =>
    Object.entries(fields).every(([name, value]) => report[name] === value);
  await page.exposeFunction("report", (report: Report) => {
    reports.push(report);
    const index = waiting.findIndex(({ fields }) => fits(report, fields));
    if (index >= 0) waiting.splice(index, 1)[0]!.resolve(report);
    else unclaimed.push(report);
  });
  await page.goto(frontEnd.origin);
  await page.waitForFunction("window.ready");
  const device: Device = {
    userId: Number(user.id),
    reports,
    next: (fields) => {
      const index = unclaimed.findIndex((report) => fits(report, fields));
      if (index >= 0) return Promise.resolve(unclaimed.splice(index, 1)[0]!);
      return new Promise((resolve) => waiting.push({ fields, resolve }));
    },
    run: (script) => page.evaluate(script),
  };
  await page.evaluate(START(service.origin, refreshToken));
  await device.next({ event: "status", status: "open" });
  return device;
}

const idsOf = ({ reports }: Device) =>
  reports.filter((report) => report.event === "notification").map((one) => one["id"]);

/** Through the front door: a message from an administrator, by the queue. */
async function broadcast(userId: number): Promise<void> {
  const admin = await register();
  await service.query(`update users set role_id = 1 where id = ${admin.userId}`);
  const { token } = await call("/api/auth/login", { email: admin.email, password: PASSWORD });
  await call("/api/admin/notifications", { title: "Maintenance", content: "…", userIds: [userId] }, token);
}

describe("two browsers of one user", () => {
  it("both get a notification, and what one reads is read on the other", async () => {
    const { email } = await register();
    const [first, second] = [await openPage(email), await openPage(email)];
    await first.next({ event: "session.started" });
    await broadcast(first.userId);
    const { id } = await first.next({ event: "notification", kind: "admin_message", title: "Maintenance" });
    await second.next({ event: "notification", id });
    await first.run(`client.markRead(${id})`);
    expect(await second.next({ event: "read" })).toMatchObject({ upTo: id, unread: 0 });
  });

  const events = ["the eviction of the hub", "nothing", "a restart of the Worker"];
  for (const event of sampleOf(events, () => ["some event"])) {
    it(`after ${event}, a logout and a password change close the sockets that they end, with 4403, and no other`, async () => {
      const { email } = await register();
      const devices = [await openPage(email), await openPage(email), await openPage(email)] as const;
      const [stays, leaves, other] = devices;
      if (event.includes("eviction")) await service.evictHub(stays.userId);
      if (event.includes("restart")) {
        await service.restart();
        for (const device of devices) {
          await device.next({ event: "closed" });
          await device.next({ event: "status", status: "open" });
        }
      }
      await call("/api/auth/logout", { refreshToken: await leaves.run("tokens.refreshToken") });
      await leaves.next({ event: "closed", code: 4403 });
      await leaves.next({ event: "ended" });
      await leaves.next({ event: "signed out" });
      for (const device of [stays, other]) await device.next({ event: "session.ended" });
      const passwords = { currentPassword: PASSWORD, newPassword: "Un autre cheval, une autre pile" };
      await call("/api/users/me/password", passwords, await stays.run("auth.token()"), "PUT");
      await other.next({ event: "closed", code: 4403 });
      await stays.next({ event: "notification", kind: "password_changed" });
      expect(idsOf(leaves)).toEqual([]);
    });
  }

  it("shows what was published while a page was away, once and in order", async () => {
    const { email } = await register();
    const [away, there] = [await openPage(email), await openPage(email)];
    for (let round = 0; round < 5; round++) {
      // The network goes; the client notices, waits, and comes back by itself.
      await away.run("sockets.at(-1).close()");
      await service.query(
        `insert into notifications (user_id, type, title, content) select ${away.userId}, 'x', 't', 'c' from generate_series(1, 50)`,
      );
      await away.next({ event: "status", status: "open" });
    }
    await broadcast(away.userId);
    const { id } = await away.next({ event: "notification", kind: "admin_message" });
    await there.next({ event: "notification", id });
    const rows = await service.query<{ id: string }>(
      `select id from notifications where user_id = ${away.userId} order by id`,
    );
    const ids = rows.map((row) => Number(row.id));
    expect(ids).toHaveLength(251);
    expect(idsOf(away)).toEqual(ids);
    expect(idsOf(there)).toEqual(ids);
  });

  it("a newer token makes the socket live on", async () => {
    const { email } = await register();
    const device = await openPage(email);
    await device.run(`auth.refresh().then(() => auth.token()).then((token) => {
      sockets.at(-1).addEventListener("message", ({ data }) => report(JSON.parse(data)));
      sockets.at(-1).send(JSON.stringify({ type: "reauthenticate", token }));
    })`);
    await device.next({ event: "reauthenticated" });
  });
});
