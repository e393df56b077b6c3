/** The pages before an account, in Chromium, on the running service. */
import type { Browser, Page } from "playwright-core";
import * as OTPAuth from "otpauth";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { contract } from "../../src/contract/contract.ts";
import { startBrowser } from "../support/browser.ts";
import { closePages, findBarriers, isTooWide, LOOKS, openPage, tabOrder, type Reader } from "../support/pages.ts";
import { CHALLENGE } from "../support/pkce.ts";
import { ofMany, sampleOf } from "../support/sample.ts";
import { startService, type RunningService } from "../support/system.ts";

/** What `npm test` runs of this file. */
const it = ofMany([
  "leads to the account, or to where its link says if that is allowed",
  "says what was refused, keeps what was typed, and selects the password",
  "takes a code of the authenticator, refuses a wrong one, and a recovery code instead",
  "has no barrier, fits its window, and is in the reader's language",
]);

const PASSWORD = "Correct cheval pile agrafe";

let service: RunningService;
let browser: Browser;

beforeAll(async () => {
  [service, browser] = await Promise.all([
    startService({ ALLOWED_ORIGINS: "https://app.example.test" }),
    startBrowser(),
  ]);
}, 120_000);

afterEach(closePages);

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

const open = (path: string, reader?: Reader) => openPage(browser, service.origin + path, reader);

let registered = 0;
async function register() {
  const email = `ada-${++registered}@example.test`;
  const { status, body } = await service.post("/api/auth/register", {
    prenom: "Ada",
    nom: "Lovelace",
    email,
    password: PASSWORD,
  });
  expect(status).toBe(201);
  return { email, userId: Number(body.user.id), authorized: { Authorization: `Bearer ${body.token}` } };
}

async function enrolTotp({ userId, authorized }: Awaited<ReturnType<typeof register>>) {
  const { body } = await service.post("/api/security/2fa/totp", {}, authorized);
  const codes = new OTPAuth.TOTP({ secret: OTPAuth.Secret.fromBase32(body.secret) });
  const verified = await service.post("/api/security/2fa/totp/verify", { code: codes.generate() }, authorized);
  // As if that code had been used some time ago.
  await service.query(`update two_factor_methods set last_used_step = 0 where user_id = ${userId}`);
  return { codes, recoveryCodes: verified.body.recoveryCodes as string[] };
}

async function fill(page: Page, fields: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) await page.fill(`[name=${name}]`, value);
  await page.keyboard.press("Enter");
}

const focused = (page: Page) => page.evaluate<string>("document.activeElement.name || document.activeElement.tagName");
/** The account's page, as whoever is signed in. */
const arrivesAt = async (page: Page, address: string) => {
  await page.waitForURL(`**${address}`);
  await page.waitForSelector("text=Ada Lovelace");
};

describe("signing in", () => {
  it("leads to the account, or to where its link says if that is allowed", async () => {
    const { email } = await register();
    const cases = [
      ["", "/account"],
      ["?return_to=/account%3Ffrom%3Dlink", "/account?from=link"],
      ["?return_to=https%3A%2F%2Fevil.example", "/account"],
      ["?return_to=%2F%2Fevil.example%2Faccount", "/account"],
      ["?return_to=javascript%3Aalert(1)", "/account"],
      [`?return_to=${encodeURIComponent("https://app.example.test@evil.example/")}`, "/account"],
    ] as const;
    for (const [search, target] of sampleOf(cases, ([search]) => [String(search.includes("evil"))])) {
      const { page, close, complaints } = await open(`/sign-in${search}`);
      await fill(page, { email, password: PASSWORD });
      await arrivesAt(page, target);
      expect(complaints, search).toEqual([]);
      await close();
    }
    const { page, close } = await open(`/sign-in?return_to=${encodeURIComponent("https://app.example.test/home?a=1")}`);
    const target = "https://app.example.test/home?a=1";
    await page.route(target, (route) => route.fulfill({ body: "the application" }));
    await fill(page, { email, password: PASSWORD });
    await page.waitForURL(target);
    await close();
  });

  it("says what was refused, keeps what was typed, and selects the password", async () => {
    const { email, userId } = await register();
    const { page } = await open("/sign-in");
    await fill(page, { email, password: "something else" });
    await page.waitForSelector("[role=alert] .message");
    expect(await page.innerText("[role=alert]")).toBe("Email ou mot de passe incorrect");
    expect(await page.inputValue("#email")).toBe(email);
    expect(await focused(page)).toBe("password");
    // Whoever has no active account learns no more than that.
    await service.query(`update users set is_active = false where id = ${userId}`);
    await fill(page, { password: PASSWORD });
    await page.waitForSelector("button[aria-busy=false]");
    expect(await page.innerText("[role=alert]")).toBe("Email ou mot de passe incorrect");
  });

  it("shows how long to wait after too many attempts, and lets go on then", async () => {
    const { email } = await register();
    for (let at = 0; at < 9; at++) await service.post("/api/auth/login", { email, password: "wrong" });
    const { page, context } = await open("/sign-in", { locale: "en" });
    await page.clock.install();
    await service.query(
      "update login_throttles set locked_until = now() + interval '50 s' where locked_until is not null",
    );
    await fill(page, { email, password: PASSWORD });
    await page.waitForSelector("[role=alert] .message");
    expect(await page.innerText("[role=alert]")).toMatch(/^Too many attempts\. Try again in \d+ seconds?\.$/);
    expect(await page.getAttribute("button.primary", "aria-disabled")).toBe("true");
    expect(await findBarriers(page)).toEqual([]);
    await service.query("update login_throttles set locked_until = now() where locked_until is not null");
    await page.clock.fastForward(60_000);
    await page.click("button.primary[aria-disabled=false]");
    await arrivesAt(page, "/account");
    // A page with a clock of its own is for nobody else.
    await context.close();
  });

  it("says that the device is offline, and works when it no longer is", async () => {
    const { email } = await register();
    const { page, context } = await open("/sign-in", { locale: "en" });
    await context.setOffline(true);
    await fill(page, { email, password: PASSWORD });
    await page.waitForSelector("[role=alert] .message");
    expect(await page.innerText("[role=alert]")).toBe("You are offline. Check your connection, then try again.");
    await context.setOffline(false);
    await page.click("button.primary");
    await arrivesAt(page, "/account");
  });

  it("is sent once, however often the button is pressed while the network is slow", async () => {
    const { email } = await register();
    const { page } = await open("/sign-in");
    let sent = 0;
    let answer = () => {};
    const held = new Promise<void>((resolve) => (answer = resolve));
    await page.route("**/api/auth/login", async (route) => {
      sent++;
      await held;
      await route.continue();
    });
    await fill(page, { email, password: PASSWORD });
    await page.waitForSelector("button[aria-busy=true]");
    await page.click("button.primary", { force: true });
    await page.keyboard.press("Enter");
    answer();
    await arrivesAt(page, "/account");
    expect(sent).toBe(1);
  });
});

describe("the second step", () => {
  it("takes a code of the authenticator, refuses a wrong one, and a recovery code instead", async () => {
    const account = await register();
    const { codes, recoveryCodes } = await enrolTotp(account);
    const { page, complaints } = await open("/sign-in");
    await fill(page, { email: account.email, password: PASSWORD });
    await page.waitForSelector("[name=code]");
    expect(await page.innerText("h1")).toBe("Vérification en deux étapes");
    expect(await page.title()).toMatch(/^Vérification en deux étapes – /);
    expect(await focused(page)).toBe("H1");
    expect([await findBarriers(page), await isTooWide(page)]).toEqual([[], false]);
    await fill(page, { code: "000000" });
    await page.waitForSelector("[role=alert] .message");
    expect(await focused(page)).toBe("code");
    expect(await tabOrder(page)).toEqual([
      expect.stringContaining("Auth API"),
      "code",
      "Vérifier",
      "Utiliser un code de récupération",
      "Revenir à la connexion",
      "English",
      "Thème sombre",
    ]);
    await fill(page, { code: ` ${codes.generate()} ` });
    await arrivesAt(page, "/account");
    expect(complaints).toEqual([]);

    const other = await open("/sign-in");
    await fill(other.page, { email: account.email, password: PASSWORD });
    await other.page.click("text=Utiliser un code de récupération");
    await fill(other.page, { code: recoveryCodes[0]! });
    await arrivesAt(other.page, "/account");
  });

  it("sends a code by mail, and another one when asked", async () => {
    const account = await register();
    await service.post("/api/security/2fa/email", {}, account.authorized);
    const nextCode = async () => /\b\d{6}\b/.exec((await service.mailbox.next(account.email, "votre code")).text)![0];
    const first = await nextCode();
    await service.post("/api/security/2fa/email/verify", { code: first }, account.authorized);
    const allowMail = () => service.query("update login_throttles set locked_until = now() - interval '1 s'");
    await allowMail();
    const { page } = await open("/sign-in");
    await fill(page, { email: account.email, password: PASSWORD });
    const code = await nextCode();
    expect(await page.innerText(".hint")).toContain("valable 10 minutes");
    await allowMail();
    await page.click("text=Renvoyer le code");
    await page.waitForSelector("text=Un nouveau code est en route.");
    const newer = await nextCode();
    expect(newer).not.toBe(code);
    await fill(page, { code: newer });
    await arrivesAt(page, "/account");
  });

  it("starts again when it has taken too long", async () => {
    const account = await register();
    const { codes } = await enrolTotp(account);
    const { page } = await open("/sign-in");
    await fill(page, { email: account.email, password: PASSWORD });
    await page.waitForSelector("[name=code]");
    await service.query("update one_time_tokens set expires_at = now() where purpose = 'login_challenge'");
    await fill(page, { code: codes.generate() });
    await page.waitForSelector("#password");
    expect(await page.innerText(".panel .message")).toBe("Cette connexion a expiré. Recommencez.");
  });
});

describe("creating an account", () => {
  it("signs in at once, and says at the field what is refused", async () => {
    const { page, complaints } = await open("/register");
    const email = "grace@example.test";
    await fill(page, { prenom: "Ada", nom: "Lovelace", email, password: "Lovelace1815" });
    await page.waitForSelector("#password[aria-invalid=true]");
    expect(await page.innerText("#password-error")).toContain("ni votre nom ni votre adresse");
    expect(await page.getAttribute("#password", "aria-describedby")).toContain("password-error");
    expect(await focused(page)).toBe("password");
    expect(await findBarriers(page)).toEqual([]);
    await fill(page, { password: PASSWORD });
    await arrivesAt(page, "/account");
    expect(complaints).toEqual([]);

    const other = await open("/register");
    await fill(other.page, { prenom: "Ada", nom: "Lovelace", email, password: PASSWORD });
    await other.page.waitForSelector("[role=alert] .message");
    expect(await other.page.innerText("[role=alert]")).toBe("Cette adresse email est déjà utilisée");
  });

  it("ends in the mailbox where addresses are verified first, for any address alike", async () => {
    await service.restart({ REGISTRATION: "verified" });
    try {
      for (const again of [false, true]) {
        const { page, close } = await open("/register");
        await fill(page, { prenom: "Ada", nom: "Lovelace", email: "new@example.test", password: PASSWORD });
        await page.waitForSelector("text=Consultez votre boîte mail");
        expect(await page.innerText(".panel")).toContain("Nous avons écrit à new@example.test.");
        expect([await findBarriers(page), await focused(page)]).toEqual([[], "H1"]);
        if (!again) {
          const { text } = await service.mailbox.next("new@example.test");
          await page.goto(/https?:\/\/\S+#token=[\w-]+/.exec(text)![0]);
          await fill(page, { password: PASSWORD });
          await page.click("#next a");
          await page.waitForURL("**/sign-in");
          await fill(page, { email: "new@example.test", password: PASSWORD });
          await arrivesAt(page, "/account");
        }
        await close();
      }
    } finally {
      await service.restart();
    }
  });
});

describe("every page before an account", () => {
  /** Behind an account, or with tests of their own in these looks. */
  const ELSEWHERE = ["/account/*", "/admin/*", "/docs", "/gallery", "/oauth/authorize", "/oauth/logout"];
  const PAGES = Object.entries(contract)
    .filter(([route, { answers }]) => route.startsWith("GET ") && answers[200] === "text/html")
    .map(([route]) => route.replace("GET ", ""))
    .filter((path) => !ELSEWHERE.includes(path))
    // What a mailed link carries.
    .map((path) => `${path}${path === "/email-code" ? "#code=123456" : "#token=some"}`);

  it("has no barrier, fits its window, and is in the reader's language", async () => {
    const cases = PAGES.flatMap((path) => LOOKS.map((look) => ({ path, ...look })));
    for (const { path, width, theme } of sampleOf(cases, (one) => [one.path])) {
      const locale = theme === "light" ? "fr" : "en";
      const { page, close, complaints } = await open(path, { width, theme, locale });
      const seen = [await findBarriers(page), await isTooWide(page), await page.getAttribute("html", "lang")];
      expect([path, width, ...seen, complaints]).toEqual([path, width, [], false, locale, []]);
      await close();
    }
  });

  it("is used by keyboard in the order in which it is read", async () => {
    const orderOf = async (path: string) => tabOrder((await open(path)).page);
    expect(await orderOf("/sign-in")).toEqual([
      expect.stringContaining("Auth API"),
      "email",
      "password",
      "Afficher le mot de passe",
      "Se connecter",
      "Utiliser une clé d'accès",
      "Recevoir un code par email",
      "Mot de passe oublié ?",
      "Créer un compte",
      "English",
      "Thème sombre",
    ]);
    expect((await orderOf("/register")).slice(1, 7)).toEqual([
      "prenom",
      "nom",
      "email",
      "password",
      "Afficher le mot de passe",
      "Créer le compte",
    ]);
    expect(await orderOf("/forgot-password")).toEqual(["email", "Envoyer le lien", "Revenir à la connexion"]);
  });

  it("lets somebody in, and an application with them, who has a keyboard alone", async () => {
    const { email } = await register();
    const back = `${service.origin}/docs`;
    await service.query(
      `insert into oauth_clients (client_id, name, mark_id, permissions, audiences, redirect_uris)
       values ('app_0123456789abcdef', 'Carnet', gen_random_uuid(), '[]', '[]', $1)`,
      [JSON.stringify([back])],
    );
    const asked = new URLSearchParams({
      client_id: "app_0123456789abcdef",
      response_type: "code",
      redirect_uri: back,
      scope: "openid profile",
      code_challenge: CHALLENGE,
      code_challenge_method: "S256",
    });
    const { page } = await open(`/oauth/authorize?${asked.toString()}`, { width: 360 });
    /** As far as Tab takes to get there. */
    const reach = async (name: string) => {
      const text = "document.activeElement.name || document.activeElement.textContent.trim()";
      for (let presses = 0; presses < 20; presses++) {
        await page.keyboard.press("Tab");
        if ((await page.evaluate<string>(text)) === name) return;
      }
      throw new Error(`Tab doesn't reach ${name}`);
    };
    await page.waitForSelector("#email");
    await reach("email");
    await page.keyboard.type(email);
    await reach("password");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await page.waitForSelector('h1:text-is("Se connecter à Carnet ?")');
    expect([await findBarriers(page), await isTooWide(page)]).toEqual([[], false]);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Autoriser");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${back}?code=*`);
    await page.goto(`${service.origin}/account/security`, { waitUntil: "networkidle" });
    await reach("currentPassword");
    await page.keyboard.type(PASSWORD);
    await reach("newPassword");
    await page.keyboard.type("Une autre phrase que personne ne devine");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".toast.good");
    await page.goto(`${service.origin}/oauth/logout`);
    expect(await findBarriers(page)).toEqual([]);
    await reach("Se déconnecter");
    await page.keyboard.press("Enter");
    await page.waitForSelector('h1:text-is("Vous êtes déconnecté")');
  });

  it("keeps the chosen language and theme, from the first paint on", async () => {
    const { page } = await open("/sign-in");
    const background = () => page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor");
    const light = await background();
    await page.click("text=Thème sombre");
    expect(await background()).not.toBe(light);
    await page.click("text=English");
    await page.waitForSelector("text=Forgotten your password?");
    expect(await page.getAttribute("html", "data-theme")).toBe("dark");
    await page.click("text=Forgotten your password?");
    await page.waitForSelector("h1");
    expect([await page.getAttribute("html", "lang"), await page.getAttribute("html", "data-theme")]).toEqual([
      "en",
      "dark",
    ]);
  });

  it("shows a password only while its owner wants to see it", async () => {
    const { page } = await open("/sign-in", { locale: "en" });
    const type = () => page.getAttribute("#password", "type");
    await page.click("text=Show");
    expect([await type(), await page.getAttribute(".reveal button", "aria-pressed")]).toEqual(["text", "true"]);
    await page.click("text=Hide");
    expect(await type()).toBe("password");
  });
});
