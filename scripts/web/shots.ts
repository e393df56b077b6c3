/** Pictures of every page, as different readers see them: for people to look at. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Page } from "playwright-core";
import { startBrowser } from "../../test/support/browser.ts";
import { openPage, THEMES, WIDTHS } from "../../test/support/pages.ts";
import { startService } from "../../test/support/system.ts";
import { fillService } from "./sample-service.ts";

const PASSWORD = "Correct cheval pile agrafe";
const ADDRESSES = { member: "ada@example.test", admin: "grace@example.test" };

interface Shot {
  name: string;
  /** `:id` is an account with something to look at. */
  path: string;
  /** As whom: nobody, unless it says. */
  as?: "member" | "admin";
  /** What happens before the picture. */
  before?: (page: Page) => Promise<unknown>;
}

/** One line for each page and each state that is worth a look. */
export const SHOTS: Shot[] = [
  { name: "sign-in", path: "/sign-in" },
  {
    name: "sign-in-refused",
    path: "/sign-in",
    before: async (page) => {
      await page.fill("#email", ADDRESSES.member);
      await page.fill("#password", "something else");
      await page.keyboard.press("Enter");
      await page.waitForSelector(".message");
    },
  },
  { name: "register", path: "/register" },
  { name: "forgot-password", path: "/forgot-password" },
  { name: "reset-password", path: "/reset-password#token=some" },
  { name: "home", path: "/" },
  { name: "account", path: "/account", as: "member" },
  { name: "account-security", path: "/account/security", as: "member" },
  {
    name: "account-authenticator",
    path: "/account/security",
    as: "member",
    before: async (page) => {
      await page.getByRole("button", { name: "Activer l'application d'authentification" }).click();
      await page.waitForSelector("dialog .qr");
    },
  },
  { name: "account-devices", path: "/account/devices", as: "member" },
  { name: "account-applications", path: "/account/applications", as: "member" },
  { name: "account-history", path: "/account/history", as: "member" },
  { name: "account-messages", path: "/account/messages", as: "member" },
  { name: "account-data", path: "/account/data", as: "member" },
  { name: "admin", path: "/admin", as: "admin", before: (page) => page.waitForSelector(".u-wrap canvas") },
  { name: "admin-denied", path: "/admin", as: "member" },
  { name: "admin-users", path: "/admin/users", as: "admin" },
  { name: "admin-users-none", path: "/admin/users?q=zzz", as: "admin" },
  { name: "admin-invite", path: "/admin/users", as: "admin", before: (page) => page.click("main header .primary") },
  { name: "admin-user", path: "/admin/users/:id", as: "admin" },
  {
    name: "admin-delete",
    path: "/admin/users/:id",
    as: "admin",
    before: async (page) => {
      await page.click("main [aria-haspopup]");
      await page.click("[role=menuitem].risky:last-child");
    },
  },
  { name: "admin-import", path: "/admin/import", as: "admin" },
  { name: "admin-import-preview", path: "/admin/import", as: "admin", before: chooseFile },
  {
    name: "admin-import-done",
    path: "/admin/import",
    as: "admin",
    before: async (page) => {
      await chooseFile(page);
      await page.click("main .actions .primary");
      await page.click("dialog .primary");
      await page.waitForSelector("main table");
    },
  },
  { name: "admin-roles", path: "/admin/roles", as: "admin" },
  { name: "admin-role", path: "/admin/roles", as: "admin", before: (page) => page.click("tbody tr:last-child button") },
  { name: "admin-applications", path: "/admin/applications", as: "admin" },
  {
    name: "admin-application",
    path: "/admin/applications",
    as: "admin",
    before: (page) => page.click("main .item button"),
  },
  { name: "admin-webhooks", path: "/admin/webhooks", as: "admin" },
  {
    name: "admin-webhook-one",
    path: "/admin/webhooks",
    as: "admin",
    before: async (page) => {
      await page.click("main tbody a");
      await page.waitForSelector("main .back");
      await page.waitForSelector("main tbody tr");
    },
  },
  {
    name: "admin-webhook-add",
    path: "/admin/webhooks",
    as: "admin",
    before: async (page) => {
      await page.click("main header .primary");
      await page.getByLabel("Tous les événements").uncheck();
      await page.locator("dialog summary").nth(1).click();
    },
  },
  {
    name: "admin-audit",
    path: "/admin/audit",
    as: "admin",
    before: async (page) => {
      await page.click("main form .primary");
      await page.waitForSelector(".message.good");
    },
  },
  {
    name: "admin-broadcast",
    path: "/admin/broadcast",
    as: "admin",
    before: async (page) => {
      await page.fill("[name=title]", "Maintenance dimanche");
      await page.fill("[name=content]", "Le service sera coupé dimanche de 6 h à 6 h 30.\nMerci de votre patience.");
    },
  },
  {
    name: "admin-broadcast-confirm",
    path: "/admin/broadcast",
    as: "admin",
    before: async (page) => {
      await page.fill("[name=title]", "Maintenance");
      await page.fill("[name=content]", "Dimanche.");
      await page.click("main form .primary");
      await page.waitForSelector("dialog");
    },
  },
  { name: "admin-jobs", path: "/admin/jobs", as: "admin" },
  { name: "docs", path: "/docs" },
  {
    name: "docs-open",
    path: "/docs#changeProfile",
    before: (page) => page.waitForSelector(".details"),
  },
  { name: "gallery", path: "/gallery" },
];

/** @param only the beginning of the names of those to take. @returns how many there are. */
export async function takeShots(folder: string, log: (line: string) => void, only = ""): Promise<number> {
  await mkdir(folder, { recursive: true });
  const [service, browser] = await Promise.all([startService({ MAIL_PROVIDER: "cloudflare" }), startBrowser()]);
  let taken = 0;
  try {
    const register = (prenom: string, nom: string, email: string) =>
      service.post("/api/auth/register", { prenom, nom, email, password: PASSWORD });
    await register("Ada", "Lovelace", ADDRESSES.member);
    await register("Grace", "Hopper", ADDRESSES.admin);
    await service.query(`update users set role_id = 1 where email = '${ADDRESSES.admin}'`);
    const id = await fillService(service);
    for (const { name, path: template, as, before } of SHOTS.filter(({ name }) => name.startsWith(only))) {
      log(name);
      const address = template.replace(":id", String(id));
      for (const width of WIDTHS)
        for (const theme of THEMES) {
          const start = as ? `/sign-in?return_to=${encodeURIComponent(address)}` : address;
          const { page, context } = await openPage(browser, service.origin + start, { width, theme });
          if (as) await signIn(page, ADDRESSES[as], address);
          await before?.(page);
          await page.screenshot({ path: path.join(folder, `${name}-${width}-${theme}.png`), fullPage: true });
          await context.close();
          taken++;
        }
    }
  } finally {
    await browser.close();
    await service.stop();
  }
  return taken;
}

async function chooseFile(page: Page): Promise<void> {
  const lines = [
    "email,prenom,nom,passwordHash,role",
    ...["Hedy,Lamarr", "Mary,Shelley"].map(
      (name, at) => `${at}@example.com,${name},$2b$10$${"a".repeat(21)}.${"a".repeat(31)},0`,
    ),
    `grace@example.test,Grace,Hopper,$2b$10$${"a".repeat(21)}.${"a".repeat(31)},0`,
    "not an address,Ada,Byron,secret,first",
  ];
  await page.setInputFiles("input[type=file]", {
    name: "comptes.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(lines.join("\n")),
  });
  await page.waitForSelector("main table");
}

async function signIn(page: Page, email: string, address: string): Promise<void> {
  await page.fill("#email", email);
  await page.fill("#password", PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**${address}`);
  await page.waitForSelector("main h1");
  await page.waitForLoadState("networkidle");
}
