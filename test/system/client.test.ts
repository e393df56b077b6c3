/** The SDK as built: in browsers with cookies, and in Node with a store, on the real service. */
import { Secret, TOTP } from "otpauth";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { AuthError, createAuthClient, type StoredTokens, type TokenStore } from "../../src/client/index.ts";
import { addAuthenticator } from "../support/passkeys/virtual.ts";
import { startBrowser } from "../support/browser.ts";
import { serveFrontEnd, type FrontEnd } from "../support/sdk-page.ts";
import { startService, type RunningService } from "../support/system.ts";

const PASSWORD = "Correct cheval pile agrafe";

/** The same place by a name: passkeys are bound to one, not to an address. */
const named = (origin: string) => origin.replace("127.0.0.1", "localhost");

let service: RunningService;
let browser: Browser;
let frontEnd: FrontEnd;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  frontEnd = await serveFrontEnd();
  [service, browser] = await Promise.all([
    startService({
      ALLOWED_ORIGINS: `${frontEnd.origin},${named(frontEnd.origin)}`,
      PASSKEY_DOMAIN: "localhost",
      RATE_LIMIT_SCALE: "1000",
    }),
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

  /** How many refreshes reach the service from now on; the first one waits for `release`. */
  async function holdRefresh(
    context: BrowserContext,
  ): Promise<{ arrived: Promise<void>; release: () => void; count: () => number }> {
    let count = 0;
    const [arrived, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await context.route("**/api/auth/refresh", async (route) => {
      if (++count === 1) {
        arrived.resolve();
        await released.promise;
      }
      await route.continue();
    });
    return { arrived: arrived.promise, release: released.resolve, count: () => count };
  }

  const queued = (page: Page) =>
    expect.poll(() => run(page, "navigator.locks.query().then(({ pending }) => pending.length)")).toBe(1);

  it("two tabs that refresh at once make one request, and both stay signed in", async () => {
    const context = await openBrowser();
    const [first, second] = [await openTab(context), await openTab(context)];
    const { user } = await run(first, `auth.register(${JSON.stringify(newAccount())})`);
    await second.waitForFunction("auth.session");
    const refreshes = await holdRefresh(context);
    const one = run(first, "auth.refresh()");
    await refreshes.arrived;
    const other = run(second, "auth.refresh()");
    await queued(second);
    refreshes.release();
    expect(await Promise.all([one, other])).toMatchObject([{ userId: user.id }, { userId: user.id }]);
    expect(refreshes.count()).toBe(1);
    expect(await run(second, "auth.token()")).toBe(await run(first, "auth.token()"));
    for (const page of [first, second]) expect(await run(page, "auth.me()")).toMatchObject({ id: user.id });
  });

  it("two tabs of a browser without locks that refresh at once both stay signed in", async () => {
    const context = await openBrowser();
    await context.addInitScript(`Object.defineProperty(navigator, "locks", { value: undefined });
      delete window.BroadcastChannel;`);
    const [first, second] = [await openTab(context), await openTab(context)];
    const { user } = await run(first, `auth.register(${JSON.stringify(newAccount())})`);
    await run(second, "auth.refresh()");
    const refreshes = await holdRefresh(context);
    const one = run(first, "auth.refresh()");
    await refreshes.arrived;
    const other = run(second, "auth.refresh()");
    await expect.poll(refreshes.count).toBe(2);
    refreshes.release();
    await Promise.all([one, other]);
    for (const page of [first, second]) {
      expect(await run(page, "auth.refresh()")).toMatchObject({ userId: user.id });
      expect(await run(page, "auth.me()")).toMatchObject({ id: user.id });
    }
  });

  it("a login while another tab refreshes comes after it, and is whose session it is", async () => {
    const context = await openBrowser();
    const [first, second] = [await openTab(context), await openTab(context)];
    await run(first, `auth.register(${JSON.stringify(newAccount())})`);
    const account = newAccount();
    const { body } = await service.post("/api/auth/register", account);
    const refreshes = await holdRefresh(context);
    const refreshing = run(first, "auth.refresh()");
    await refreshes.arrived;
    const signingIn = run(second, `auth.login(${JSON.stringify(account)})`);
    await queued(second);
    refreshes.release();
    await Promise.all([refreshing, signingIn]);
    await first.waitForFunction(`auth.session.userId === ${JSON.stringify(body.user.id)}`);
    await first.reload();
    await first.waitForFunction("window.ready");
    expect(await run(first, `sdk.createAuthClient({ url: ${JSON.stringify(service.origin)} }).me()`)).toMatchObject({
      email: account.email,
    });
  });

  it("a session that another device ends closes the view: at once with a socket, else at the next call", async () => {
    const account = newAccount();
    const [watching, plain] = [await openTab(await openBrowser()), await openTab(await openBrowser())];
    await run(watching, `auth.register(${JSON.stringify(account)})`);
    await run(plain, `auth.login(${JSON.stringify(account)})`);
    await run(
      watching,
      `new Promise((open) => { auth.notifications({ onStatus: (status) => status === "open" && open() }); })`,
    );
    const elsewhere = createAuthClient({ url: service.origin, store: createStore() });
    await elsewhere.login(account);
    expect(await elsewhere.security.delete("/sessions")).toMatchObject({ ended: 2 });
    await watching.waitForFunction("auth.session === null");
    expect(await run(plain, `auth.security.get("/sessions").catch(({ code }) => code)`)).toBe("invalid_token");
    expect(await run(plain, "auth.session")).toBeNull();
    expect(await run(plain, "changes.at(-1)")).toBeNull();
  });

  it("without a network says so, signs nobody out, and goes on when it is back", async () => {
    const context = await openBrowser();
    const page = await openTab(context);
    await run(page, `auth.register(${JSON.stringify(newAccount())})`);
    await context.setOffline(true);
    for (const call of ["auth.me()", "auth.refresh()", "auth.logout()"])
      expect(await run(page, `${call}.then(() => "done", ({ code }) => code)`), call).toBe("offline");
    expect(await run(page, "auth.session")).not.toBeNull();
    await context.setOffline(false);
    expect(await run(page, "auth.refresh()")).not.toBeNull();
    expect(await run(page, "changes.length")).toBe(1);
  });

  it("on a bad network repeats what reads, never what writes, and ends what takes too long", async () => {
    const context = await openBrowser();
    const page = await openTab(context);
    await run(page, `auth.register(${JSON.stringify(newAccount())})`);
    let requests = 0;
    await context.route("**/api/users/me", (route) =>
      ++requests === 1 && route.request().method() !== "OPTIONS" ? route.abort() : route.continue(),
    );
    expect(await run(page, "auth.me().then(({ prenom }) => prenom)")).toBe("Ada");
    expect(requests).toBe(2);
    requests = 0;
    const rename = `auth.account.put("", { body: { prenom: "Grace" } })`;
    expect(await run(page, `${rename}.catch(({ code, status }) => [code, status])`)).toEqual(["unreachable", 0]);
    expect(requests).toBe(1);
    await context.route("**/api/security/sessions", () => {});
    const sessions = (input: string) => run(page, `auth.security.get("/sessions", ${input}).catch(({ code }) => code)`);
    expect(await sessions("{ timeoutMs: 50 }")).toBe("timeout");
    expect(await sessions("{ signal: AbortSignal.timeout(50) }")).toBe("aborted");
    expect(await sessions("{ signal: AbortSignal.abort() }")).toBe("aborted");
  });
});

/** As openTab, by the name that passkeys are bound to, with an authenticator that holds some. */
async function openTabWithPasskeys() {
  const context = await openBrowser();
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { touch, authenticatorId } = await addAuthenticator(cdp);
  await page.goto(named(frontEnd.origin));
  await page.waitForFunction("window.ready");
  await page.evaluate(`window.auth = sdk.createAuthClient({ url: ${JSON.stringify(named(service.origin))} });`);
  /** What the browser keeps. */
  const kept = async () => (await cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
  return { context, page, touch, kept };
}

describe("passkeys, in a browser", () => {
  it("are added, sign in without an address, are the second step, and make a session fresh", async () => {
    const { page } = await openTabWithPasskeys();
    const account = newAccount();
    const { user } = await run(page, `auth.register(${JSON.stringify(account)})`);
    expect(await run(page, "auth.passkeys.areAvailable({ autofill: true })")).toBe(true);
    expect((await run(page, "auth.passkeys.add({ name: 'Phone' })")).recoveryCodes).toHaveLength(10);
    expect(await run(page, "auth.passkeys.add().catch(({ code }) => code)")).toBe("passkey_taken");
    await run(page, "auth.logout()");
    expect(await run(page, "auth.login.passkey()")).toMatchObject({ user: { id: user.id } });
    expect(await run(page, "auth.session.methods")).toContain("user");
    await service.query("update refresh_tokens set authenticated_at = now() - interval '20 minutes'");
    const replace = `auth.security.post("/2fa/recovery-codes").catch(({ code }) => code)`;
    expect(await run(page, replace)).toBe("reauthentication_required");
    await run(page, "auth.passkeys.reauthenticate()");
    expect(await run(page, replace)).toMatchObject({ recoveryCodes: expect.any(Array) });
    await run(page, "auth.logout()");
    const signedIn = await run(
      page,
      `auth.login(${JSON.stringify(account)}).then(async ({ twoFactorToken, challenges }) => {
        const credential = await auth.passkeys.answer(challenges.passkey);
        return auth.login.secondFactor({ twoFactorToken, method: "passkey", credential });
      })`,
    );
    expect(signedIn).toMatchObject({ user: { id: user.id } });
  });

  it("wait in a field as long as it takes, until one is chosen, or something else signs in", async () => {
    const { context, page, touch } = await openTabWithPasskeys();
    await run(page, `auth.register(${JSON.stringify(newAccount())})`);
    await run(page, "auth.passkeys.add()");
    await run(page, "auth.logout()");
    await touch(false);
    const autofill = (settings: string) =>
      run(page, `auth.login.passkey({ autofill: true, ${settings} }).catch(({ code }) => code)`);
    expect(await autofill("signal: AbortSignal.timeout(50)")).toBe("aborted");
    // A challenge that runs out at once is renewed.
    let challenges = 0;
    await page.evaluate(`
      const { get } = CredentialsContainer.prototype;
      window.asked = 0;
      CredentialsContainer.prototype.get = function (...options) {
        window.asked++;
        return get.apply(this, options);
      };
    `);
    await context.route("**/api/auth/passkey/options", async (route) => {
      const response = await route.fetch();
      const options = await response.json();
      await route.fulfill({ response, json: { ...options, timeout: ++challenges < 3 ? 15_050 : options.timeout } });
    });
    const waiting = autofill("");
    // A touch before the browser is asked would already choose one.
    await expect.poll(() => page.evaluate("window.asked")).toBe(3);
    await touch(true);
    const signedIn = run(page, "auth.login.passkey().then(({ user }) => user.id)");
    expect([await waiting, await signedIn]).toContain("aborted");
    expect(await run(page, "auth.me().then(({ prenom }) => prenom)")).toBe("Ada");
  });

  it("are called as the account is, are removed, and the browser forgets them", async () => {
    const { page, kept } = await openTabWithPasskeys();
    const account = newAccount();
    await run(page, `auth.register(${JSON.stringify(account)})`);
    await run(page, "auth.passkeys.add()");
    await run(page, `auth.account.put("", { body: { prenom: "Augusta", nom: "King" } })`);
    await run(page, "auth.passkeys.announce()");
    await expect.poll(kept).toMatchObject([{ userName: account.email.toLowerCase(), userDisplayName: "Augusta King" }]);
    const { passkeys } = await run(page, `auth.security.get("/passkeys")`);
    await run(page, `auth.passkeys.remove(${passkeys[0].id})`);
    expect((await run(page, `auth.security.get("/passkeys")`)).passkeys).toEqual([]);
    await expect.poll(kept).toEqual([]);
    expect(["aborted", "unknown_passkey"]).toContain(await run(page, "auth.login.passkey().catch(({ code }) => code)"));
    await run(page, "delete window.PublicKeyCredential");
    expect(await run(page, "auth.passkeys.areAvailable()")).toBe(false);
    expect(await run(page, "auth.login.passkey().catch(({ code }) => code)")).toBe("passkeys_unavailable");
  });
});

/** A client in Node, signed in with a new account, whose requests are counted and can be bent. */
async function createNodeClient() {
  const account = newAccount();
  const store = createStore();
  const sent: string[] = [];
  const bends: ((headers: Record<string, string>) => Response | void)[] = [];
  const auth = createAuthClient({
    url: service.origin,
    store,
    locale: "en",
    fetch: async (input, init) => {
      sent.push(`${init?.method} ${new URL(input as string).pathname}`);
      return bends.shift()?.(init?.headers as Record<string, string>) ?? fetch(input, init);
    },
  });
  await auth.register(account);
  sent.length = 0;
  return { account, store, sent, bends, auth };
}

describe("with a store, in Node", () => {
  it("signs in, goes on after a restart with what the store holds, and signs out", async () => {
    const { account, store } = await createNodeClient();
    expect(store.kept).toMatchObject({ refreshToken: expect.any(String), deviceToken: expect.any(String) });
    const second = createAuthClient({ url: service.origin, store });
    expect(await second.me()).toMatchObject({ email: account.email });
    await second.logout();
    expect(store.kept.refreshToken).toBeUndefined();
    expect(store.kept.deviceToken).toEqual(expect.any(String));
    expect(await createAuthClient({ url: service.origin, store }).refresh()).toBeNull();
  });

  it("answers a 401 with one refresh and one repeat, for many calls at once too", async () => {
    const { auth, sent, bends } = await createNodeClient();
    const spoil = (headers: Record<string, string>) => void (headers["Authorization"] = "Bearer nonsense");
    bends.push(spoil, spoil, spoil);
    await Promise.all([auth.me(), auth.security.get("/2fa"), auth.account.get("/notifications")]);
    expect(sent.filter((request) => request === "POST /api/auth/refresh")).toHaveLength(1);
    expect(sent).toHaveLength(7);
    bends.push(spoil, () => {}, spoil);
    await expect(auth.me()).rejects.toMatchObject({ code: "invalid_token", status: 401 });
  });

  it("takes the token of a reauthentication, and then may do what needs one", async () => {
    const { auth } = await createNodeClient();
    await service.query("update refresh_tokens set authenticated_at = now() - interval '20 minutes'");
    const refused = await auth.security.post("/2fa/totp").catch((error: AuthError) => error);
    expect(refused).toMatchObject({ code: "reauthentication_required", status: 403 });
    const before = await auth.token();
    await auth.security.post("/reauthenticate", { body: { password: PASSWORD } });
    expect(await auth.token()).not.toBe(before);
    expect(await auth.security.post("/2fa/totp")).toMatchObject({ secret: expect.any(String) });
  });

  it("asks for the second step where there is one, and signs in with it", async () => {
    const { auth, account } = await createNodeClient();
    const { secret } = await auth.security.post("/2fa/totp");
    const totp = new TOTP({ secret: Secret.fromBase32(secret) });
    const { recoveryCodes } = await auth.security.post("/2fa/totp/verify", { body: { code: totp.generate() } });
    const other = createAuthClient({ url: service.origin, store: createStore() });
    const answer = await other.login(account);
    if (!("twoFactorRequired" in answer)) throw new Error("no second step");
    expect(other.session).toBeUndefined();
    const { twoFactorToken } = answer;
    const step = (code: string) => other.login.secondFactor({ twoFactorToken, method: "recovery_code", code });
    await expect(step("AAAAA-AAAAA")).rejects.toMatchObject({ code: "invalid_code" });
    await step(recoveryCodes[0]!);
    expect(other.session).toMatchObject({ userId: auth.session!.userId });
  });

  it("tells what is wrong: the code, the fields, when to try again, and what to report", async () => {
    const { auth, account, bends } = await createNodeClient();
    const failure = async (call: Promise<unknown>): Promise<AuthError> => {
      const error = await call.catch((error: unknown) => error);
      expect(error).toBeInstanceOf(AuthError);
      return error as AuthError;
    };
    expect(await failure(auth.register(account))).toMatchObject({ code: "email_taken", status: 409 });
    const invalid = await failure(auth.register({ ...account, email: "nobody", prenom: "" }));
    expect(invalid).toMatchObject({ code: "validation_failed", status: 422, message: "Invalid data" });
    expect(invalid.errors.map(({ pointer }) => pointer).toSorted()).toEqual(["#/email", "#/prenom"]);
    expect(invalid.requestId).toMatch(/./);
    bends.push(() => Response.json({ code: "rate_limited" }, { status: 429, headers: { "Retry-After": "23" } }));
    expect(await failure(auth.me())).toMatchObject({ code: "rate_limited", retryAfterSeconds: 23 });
    bends.push(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
    expect(await failure(auth.me())).toMatchObject({ code: "unexpected_answer", status: 502 });
    expect(await failure(auth.admin.get("/stats"))).toMatchObject({ code: "forbidden", status: 403 });
    expect(auth.can("stats:read")).toBe(false);
  });

  it("says who is signed in by what the token says, also to whoever has a role", async () => {
    const { auth } = await createNodeClient();
    await service.query("update users set role_id = 1 where id = $1", [auth.session!.userId]);
    const changes: (number | undefined)[] = [];
    const stop = auth.onChange((session) => changes.push(session?.role));
    await auth.refresh();
    await auth.refresh();
    expect(changes).toEqual([1]);
    expect(["users:read", "*"].map(auth.can)).toEqual([true, true]);
    expect(await auth.admin.get("/users", { query: { limit: 1, q: "sdk" } })).toMatchObject({ data: [{}] });
    stop();
    await auth.logout();
    expect(changes).toEqual([1]);
    expect(auth.can("users:read")).toBe(false);
  });
});
