/** The account pages in Chromium, each flow against the running service. */
import { readFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { Secret, TOTP } from "otpauth";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { startBrowser } from "../support/browser.ts";
import { tokenIn } from "../support/mailbox-control.ts";
import {
  closePages,
  findBarriers,
  isTooWide,
  openPage,
  tabOrder,
  type OpenPage,
  type Reader,
} from "../support/pages.ts";
import { startOtherService, type OtherService } from "../support/other-service.ts";
import { addAuthenticator } from "../support/passkeys/virtual.ts";
import { ofMany, sampleOf } from "../support/sample.ts";
import { startService, type RunningService } from "../support/system.ts";

/** What `npm test` runs of this file. */
const it = ofMany([
  "stand at any width and in both themes, without a barrier, in both languages",
  "change name, language and theme",
  "show a new device at once, and end it when its owner says that it wasn't theirs",
]);

const PASSWORD = "Correct cheval pile agrafe";
const CHOSEN = "une phrase que personne ne devine";
const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
const EVERY_PAGE = ["", "/security", "/devices", "/applications", "/history", "/messages", "/data"].map(
  (path) => `/account${path}`,
);

let service: RunningService;
let browser: Browser;
let front: Front;
let elsewhere: OtherService;

interface Front {
  origin: string;
  lead: (origin: string) => void;
  stop: () => void;
}

/** The service under a name, since an address of numbers has no passkeys. */
async function startFront(): Promise<Front> {
  let port = 0;
  const server = createServer((socket) => {
    const onward = connect(port, "127.0.0.1");
    for (const each of [socket, onward]) each.on("error", () => [socket, onward].forEach((end) => end.destroy()));
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    lead: (origin) => (port = Number(new URL(origin).port)),
    stop: () => server.close(),
  };
}

beforeAll(async () => {
  front = await startFront();
  elsewhere = await startOtherService("elsewhere", "Elsewhere", ["ada", "bob"]);
  const vars = { ALLOWED_ORIGINS: front.origin, PASSKEY_DOMAIN: "localhost", ...elsewhere.bindings };
  [service, browser] = await Promise.all([startService({ RATE_LIMIT_SCALE: "1000", ...vars }), startBrowser()]);
  front.lead(service.origin);
}, 120_000);

afterEach(closePages);

afterAll(async () => {
  await browser?.close();
  await service?.stop();
  front?.stop();
  elsewhere?.stop();
});

interface Member {
  email: string;
  password: string;
}

let registered = 0;

async function register(): Promise<Member> {
  const member = { email: `account-${++registered}@example.test`, password: PASSWORD };
  const { status } = await service.post("/api/auth/register", { prenom: "Ada", nom: "Lovelace", ...member });
  expect(status).toBe(201);
  return member;
}

async function open(
  path: string,
  { email, password }: Member,
  { origin = front.origin, ...reader }: Reader & { origin?: string } = {},
): Promise<OpenPage> {
  const opened = await openPage(browser, `${origin}/sign-in?return_to=${encodeURIComponent(path)}`, {
    locale: "en-GB",
    ...reader,
  });
  const { page } = opened;
  page.setDefaultTimeout(10_000);
  await page.fill("#email", email);
  await page.fill("#password", password);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**${path}`);
  await page.waitForSelector("main h1");
  return opened;
}

const go = async (page: Page, title: string) => {
  await page.click(`nav >> text="${title}"`);
  await page.waitForSelector(`main h1:text-is("${title}")`);
};
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).last().click();
const inDialog = (page: Page, name: string) =>
  page.locator("dialog").getByRole("button", { name, exact: true }).click();
/** The question that the API asks before what is sensitive, some time after the login. */
const grow = (email: string) =>
  service.query(
    `update refresh_tokens set authenticated_at = authenticated_at - interval '1 hour' where user_id = (select id from users where email = $1)`,
    [email],
  );

async function prove(page: Page, password: string): Promise<void> {
  await page.getByLabel("Your password").fill(password);
  await page.keyboard.press("Enter");
  await page.locator("dialog", { hasText: "Confirm that it's you" }).waitFor({ state: "detached" });
}

describe("The account pages", () => {
  it("stand at any width and in both themes, without a barrier, in both languages", async () => {
    const member = await register();
    await service.post("/api/auth/login", member, { "User-Agent": IPHONE });
    const readers = [
      { width: 360, theme: "light", locale: "fr-FR" },
      { width: 1280, theme: "dark", locale: "en-GB" },
    ] as const;
    // Each page as one of the two has it, in turn.
    const cases = EVERY_PAGE.flatMap((path, at) =>
      readers.map((_, turn) => ({ path, reader: readers[(at + turn) % 2]! })),
    );
    const seen = sampleOf(cases, ({ path }) => [path]);
    for (const reader of readers.filter((each) => seen.some((one) => one.reader === each))) {
      const { page, close, complaints } = await open("/account", member, reader);
      for (const { path } of seen.filter((one) => one.reader === reader)) {
        // Within the application, as its links do.
        await page.evaluate(`document.querySelector('nav a[href="${path}"]').click()`);
        await page.waitForSelector(`nav a[href="${path}"][aria-current]`, { state: "attached" });
        await page.waitForLoadState("networkidle");
        expect([path, reader.width, await isTooWide(page)]).toEqual([path, reader.width, false]);
        expect([path, await findBarriers(page)]).toEqual([path, []]);
      }
      expect(complaints).toEqual([]);
      await close();
    }
  });

  it("are reached by the keyboard in the order in which they are read", async () => {
    const { page } = await open("/account/devices", await register());
    await page.waitForSelector('.item:has-text("this device")');
    expect(await tabOrder(page)).toEqual([
      "Skip to the content",
      expect.stringContaining("Auth API"),
      "Profile",
      "Security",
      "Devices",
      "Applications",
      "Login history",
      expect.stringMatching(/^Messages/),
      "Your data",
      expect.stringContaining("Ada Lovelace"),
      "Sign out the others",
      "Sign out Unknown device",
    ]);
    // On every page, in the menu under one's own name.
    await page.getByRole("button", { name: "Ada Lovelace" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).press("Enter");
    await page.waitForURL(/\/sign-in/);
  });

  it("change name, language and theme", async () => {
    const member = await register();
    const { page } = await open("/account", member);
    await page.getByLabel("First name").fill("Augusta");
    await page.getByLabel("Telephone").fill("12");
    await page.keyboard.press("Enter");
    await page.waitForSelector('[name="telephone"][aria-invalid="true"]');
    expect(await page.evaluate("document.activeElement.name")).toBe("telephone");
    await page.getByLabel("Telephone").fill("");
    await page.keyboard.press("Enter");
    await page.waitForSelector('.person .name:text-is("Augusta Lovelace")');

    await page.getByLabel("Language", { exact: true }).selectOption("fr");
    await page.getByLabel("Theme").selectOption("dark");
    await page
      .locator("form", { has: page.getByLabel("Theme") })
      .getByRole("button", { name: "Save" })
      .click();
    await page.waitForSelector('main h1:text-is("Profil")');
    expect(await page.getAttribute("html", "data-theme")).toBe("dark");
    expect(await service.query("select prenom, locale from users where email = $1", [member.email])).toEqual([
      { prenom: "Augusta", locale: "fr" },
    ]);
  });

  it("change the address, once somebody has proven who they are and the new mailbox has confirmed, or not", async () => {
    const member = await register();
    // A first proof would end the sessions from before it.
    await service.query("update users set is_verified = true where email = $1", [member.email]);
    const { page } = await open("/account", member);
    await grow(member.email);
    await press(page, "Change address");
    await page.getByLabel("New address").fill("typo@example.test");
    await page.keyboard.press("Enter");
    await page.getByLabel("Your password").waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await prove(page, PASSWORD);
    const waiting = (email: string) => page.waitForSelector(`text="${email} is waiting for your confirmation."`);
    await waiting("typo@example.test");
    await page.reload({ waitUntil: "networkidle" });
    await waiting("typo@example.test");
    expect(await findBarriers(page)).toEqual([]);
    await press(page, "Cancel the change");
    await page.waitForSelector(".address ~ .message", { state: "detached" });
    await press(page, "Change address");
    await page.getByLabel("New address").fill("countess@example.test");
    await page.keyboard.press("Enter");
    await waiting("countess@example.test");
    const mail = await service.mailbox.next("countess@example.test");
    await service.post("/api/auth/confirm-email", { token: tokenIn(mail) });
    // The message about it comes through the socket.
    await page.waitForSelector('.address strong:text-is("countess@example.test")');
  });

  it("make an API key that works and is shown once, and put an application and the key out again", async () => {
    const member = await register();
    const { page, context } = await open("/account/applications", member, { width: 360 });
    await service.query(
      `with client as (
         insert into oauth_clients (client_id, name, mark_id, permissions, audiences)
         values ('app_0123456789abcdef', 'Notebook', gen_random_uuid(), '[]', '[]') returning id
       )
       insert into oauth_consents (user_id, client_id, scopes)
       select u.id, client.id, '["openid"]' from users u, client where u.email = $1`,
      [member.email],
    );
    await page.reload({ waitUntil: "networkidle" });
    await press(page, "New key");
    await page.getByLabel("Name", { exact: true }).fill("Backup");
    await grow(member.email);
    await page.keyboard.press("Enter");
    await prove(page, PASSWORD);
    const key = await page.locator("code.issued").innerText();
    expect(await isTooWide(page)).toBe(false);
    expect(await findBarriers(page)).toEqual([]);
    expect(await service.post("/api/auth/verify-token", { token: key })).toMatchObject({ body: { active: true } });
    await inDialog(page, "Done");
    await page.getByRole("button", { name: "Revoke Backup" }).click();
    await inDialog(page, "Revoke");
    await page.waitForSelector('text="No API keys"');
    expect(await service.query("select from api_keys", [])).toEqual([]);
    await page.getByRole("button", { name: "Remove access of Notebook" }).click();
    await inDialog(page, "Remove access");
    await page.waitForSelector('text="No connected applications"');
    await context.close();
  });

  it("change the password, and tell what was refused", async () => {
    const member = await register();
    const { page } = await open("/account/security", member);
    const change = async (current: string, wanted: string) => {
      await page.getByLabel("Current password").fill(current);
      await page.getByLabel("New password").fill(wanted);
      await page.keyboard.press("Enter");
    };
    await change("something else", CHOSEN);
    await page.waitForSelector('[name="currentPassword"][aria-invalid="true"]');
    await change(PASSWORD, "Lovelace1815");
    await page.waitForSelector('[name="newPassword"][aria-invalid="true"]');
    await change(PASSWORD, CHOSEN);
    await expect.poll(() => page.inputValue('[name="newPassword"]')).toBe("");
    expect((await service.post("/api/auth/login", { ...member, password: CHOSEN })).status).toBe(200);
  });

  it("turn an authenticator on and off, with codes to keep", async () => {
    const member = await register();
    const { page, complaints } = await open("/account/security", member);
    await press(page, "Turn on your authenticator app");
    const qr = page.getByAltText("QR code for your authenticator app");
    await qr.waitFor();
    expect(await qr.evaluate((picture: any) => picture.decode().then(() => picture.naturalWidth > 0))).toBe(true);
    expect(await findBarriers(page)).toEqual([]);
    await page.getByText("Can't scan it?").click();
    const secret = (await page.locator(".secret").innerText()).replaceAll(" ", "");
    // News from elsewhere draws the list below again, not what is open above it.
    await service.post("/api/auth/login", member, { "User-Agent": IPHONE });
    await page.waitForSelector("nav .count");
    const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
    await page.getByLabel("Code shown by the app").fill(code);
    await page.keyboard.press("Enter");

    await page.waitForSelector('dialog h2:text-is("Keep these recovery codes")');
    expect(await page.locator(".codes li").count()).toBe(10);
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog .message.warn");
    const download = page.waitForEvent("download");
    await inDialog(page, "Download");
    const file = readFileSync(await (await download).path(), "utf8");
    for (const each of await page.locator(".codes li").allInnerTexts()) expect(file).toContain(each);
    await inDialog(page, "I've kept them");
    await page.waitForSelector('.item:has-text("Recovery codes") >> text="10 left"');

    await grow(member.email);
    await press(page, "Turn off your authenticator app");
    await inDialog(page, "Turn off");
    const recovery = /[\w-]{19}/.exec(file.split("\n\n")[1]!)![0];
    await inDialog(page, "Use a recovery code");
    await page.getByLabel("Recovery code", { exact: true }).fill(recovery);
    await page.keyboard.press("Enter");
    await page.waitForSelector('.item:has-text("Authenticator app") >> text="Turn on"');
    expect(complaints).toEqual([]);
  });

  it("turn codes by e-mail on", async () => {
    const member = await register();
    const { page } = await open("/account/security", member);
    await press(page, "Turn on codes by e-mail");
    const { text } = await service.mailbox.next(member.email, "votre code");
    await page.getByLabel("Code from the e-mail").fill(/\b\d{6}\b/.exec(text)![0]);
    await page.keyboard.press("Enter");
    await page.waitForSelector('dialog h2:text-is("Keep these recovery codes")');
  });

  it("add, name and delete a passkey, and do without the password", async () => {
    const member = await register();
    const { page, context, complaints } = await open("/account/security", member);
    let reads = 0;
    page.on("request", (request) => void (request.url().endsWith("/api/users/me") && reads++));
    const cdp = await context.newCDPSession(page);
    await cdp.send("WebAuthn.enable");
    const { touch } = await addAuthenticator(cdp);
    await page.waitForSelector('h3:text-is("No passkeys yet")');
    await press(page, "Add a passkey");
    await inDialog(page, "I've kept them");
    await page.waitForSelector('h3:text("Passkey")');
    expect(await findBarriers(page)).toEqual([]);
    await press(page, "Rename Passkey");
    await page.getByLabel("Name", { exact: true }).fill("My telephone");
    await page.keyboard.press("Enter");
    await page.waitForSelector('h3:has-text("My telephone")');

    await grow(member.email);
    await press(page, "Remove the password");
    await inDialog(page, "Remove the password");
    // Proven with the passkey itself.
    await inDialog(page, "Continue");
    await page.waitForSelector('text="This account has no password: your passkeys are all it takes."');
    expect((await service.post("/api/auth/login", member)).status).toBe(401);
    await press(page, "Delete My telephone");
    await inDialog(page, "Delete");
    await page.waitForSelector("dialog .message.bad");
    // Once for each of three acts, and for the messages about them.
    expect(reads).toBeLessThan(10);

    // The field of the address offers it, and so does a button.
    await page.goto(`${front.origin}/sign-in`);
    await press(page, "Use another account");
    await page.waitForURL("**/account");
    await touch(false);
    await page.goto(`${front.origin}/sign-in`);
    await press(page, "Use another account");
    // A question that is asked before anybody can touch waits for ever.
    await touch(true);
    await press(page, "Use a passkey");
    await page.waitForURL("**/account");
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("link an account of another service, say what came of it, and unlink it", async () => {
    const [ada, other] = [await register(), await register()];
    // The other service leads back to the service's own address, which has the cookie.
    const { page } = await open("/account/security", ada, { locale: "en-GB", origin: service.origin });
    const linkAs = async (person: string) => {
      await press(page, "Link your Elsewhere account");
      await page.getByRole("link", { name: person }).click();
    };
    const told = (sentence: string) => page.waitForSelector(`main .message:has-text("${sentence}")`);
    await page.waitForSelector('text="No linked accounts"');
    await linkAs("Cancel");
    await told("You cancelled at the other service.");
    await linkAs("ada");
    await told("Your Elsewhere account is linked.");
    expect(new URL(page.url()).hash).toBe("");
    const entry = page.locator(".item", { hasText: "ada@elsewhere.test" });
    expect(await entry.textContent()).toMatch(/Linked .* · never used/);
    expect([await findBarriers(page), await isTooWide(page)]).toEqual([[], false]);
    await go(page, "Devices");
    await go(page, "Security");
    expect(await page.getByText("Your Elsewhere account is linked.").count()).toBe(0);

    await grow(ada.email);
    await press(page, "Unlink Elsewhere");
    await inDialog(page, "Unlink");
    await prove(page, PASSWORD);
    await page.waitForSelector('text="No linked accounts"');
    await linkAs("ada");
    await told("Your Elsewhere account is linked.");

    // Somebody else signs in in another tab, while this one is away.
    await press(page, "Link your Elsewhere account");
    const back = await page.getByRole("link", { name: "bob" }).getAttribute("href");
    const tab = await page.context().newPage();
    await tab.goto(`${service.origin}/sign-in`);
    await tab.getByRole("button", { name: "Use another account" }).click();
    await tab.fill("#email", other.email);
    await tab.fill("#password", PASSWORD);
    await tab.keyboard.press("Enter");
    await tab.waitForURL("**/account");
    await tab.close();
    await page.goto(back!);
    await page.waitForSelector('text="This sign-in is no longer valid. Start again."');
    await page.goto(`${service.origin}/account/security`);
    await page.waitForSelector('text="No linked accounts"');
    await linkAs("ada");
    await told("This account is already linked to another account here.");
  });

  it("let an account that only another service opens prove itself there, and keep its last way in", async () => {
    const { page } = await openPage(browser, `${service.origin}/sign-in?return_to=/account/security`, {
      locale: "en-GB",
    });
    await page.getByRole("link", { name: "Continue with Elsewhere" }).click();
    await page.getByRole("link", { name: "bob" }).click();
    await page.waitForURL("**/account/security");
    await page.waitForSelector("text=This account has no password: you sign in with another service.");
    await grow("bob@elsewhere.test");
    await press(page, "Unlink Elsewhere");
    await inDialog(page, "Unlink");
    await page.locator("dialog").getByRole("link", { name: "Continue with Elsewhere" }).click();
    await page.getByRole("link", { name: "bob" }).click();
    await page.waitForURL("**/account/security");
    await press(page, "Unlink Elsewhere");
    await inDialog(page, "Unlink");
    await page.waitForSelector("dialog .message.bad:has-text('add another way to sign in first')");
    expect(await findBarriers(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await go(page, "Login history");
    await page.waitForSelector('tbody :text-is("account at another service")');
  });

  it("show a new device at once, and end it when its owner says that it wasn't theirs", async () => {
    const member = await register();
    const { page } = await open("/account/devices", member);
    await page.waitForSelector('.item:has-text("this device")');
    const stranger = await service.post("/api/auth/login", member, { "User-Agent": IPHONE });
    await page.waitForSelector('.item:has-text("Safari on iOS") >> text="Was this you?"');
    await page.waitForSelector('nav a:has-text("Messages") .count');
    await page.locator(".item", { hasText: "Safari on iOS" }).getByRole("button", { name: "No, it wasn't me" }).click();
    await inDialog(page, "Sign out that device");
    await page.locator(".item", { hasText: "Safari on iOS" }).waitFor({ state: "detached" });
    const refreshed = await service.post("/api/auth/refresh", { refreshToken: stranger.body.refreshToken });
    expect(refreshed.status).toBe(401);

    await go(page, "Messages");
    await page.waitForSelector('text="it wasn\'t you"');
    await press(page, "Mark all as read");
    await page.waitForSelector('h2:text-is("All read")');
    await page.waitForSelector("nav .count", { state: "detached" });
  });

  it("page through the logins", async () => {
    const member = await register();
    await service.query(
      `insert into login_history (user_id, outcome, reason, method)
       select id, 'failure', 'wrong_password', 'pwd' from users, generate_series(1, 20) where email = $1`,
      [member.email],
    );
    const { page } = await open("/account/history", member);
    await expect.poll(() => page.locator("tbody tr").count()).toBe(15);
    await press(page, "Next");
    await page.waitForSelector('p:text-is("Page 2")');
    await expect.poll(() => page.locator("tbody tr").count()).toBe(7);
    await press(page, "Previous");
    await expect.poll(() => page.locator("tbody tr").count()).toBe(15);
  });

  it("hand out all data, and delete the account", async () => {
    const member = await register();
    const { page, complaints } = await open("/account/data", member);
    await grow(member.email);
    const download = page.waitForEvent("download");
    await press(page, "Download");
    await prove(page, PASSWORD);
    const file = readFileSync(await (await download).path(), "utf8");
    expect(JSON.parse(file).account.email).toBe(member.email);

    await press(page, "Delete my account…");
    await page.getByLabel(`To confirm, type ${member.email}`).fill("someone@example.test");
    await page.keyboard.press("Enter");
    await page.waitForSelector('[name="address"][aria-invalid="true"]');
    await page.getByLabel(`To confirm, type ${member.email}`).fill(member.email);
    await page.keyboard.press("Enter");
    await page.waitForSelector('h1:text-is("Your account is deleted")');
    expect(await findBarriers(page)).toEqual([]);
    expect((await service.post("/api/auth/login", member)).status).toBe(401);
    expect(complaints).toEqual([]);
  });

  it("say that there is no network, and come back with it", async () => {
    const { page, context } = await open("/account", await register());
    await context.setOffline(true);
    await page.evaluate(`document.querySelector('nav a[href="/account/history"]').click()`);
    await page.waitForSelector(".state[role=alert]");
    await page.waitForSelector(".offline");
    await context.setOffline(false);
    await press(page, "Try again");
    await page.waitForSelector("tbody tr");
  });

  it("close at once when the session is ended elsewhere, in every tab", async () => {
    const member = await register();
    const { page, context } = await open("/account/data", member);
    const second = await context.newPage();
    await second.goto(`${front.origin}/account/devices`, { waitUntil: "networkidle" });
    await second.waitForSelector('.item:has-text("this device")');
    const elsewhere = await open("/account/devices", member);
    await elsewhere.page.waitForSelector('.item:has-text("Chrome on Linux")');
    await press(elsewhere.page, "Sign out the others");
    await inDialog(elsewhere.page, "Sign out the others");
    // Nobody touches them, and their tokens are good for minutes: the socket tells.
    await Promise.all([page, second].map((tab) => tab.waitForURL("**/sign-in?return_to=*")));
    await elsewhere.page.waitForSelector('.item:has-text("this device")');
    await Promise.all([context, elsewhere.context].map((each) => each.close()));
  });
});

describe("The sign-in page", () => {
  const enter = async (page: Page, { email, password }: Member) => {
    await page.fill("#email", email);
    await page.fill("#password", password);
    await page.keyboard.press("Enter");
  };
  const headline = (page: Page, title: string) => page.waitForSelector(`h1:text-is("${title}")`);

  it("offers a passkey after a password, once, and asks for it as the second step from then on", async () => {
    const [member, other] = [await register(), await register()];
    const { page, context, complaints } = await openPage(browser, `${front.origin}/sign-in`, { locale: "en-GB" });
    const cdp = await context.newCDPSession(page);
    await cdp.send("WebAuthn.enable");
    const { touch } = await addAuthenticator(cdp);
    await touch(false);
    await enter(page, member);
    await headline(page, "No password next time?");
    expect(await findBarriers(page)).toEqual([]);
    await touch(true);
    await press(page, "Create a passkey");
    await headline(page, "Keep these recovery codes");
    expect(await page.locator(".codes li").count()).toBe(10);
    expect(await findBarriers(page)).toEqual([]);
    await press(page, "Continue");
    await page.waitForURL("**/account");

    await touch(false);
    await page.goto(`${front.origin}/sign-in`);
    await headline(page, "Hello again, Ada");
    expect(await findBarriers(page)).toEqual([]);
    await press(page, "Use another account");
    await enter(page, member);
    await headline(page, "Two-step verification");
    expect(await findBarriers(page)).toEqual([]);
    await touch(true);
    await press(page, "Use my passkey");
    await page.waitForURL("**/account");

    // Somebody else on this device was not asked yet, but the device has been.
    await touch(false);
    await page.goto(`${front.origin}/sign-in`);
    await press(page, "Use another account");
    await enter(page, other);
    await page.waitForURL("**/account");
    await page.goto(`${front.origin}/sign-in?return_to=%2Faccount%2Fdata`);
    await press(page, "Continue");
    await page.waitForURL("**/account/data");
    expect(complaints).toEqual([]);
    await context.close();
  });
});
