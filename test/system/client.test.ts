/** The SDK as built: in browsers with cookies, and in Node with a store, on the real service. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createAuthClient, type StoredTokens, type TokenStore } from "../../src/client/index.ts";
import { startBrowser } from "../support/browser.ts";
import { serveFrontEnd, type FrontEnd } from "../support/sdk-page.ts";
import { startService, type RunningService } from "../support/system.ts";

const PASSWORD = "Correct cheval pile agrafe";

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

let accounts = 0;
const newAccount = () => ({
  prenom: "Ada",
  nom: "Lovelace",
  email: `sdk-${++accounts}@example.test`,
  password: PASSWORD,
});

/** A store in memory that shows what is in it. */
function createStore(kept: StoredTokens = {}): TokenStore & { kept: StoredTokens } {
  const store = {
    kept,
    read: () => store.kept,
    write: (tokens: StoredTokens) => void (store.kept = tokens),
  };
  return store;
}

/** A browser of its own. */
async function openBrowser(): Promise<BrowserContext> {
  const context = await browser.newContext({ locale: "en-GB" });
  contexts.push(context);
  return context;
}

/** A tab with a client, `auth`, and what it has told: `changes`. */
async function openTab(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(frontEnd.origin);
  await page.waitForFunction("window.ready");
  await page.evaluate(`
    window.auth = sdk.createAuthClient({ url: ${JSON.stringify(service.origin)} });
    window.changes = [];
    auth.onChange((session) => changes.push(session?.userId ?? null));
  `);
  return page;
}

const run = (page: Page, script: string) => page.evaluate<any>(script);

describe("with cookies, in a browser", () => {
  it("registers, is still signed in after a reload, tells who it is, and signs out in every tab", async () => {
    const context = await openBrowser();
    const account = newAccount();
    const page = await openTab(context);
    expect(await run(page, "auth.refresh()")).toBeNull();
    const { user, refreshToken } = await run(page, `auth.register(${JSON.stringify(account)})`);
    expect(refreshToken).toBeUndefined();
    const other = await openTab(context);
    expect(await run(other, "auth.refresh()")).toMatchObject({ userId: user.id, role: 0, methods: ["pwd"] });
    expect(await run(other, "auth.me()")).toMatchObject({ email: account.email });
    await run(page, "auth.logout()");
    await other.waitForFunction("auth.session === null");
    expect(await run(other, "changes")).toEqual([user.id, null]);
    expect(await run(page, "auth.refresh()")).toBeNull();
  });
});

describe("with a store, in Node", () => {
  it("signs in, goes on after a restart with what the store holds, and signs out", async () => {
    const account = newAccount();
    const store = createStore();
    const first = createAuthClient({ url: service.origin, store });
    await first.register(account);
    expect(store.kept).toMatchObject({ refreshToken: expect.any(String), deviceToken: expect.any(String) });
    const second = createAuthClient({ url: service.origin, store });
    expect(await second.me()).toMatchObject({ email: account.email });
    await second.logout();
    expect(store.kept.refreshToken).toBeUndefined();
    expect(store.kept.deviceToken).toEqual(expect.any(String));
    expect(await createAuthClient({ url: service.origin, store }).refresh()).toBeNull();
  });
});
