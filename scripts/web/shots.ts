/** Pictures of every page, as different readers see them: for people to look at. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Page } from "playwright-core";
import { startBrowser } from "../../test/support/browser.ts";
import { openPage, THEMES, WIDTHS } from "../../test/support/pages.ts";
import { startService } from "../../test/support/system.ts";

const PASSWORD = "Correct cheval pile agrafe";
const ADDRESSES = { member: "ada@example.test", admin: "grace@example.test" };

interface Shot {
  name: string;
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
  { name: "account-history", path: "/account/history", as: "member" },
  { name: "account-messages", path: "/account/messages", as: "member" },
  { name: "account-data", path: "/account/data", as: "member" },
  { name: "admin", path: "/admin", as: "admin" },
  { name: "gallery", path: "/gallery" },
];

/** @returns how many there are. */
export async function takeShots(folder: string, log: (line: string) => void): Promise<number> {
  await mkdir(folder, { recursive: true });
  const [service, browser] = await Promise.all([startService({ MAIL_PROVIDER: "cloudflare" }), startBrowser()]);
  let taken = 0;
  try {
    const register = (prenom: string, nom: string, email: string) =>
      service.post("/api/auth/register", { prenom, nom, email, password: PASSWORD });
    await register("Ada", "Lovelace", ADDRESSES.member);
    await register("Grace", "Hopper", ADDRESSES.admin);
    await service.query(`update users set role_id = 1 where email = '${ADDRESSES.admin}'`);
    for (const { name, path: address, as, before } of SHOTS) {
      log(name);
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

async function signIn(page: Page, email: string, address: string): Promise<void> {
  await page.fill("#email", email);
  await page.fill("#password", PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**${address}`);
  await page.waitForSelector("main h1");
  await page.waitForLoadState("networkidle");
}
