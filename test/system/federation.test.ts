/** Signing in with an account elsewhere, and with a code by mail, in Chromium: a certified provider with its own pages. */
import { Secret, TOTP } from "otpauth";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startAcme, type Acme } from "../support/acme.ts";
import { startBrowser } from "../support/browser.ts";
import { tokenIn } from "../support/mailbox-control.ts";
import { closePages, findBarriers, openPage } from "../support/pages.ts";
import { startService, type RunningService } from "../support/system.ts";

const PASSWORD = "Correct cheval pile agrafe";

let service: RunningService;
let browser: Browser;
let acme: Acme;
let people = 0;

beforeAll(async () => {
  acme = await startAcme();
  [service, browser] = await Promise.all([startService(acme.bindings), startBrowser()]);
  acme.serve(service.origin);
}, 120_000);

afterEach(closePages);

afterAll(async () => {
  await browser?.close();
  await service?.stop();
  acme?.stop();
});

/** Somebody whom Acme knows under this name. */
function personAtAcme(claims: object = {}): { name: string; email: string } {
  const name = `grace-${++people}`;
  const email = `${name}@example.test`;
  acme.people.set(name, { given_name: "Grace", family_name: "Hopper", email, email_verified: true, ...claims });
  return { name, email };
}

async function register({ email, isProven = true }: { email: string; isProven?: boolean }) {
  const { body } = await service.post("/api/auth/register", { prenom: "Ada", nom: "Byron", email, password: PASSWORD });
  const welcome = await service.mailbox.next(email, "vérifiez");
  if (isProven) await service.post("/api/auth/verify-email", { token: tokenIn(welcome), password: PASSWORD });
  const { body: again } = await service.post("/api/auth/login", { email, password: PASSWORD });
  return { userId: Number(body.user.id), authorized: { Authorization: `Bearer ${again.token}` } };
}

async function open(path = "/sign-in") {
  const opened = await openPage(browser, service.origin + path, { locale: "en-GB" });
  // Acme's pages want a font from elsewhere.
  await opened.page.route("https://fonts.googleapis.com/**", (route) => route.abort());
  opened.page.setDefaultTimeout(20_000);
  return opened;
}

async function leave(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Continue with Acme" }).click();
}
/** At Acme, which then asks once whether the service may know. */
async function enter(page: Page, name: string): Promise<void> {
  await page.fill("[name=login]", name);
  await page.fill("[name=password]", "any");
  await page.keyboard.press("Enter");
  await page.click("text=Continue");
}
async function signIn(name: string) {
  const opened = await open();
  await leave(opened.page);
  await enter(opened.page, name);
  return opened;
}
async function arrivesAs(page: Page, name: string): Promise<void> {
  await page.waitForURL("**/account");
  await page.waitForSelector(`text=${name}`);
}
const refusal = async (page: Page) => {
  await page.waitForSelector(".panel .message.warn");
  return page.innerText(".panel .message.warn");
};
const userOf = async (email: string) =>
  (await service.query("select id, is_verified from users where email = $1", [email]))[0];
const identitiesOf = (email: string) =>
  service.query("select i.subject from identities i join users u on u.id = i.user_id where u.email = $1", [email]);

describe("an account at another service", () => {
  it("makes one here at the first time and opens it at the second, for one request of ours and one of its pages", async () => {
    const { name, email } = personAtAcme();
    acme.asked();
    const { page, context, complaints } = await signIn(name);
    await arrivesAs(page, "Grace Hopper");
    expect(new URL(page.url()).hash).toBe("");
    expect(await userOf(email)).toMatchObject({ is_verified: true });
    expect(acme.asked()).toMatchObject({ "/.well-known/openid-configuration": 1, "/jwks": 1, "/token": 1, "/me": 1 });

    // Another day, in the same browser, which Acme still knows.
    await context.clearCookies({ name: /^__Host-/ });
    await page.goto(`${service.origin}/sign-in`);
    const before = await userOf(email);
    await leave(page);
    await arrivesAs(page, "Grace Hopper");
    expect(acme.asked()).toEqual({ "/auth": 1, "/token": 1, "/me": 1 });
    expect([await userOf(email), complaints]).toEqual([before, []]);
  });

  it("opens the one here that has proven the same address, and goes on doing so when its address changes there", async () => {
    const { name, email } = personAtAcme();
    await register({ email });
    const first = await signIn(name);
    await arrivesAs(first.page, "Ada Byron");
    await first.close();
    acme.people.set(name, { email: `else-${email}`, email_verified: true });
    const second = await signIn(name);
    await arrivesAs(second.page, "Ada Byron");
    expect([await identitiesOf(email), await userOf(`else-${email}`)]).toEqual([[{ subject: name }], undefined]);
  });

  it.each([
    ["Acme has not proven", { email_verified: false }, true],
    ["is not proven here", {}, false],
  ])("opens none by an address that %s: the page says how to link it", async (_, claims, isProven) => {
    const { name, email } = personAtAcme(claims);
    await register({ email, isProven });
    const { page, complaints } = await signIn(name);
    expect(await refusal(page)).toMatch(/^An account has this address already\. Sign in, then link/);
    expect([new URL(page.url()).hash, await identitiesOf(email)]).toEqual(["", []]);
    expect([await findBarriers(page), complaints]).toEqual([[], []]);
  });

  it("says in the page what came of a visit without an account: cancelled, disabled, without an address, too late", async () => {
    const { page, context, close } = await open();
    await leave(page);
    await page.click("text=Cancel");
    expect(await refusal(page)).toBe("You cancelled the sign-in.");
    await leave(page);
    await page.waitForSelector("[name=login]");
    await context.clearCookies({ name: /^__Host-federation/ });
    await enter(page, personAtAcme().name);
    expect(await refusal(page)).toBe("This sign-in is no longer valid. Start again.");
    await close();

    const { name, email } = personAtAcme();
    const made = await signIn(name);
    await arrivesAs(made.page, "Grace Hopper");
    await made.close();
    await service.query("update users set is_active = false where email = $1", [email]);
    const disabled = await signIn(name);
    expect(await refusal(disabled.page)).toBe("This account can't sign in this way.");
    await disabled.close();
    const { page: nameless } = await signIn(personAtAcme({ email: undefined }).name);
    expect(await refusal(nameless)).toBe("The other service gave no e-mail address.");
  });

  it("is asked for the second factor that is on here", async () => {
    const { name, email } = personAtAcme();
    const { userId, authorized } = await register({ email });
    const { body } = await service.post("/api/security/2fa/totp", {}, authorized);
    const codes = new TOTP({ secret: Secret.fromBase32(body.secret) });
    await service.post("/api/security/2fa/totp/verify", { code: codes.generate() }, authorized);
    await service.query("update two_factor_methods set last_used_step = 0 where user_id = $1", [userId]);
    const { page, complaints } = await signIn(name);
    await page.waitForSelector('h1:text-is("Two-step verification")');
    expect(new URL(page.url()).hash).toBe("");
    await page.fill("[name=code]", codes.generate());
    await page.keyboard.press("Enter");
    await arrivesAs(page, "Ada Byron");
    expect(complaints).toEqual([]);
  });

  it("is linked and unlinked by its owner, and signs in between the two alone", async () => {
    const { name } = personAtAcme({ email: "nobody-here@example.test", email_verified: false });
    const email = "owner@example.test";
    await register({ email });
    const { page, context } = await open("/sign-in?return_to=/account/security");
    await page.fill("#email", email);
    await page.fill("#password", PASSWORD);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/account/security");
    await page.getByRole("button", { name: "Link your Acme account" }).click();
    await enter(page, name);
    await page.waitForSelector("text=Your Acme account is linked.");
    expect(await identitiesOf(email)).toEqual([{ subject: name }]);
    await context.clearCookies({ name: /^__Host-/ });
    await page.goto(`${service.origin}/sign-in?return_to=/account/security`);
    await leave(page);
    await page.waitForURL("**/account/security");
    await page.getByRole("button", { name: "Unlink Acme" }).click();
    await page.locator("dialog").getByRole("button", { name: "Unlink", exact: true }).click();
    await page.waitForSelector('text="No linked accounts"');
    await context.clearCookies({ name: /^__Host-/ });
    await page.goto(`${service.origin}/sign-in`);
    await leave(page);
    await arrivesAs(page, "Grace Hopper");
    expect([await identitiesOf(email), await identitiesOf("nobody-here@example.test")]).toEqual([
      [],
      [{ subject: name }],
    ]);
  });
});

describe("a code by mail", () => {
  async function ask(page: Page, email: string): Promise<{ link: string; code: string }> {
    await page.getByRole("button", { name: "E-mail me a sign-in code" }).click();
    await page.fill("#email", email);
    await page.keyboard.press("Enter");
    await page.waitForSelector("[name=code]");
    const { text } = await service.mailbox.next(email, "code");
    return { link: /https?:\/\/\S+#code=\d{6}/.exec(text)![0], code: /\b\d{6}\b/.exec(text)![0] };
  }

  it("signs in where its link is opened in the browser that asked, and is typed nowhere", async () => {
    const email = "mailed@example.test";
    await register({ email });
    const { page, complaints } = await open();
    const { link } = await ask(page, email);
    await page.goto(link);
    await arrivesAs(page, "Ada Byron");
    expect(complaints).toEqual([]);
  });

  it("is shown, and no more, to a scanner with JavaScript or whoever the mail was forwarded to; then it still works", async () => {
    const email = "forwarded@example.test";
    const { userId } = await register({ email });
    const { page } = await open();
    const { link, code } = await ask(page, email);
    const sessions = () =>
      service.query("select count(*)::int as count from refresh_tokens where user_id = $1", [userId]);
    const before = await sessions();
    const elsewhere = await open(new URL(link).pathname + new URL(link).hash);
    await elsewhere.page.waitForSelector(".mailed-code");
    expect(await elsewhere.page.innerText(".mailed-code")).toBe(code);
    expect(new URL(elsewhere.page.url()).hash).toBe("");
    expect(await findBarriers(elsewhere.page)).toEqual([]);
    const cookies = await elsewhere.context.cookies();
    expect([await sessions(), cookies.map(({ name }) => name)]).toEqual([before, []]);
    await page.fill("[name=code]", code);
    await page.keyboard.press("Enter");
    await arrivesAs(page, "Ada Byron");
  });
});
