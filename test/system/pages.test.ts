import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { startBrowser } from "../support/browser.ts";
import { closePages, findBarriers, isTooWide, LOOKS, openPage, type Reader } from "../support/pages.ts";
import { ofMany, sampleOf } from "../support/sample.ts";
import { startService, type RunningService } from "../support/system.ts";

/** What `npm test` runs of this file. */
const it = ofMany([
  "reset a password from the mail that the local sender wrote",
  "verify an address only when the button is pressed",
  "say of every dead link what to do, and lead to a new one where there is one",
  "are listed at the service's own address, on a developer's machine",
  "run no script but their own",
  "send a request of the reference as nobody, with the browser's session and with a token",
  "have no barrier and fit their window, each in every state",
]);

const PASSWORD = "Correct cheval pile agrafe";
const CHOSEN = "une phrase que personne ne devine";

let service: RunningService;
let browser: Browser;

beforeAll(async () => {
  [service, browser] = await Promise.all([startService({ MAIL_PROVIDER: "cloudflare" }), startBrowser()]);
}, 120_000);

afterEach(closePages);

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

const visit = (url: string, reader?: Reader) => openPage(browser, url, reader);

function linkIn(mail: string): string {
  return /https?:\/\/\S+#token=[\w-]+/.exec(mail)![0];
}

async function register(email: string): Promise<{ token: string; verifyLink: string }> {
  const { status, body } = await service.post("/api/auth/register", {
    prenom: "Ada",
    nom: "Lovelace",
    email,
    password: PASSWORD,
  });
  expect(status).toBe(201);
  return { token: body.token, verifyLink: linkIn(await service.nextMail(`${service.origin}/verify-email#`)) };
}

const logIn = (email: string, password: string) => service.post("/api/auth/login", { email, password });

describe("the pages behind the links in mails", () => {
  it("reset a password from the mail that the local sender wrote", async () => {
    await register("reset@example.test");
    await service.post("/api/auth/forgot-password", { email: "reset@example.test" });
    const link = linkIn(await service.nextMail(`${service.origin}/reset-password#`));
    const token = link.split("=")[1]!;

    const { page, requests, complaints } = await visit(link);
    expect(await page.evaluate("document.compatMode")).toBe("CSS1Compat");
    expect(await page.innerText("body")).toMatch(/^Auth API/);
    expect(page.url()).toBe(`${service.origin}/reset-password`);
    expect((await logIn("reset@example.test", PASSWORD)).status).toBe(200);
    // Managers of passwords know the field, and may paste.
    const field = page.locator("#password");
    expect(await field.getAttribute("autocomplete")).toBe("new-password");
    const paste = `new ClipboardEvent("paste", { bubbles: true, cancelable: true })`;
    expect(await page.evaluate(`document.getElementById("password").dispatchEvent(${paste})`)).toBe(true);
    await page.fill("#password", "Lovelace1815");
    await page.click("button");
    await page.waitForSelector(".failure");
    expect(await page.textContent("#status")).toBe(
      "Le mot de passe ne doit contenir ni votre nom ni votre adresse email",
    );
    expect(await page.evaluate("document.activeElement.id")).toBe("password");
    await page.fill("#password", CHOSEN);
    await page.keyboard.press("Enter");
    await page.waitForSelector(".success");
    expect(await page.textContent("#status")).toBe("Mot de passe réinitialisé avec succès");
    expect(await page.textContent("h1")).toBe("Mot de passe enregistré");
    expect(await page.title()).toMatch(/^Mot de passe enregistré – /);
    expect(await page.evaluate("document.activeElement.tagName")).toBe("H1");
    // The text of what is hidden could be read too.
    expect(await page.isVisible("#next")).toBe(true);
    expect(await page.textContent("#next")).toContain("Vous pouvez maintenant vous connecter.");

    expect(complaints).toEqual([]);
    for (const request of requests) {
      expect(new URL(request.url()).origin).toBe(service.origin);
      expect(request.url()).not.toContain(token);
      expect(request.headers()["referer"] ?? "").toBe("");
    }
    expect((await logIn("reset@example.test", PASSWORD)).status).toBe(401);
    expect((await logIn("reset@example.test", CHOSEN)).status).toBe(200);
  });

  it("mask the password, until its owner asks to see it", async () => {
    const { page } = await visit(`${service.origin}/reset-password#token=some`);
    const type = () => page.getAttribute("#password", "type");
    expect([await type(), await page.getAttribute("#password", "autocomplete")]).toEqual(["password", "new-password"]);
    await page.check("#show");
    expect(await type()).toBe("text");
    await page.uncheck("#show");
    expect(await type()).toBe("password");
  });

  it("fit a screen of 360 pixels, in the browser's language", async () => {
    const kinds = {
      "reset-password": "a password",
      "accept-invitation": "a password",
      "verify-email": "a button",
      "confirm-email": "a button",
      "cancel-email-change": "a button",
      "forgot-password": "an address",
      "resend-verification": "an address",
    };
    for (const [path] of sampleOf(Object.entries(kinds), ([, kind]) => [kind])) {
      const { page, close, complaints } = await visit(`${service.origin}/${path}#token=abc`, {
        width: 360,
        locale: "en-GB",
      });
      expect(await page.evaluate("document.documentElement.scrollWidth"), path).toBe(360);
      expect(await page.getAttribute("html", "lang"), path).toBe("en");
      expect(complaints, path).toEqual([]);
      await close();
    }
  });

  it("verify an address only when the button is pressed", async () => {
    const { verifyLink } = await register("verify@example.test");
    const isVerified = async () =>
      (await service.query("select is_verified from users where email = 'verify@example.test'"))[0]!["is_verified"];
    // As a mail scanner does: opens it, with the token and with scripts.
    const { page } = await visit(verifyLink);
    expect(await isVerified()).toBe(false);
    await page.fill("#password", CHOSEN);
    await page.click("button");
    await page.waitForSelector(".success");
    expect(await isVerified()).toBe(true);
    expect((await logIn("verify@example.test", PASSWORD)).status).toBe(401);
    expect((await logIn("verify@example.test", CHOSEN)).status).toBe(200);

    const again = await visit(verifyLink);
    await again.page.fill("#password", CHOSEN);
    await again.page.click("button");
    await again.page.waitForSelector(".failure");
    expect(await again.page.textContent("#status")).toBe("Lien invalide, déjà utilisé ou expiré");
    expect(await again.page.evaluate("document.activeElement.id")).toBe("status");
    expect(await again.page.isVisible("form")).toBe(false);
    await again.page.click("#renewal a");
    await again.page.waitForURL("**/resend-verification");
    await again.page.fill("#email", "verify@example.test");
    await again.page.click("button");
    await again.page.waitForSelector(".success");
    expect(await again.page.textContent("h1")).toBe("Consultez votre boîte mail");
  });

  it("say of every dead link what to do, and lead to a new one where there is one", async () => {
    const ways = {
      "reset-password": "/forgot-password",
      "accept-invitation": "/forgot-password",
      "verify-email": "/resend-verification",
      "confirm-email": "",
      "cancel-email-change": "/forgot-password",
      "deny-login": "/forgot-password",
    };
    for (const [path, way] of sampleOf(Object.entries(ways), (one) => [one[1]])) {
      const { page, close } = await visit(`${service.origin}/${path}#token=dead`);
      if (await page.isVisible("#password")) await page.fill("#password", CHOSEN);
      expect(await page.isVisible("#renewal"), path).toBe(false);
      await page.click("button");
      await page.waitForSelector("#renewal", { state: "visible" });
      const links = await page.evaluate(
        "Array.from(document.querySelectorAll('#renewal a'), (a) => a.getAttribute('href'))",
      );
      expect([path, links]).toEqual([path, way ? [way] : []]);
      if (!way) expect(await page.innerText("#renewal")).toContain("demandez à nouveau le changement d'adresse");
      await close();
    }
  });

  it("send a new link from where a password is forgotten", async () => {
    await register("forgot@example.test");
    const { page, complaints } = await visit(`${service.origin}/.well-known/change-password`);
    expect(page.url()).toBe(`${service.origin}/forgot-password`);
    await page.fill("#email", "forgot@example.test");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".success");
    expect(await service.nextMail(`${service.origin}/reset-password#`)).toContain("token=");
    expect(complaints).toEqual([]);
  });

  it("are listed at the service's own address, on a developer's machine", async () => {
    const { page, complaints } = await visit(`${service.origin}/`, { width: 360 });
    expect(complaints).toEqual([]);
    const links = await page.locator("a").evaluateAll((all) => all.map((each) => each.getAttribute("href")!));
    expect(links).toContain("/docs");
    // A contact for security is given by whoever runs the service.
    for (const path of links.filter((each) => each !== "/.well-known/security.txt"))
      expect([path, (await fetch(`${service.origin}${path}`)).status]).toEqual([path, 200]);
  });

  it("explain the API: every route is found by a word of it, opened, and linked to", async () => {
    for (const look of sampleOf(LOOKS, () => ["a look"])) {
      const { page, context, complaints } = await openPage(browser, `${service.origin}/docs`, look);
      const shown = () => page.locator(".operation").count();
      const { paths } = JSON.parse(await (await fetch(`${service.origin}/openapi.json`)).text()) as { paths: object };
      const all = Object.values(paths).flatMap((methods: object) => Object.keys(methods)).length;
      expect(await shown()).toBe(all);
      await page.getByLabel("Chercher une route").fill("currentPassword prenom put");
      await expect.poll(shown).toBe(2);
      await page.locator("#changeProfile summary").click();
      await page.waitForSelector("#changeProfile .fields .name:text-is('currentPassword')");
      await page.click("#changeProfile .try > summary");
      expect(await findBarriers(page)).toEqual([]);
      expect(await isTooWide(page)).toBe(false);
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.emulateMedia({ colorScheme: "dark" });
      expect([await findBarriers(page), await isTooWide(page)]).toEqual([[], false]);
      await page.click("#changeProfile .refusals a:text-is('incorrect_password')");
      expect(new URL(page.url()).hash).toBe("#incorrect_password");
      await page.getByLabel("Chercher une route").fill("");
      await page.getByLabel("Qui peut l'appeler").selectOption("permission");
      await expect.poll(shown).toBeLessThan(all);
      expect(await page.locator("#listManagedUsers").count()).toBe(1);
      expect(await page.locator("#logIn").count()).toBe(0);
      await page.goto(`${service.origin}/docs#logIn`);
      await page.reload();
      await page.waitForSelector("#logIn[open] pre:has-text('curl')");
      expect(complaints).toEqual([]);
      await context.close();
    }
    const scriptless = await visit(`${service.origin}/docs#too_many_attempts`, { scripts: false });
    expect(await scriptless.page.isVisible("#too_many_attempts")).toBe(true);
  });

  it("send a request of the reference as nobody, with the browser's session and with a token", async () => {
    const { token } = await register("tries@example.test");
    const { page, complaints, requests } = await visit(`${service.origin}/docs#getHealth`, { width: 360 });
    const open = async (name: string) => {
      await page.evaluate(`location.hash = "${name}"`);
      await page.click(`#${name} .try > summary`);
      return page.locator(`#${name} .try`);
    };
    const send = async (form: Locator) => {
      await form.getByRole("button").click();
      const body = await form.getByLabel("Corps de la réponse").textContent();
      return [await form.getByRole("status").textContent(), body];
    };
    expect(await send(await open("getHealth"))).toEqual([
      expect.stringContaining("200"),
      expect.stringContaining("ok"),
    ]);

    const own = await open("getProfile");
    expect(await send(own)).toEqual([
      expect.stringContaining("401"),
      expect.stringContaining("authentication_required"),
    ]);
    const login = await open("logIn");
    const credentials = { email: "tries@example.test", password: PASSWORD, transport: "cookie" };
    await login.getByLabel("Corps").fill(JSON.stringify(credentials));
    expect((await send(login))[0]).toContain("200");
    expect((await send(own))[1]).toContain("tries@example.test");

    await own.getByLabel("Jeton").fill(` ${token} `);
    expect((await send(own))[1]).toContain("tries@example.test");
    const sent = await requests.at(-1)!.allHeaders();
    expect([sent["authorization"], sent["cookie"]]).toEqual([`Bearer ${token}`, undefined]);

    const logins = await open("listLogins");
    expect(await logins.getByLabel("Jeton").inputValue()).toBe(token);
    await logins.getByLabel("limit").fill("1");
    expect((await send(logins))[0]).toContain("200");
    expect(new URL(requests.at(-1)!.url()).search).toBe("?limit=1");
    expect(await isTooWide(page)).toBe(false);
    expect(complaints).toEqual([]);
  });

  it("confirm and cancel a change of address", async () => {
    const { token } = await register("former@example.test");
    const change = (email: string) =>
      fetch(`${service.origin}/api/users/me`, {
        method: "PUT",
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body: JSON.stringify({ email }),
      });
    const emailNow = async () =>
      (await service.query("select email from users where prenom = 'Ada' order by id desc limit 1"))[0]!["email"];
    for (const [index, button] of (["cancel-email-change", "confirm-email"] as const).entries()) {
      const email = `later-${index}@example.test`;
      expect((await change(email)).status).toBe(200);
      const links = {
        "confirm-email": linkIn(await service.nextMail(`${service.origin}/confirm-email#`)),
        "cancel-email-change": linkIn(await service.nextMail(`${service.origin}/cancel-email-change#`)),
      };
      const { page } = await visit(links[button]);
      expect(await emailNow()).toBe("former@example.test");
      await page.click("button");
      await page.waitForSelector(".success");
    }
    expect(await emailNow()).toBe("later-1@example.test");
  });

  it("say what is missing where the link was cut, and where there are no scripts", async () => {
    const cut = await visit(`${service.origin}/reset-password`);
    expect(await cut.page.textContent("#status")).toContain("Ce lien est incomplet");
    expect(await cut.page.isVisible("form")).toBe(false);
    const scriptless = await visit(`${service.origin}/reset-password#token=abc`, { scripts: false });
    expect(await scriptless.page.textContent("noscript")).toContain("JavaScript");
  });

  it("run no script but their own", async () => {
    const response = await fetch(`${service.origin}/reset-password`);
    const policy = response.headers.get("Content-Security-Policy");
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'nonce-[^']+'; style-src 'nonce-[^']+'; img-src data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(response.headers.get("Referrer-Policy")).toBe("no-referrer");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect((await fetch(`${service.origin}/reset-password`)).headers.get("Content-Security-Policy")).not.toBe(policy);
  });
});

describe("the components of the application", () => {
  const open = (reader = {}) => openPage(browser, `${service.origin}/gallery`, { locale: "en", ...reader });
  const focused = (page: Page) =>
    page.evaluate<string>("document.activeElement.name || document.activeElement.innerText");

  it("have no barrier and fit their window, each in every state", async () => {
    for (const { width, theme } of sampleOf(LOOKS, () => ["a look"])) {
      const { page, close, complaints } = await open({ width, theme });
      const look = async (state: string) =>
        expect([width, theme, state, await findBarriers(page), await isTooWide(page)]).toEqual([
          width,
          theme,
          state,
          [],
          false,
        ]);
      await look("as it opens");
      // A state has its colours in each theme; its width is that of the page.
      for (const tab of width === 360 ? [] : ["Failed", "Empty"]) {
        await page.click(`text=${tab}`);
        await look(tab);
      }
      await page.click("text=More");
      await page.click("text=Toast");
      await page.waitForSelector(".toast");
      await look("a message");
      await page.click("text=Dialog");
      await look("a dialog");
      expect(complaints).toEqual([]);
      await close();
    }
  });

  it("move the focus to the first refused field, and tie the refusal to it", async () => {
    const { page } = await open();
    await page.evaluate("document.querySelector('form').noValidate = true");
    await page.click("text=Save");
    await page.waitForSelector("[aria-invalid=true]");
    expect(await focused(page)).toBe("email");
    const described = (await page.getAttribute("[name=email]", "aria-describedby"))!.split(" ");
    const texts = await Promise.all(described.map((id) => page.innerText(`[id="${id}"]`)));
    expect(texts).toEqual(["Where we write to you.", "This address is not valid"]);
  });

  it("keep the focus in a dialog, and give it back", async () => {
    const { page } = await open();
    await page.click("text=Dialog");
    await page.waitForSelector("dialog:modal");
    const names = new Set<string>();
    for (let press = 0; press < 12; press++) {
      await page.keyboard.press("Tab");
      if (
        await page.evaluate(
          "!document.activeElement.matches('html, body') && !document.activeElement.closest('dialog')",
        )
      )
        names.add(await focused(page));
    }
    expect([...names]).toEqual([]);
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog", { state: "detached" });
    await expect.poll(() => focused(page)).toBe("Dialog");
  });

  it("are moved in by arrows: a menu, and tabs", async () => {
    const { page } = await open();
    await page.focus("text=More");
    await page.keyboard.press("Enter");
    await page.waitForSelector("[role=menuitem]:focus");
    await page.keyboard.press("ArrowUp");
    expect(await focused(page)).toBe("Delete");
    await page.keyboard.press("Escape");
    expect(await focused(page)).toBe("More");
    await page.focus("role=tab[name=Loading]");
    await page.keyboard.press("ArrowLeft");
    expect([await focused(page), await page.innerText("[role=tabpanel] h3")]).toEqual(["Empty", "Nothing here yet"]);
  });
});
