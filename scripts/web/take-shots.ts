/** Opens every page as different readers see it, on a service with something to look at, and takes its picture. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { startBrowser } from "../../test/support/browser.ts";
import { LOOKS, openPage, THEMES } from "../../test/support/pages.ts";
import { startService, type RunningService } from "../../test/support/system.ts";
import { fillAccounts, settle } from "./sample-account.ts";
import { fillService } from "./sample-service.ts";
import { DIALOG_SHOTS } from "./dialog-shots.ts";
import { ADDRESSES, PASSWORD, SHOTS, signIn, type Shot } from "./shots.ts";

/** Never asked: their buttons alone are in the pictures. */
const PROVIDERS = {
  FEDERATION: '[{"id":"google","clientId":"google"},{"id":"github","clientId":"github"}]',
  FEDERATION_SECRETS: '{"google":"secret","github":"secret"}',
};

export interface Readers {
  /** The beginnings of the names of those to take; none takes all. */
  only?: string[];
  locale?: "fr" | "en";
  /** As Windows shows pages in its modes of high contrast. */
  forcedColors?: boolean;
  /** Narrow and light, wide and dark. */
  few?: boolean;
}

/** @returns how many there are. */
export async function takeShots(folder: string, log: (line: string) => void, readers: Readers = {}): Promise<number> {
  const { only = [], locale = "fr", forcedColors = false, few = false } = readers;
  const chosen = [...SHOTS, ...DIALOG_SHOTS].filter(
    ({ name }) => only.length === 0 || only.some((start) => name.startsWith(start)),
  );
  const looks = few || forcedColors ? [LOOKS[0]!, LOOKS.at(-1)!] : LOOKS;
  const suffix = `${locale === "fr" ? "" : `-${locale}`}${forcedColors ? "-forced" : ""}`;
  return withSample(async (service, browser, fill) => {
    await mkdir(folder, { recursive: true });
    await service.query("update users set locale = $1", [locale]);
    for (const look of looks)
      for (const who of new Set(chosen.map(({ as }) => as))) {
        const start = `${service.origin}/sign-in`;
        const { page, context } = await openPage(browser, start, {
          ...look,
          locale: locale === "fr" ? "fr-FR" : "en-GB",
        });
        if (forcedColors) await page.emulateMedia({ forcedColors: "active", colorScheme: look.theme });
        if (who === "settled") await settle(service, false);
        if (who) await signIn(page, ADDRESSES[who]);
        if (who === "settled") await settle(service, true);
        for (const shot of chosen.filter(({ as }) => as === who)) {
          const name = `${shot.name}-${look.width}-${look.theme}${suffix}`;
          log(name);
          await take(page, service.origin + fill(shot.path), shot, path.join(folder, `${name}.png`)).catch(
            (error: Error) => log(`  ${error.message.split("\n")[0]}`),
          );
          await context.setOffline(false);
        }
        await context.close();
      }
    return looks.length * chosen.length;
  });
}

/** The pictures of README.md: small, in English, as a visitor and an administrator see the service. */
const OF_README = [
  // Without most of the coloured half: a gradient makes a large file.
  { name: "sign-in", path: "/sign-in", ready: ".others", window: [1120, 760], width: 820 },
  { name: "dashboard", path: "/admin", as: "admin", ready: ".u-wrap canvas", window: [1280, 1186], width: 1280 },
] as const;

/** @returns the files. */
export async function takeReadmePictures(folder: string): Promise<string[]> {
  return withSample(async (service, browser) => {
    await mkdir(folder, { recursive: true });
    const files: string[] = [];
    for (const theme of THEMES)
      for (const { name, path: address, ready, window, width, ...reader } of OF_README) {
        const [windowWidth, height] = window;
        const { page, context } = await openPage(browser, `${service.origin}/sign-in`, { theme, locale: "en-GB" });
        await page.setViewportSize({ width: windowWidth, height });
        if ("as" in reader) await signIn(page, ADDRESSES[reader.as]);
        await page.goto(service.origin + address, { waitUntil: "networkidle" });
        await page.waitForSelector(ready);
        await page.evaluate("document.activeElement?.blur()");
        const file = path.join(folder, `${name}-${theme}.png`);
        await page.screenshot({ path: file, clip: { x: 0, y: 0, width, height } });
        files.push(file);
        await context.close();
      }
    return files;
  });
}

async function take(page: Page, address: string, { before, opens }: Shot, file: string): Promise<void> {
  page.setDefaultTimeout(10_000);
  await page.goto("about:blank");
  await page.goto(address, { waitUntil: "networkidle" });
  await before?.(page);
  await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))");
  // Whatever is over the page stands in the window.
  const isCovered = (await page.locator("dialog[open]").count()) > 0;
  const shown = (await opens?.(page)) ?? page;
  if (shown !== page) {
    const isDark = await page.evaluate<boolean>("matchMedia('(prefers-color-scheme: dark)').matches");
    await shown.emulateMedia({ colorScheme: isDark ? "dark" : "light", reducedMotion: "reduce" });
    await shown.setViewportSize(page.viewportSize()!);
  }
  // Else what is fixed to the window stands in the middle of the page.
  if (!isCovered) await shown.evaluate("scrollTo(0, 0)");
  await shown.screenshot({ path: file, fullPage: !isCovered });
  if (shown !== page) await shown.close();
}

/** @param act gets what fills in an address: an account with something to look at, an application that asks for consent. */
export async function withSample<Result>(
  act: (service: RunningService, browser: Browser, fill: (template: string) => string) => Promise<Result>,
): Promise<Result> {
  const [service, browser] = await Promise.all([
    startService({ MAIL_PROVIDER: "cloudflare", PRODUCT_NAME: "Auth API", ...PROVIDERS }),
    startBrowser(),
  ]);
  try {
    for (const [prenom, nom, email] of [
      ["Ada", "Lovelace", ADDRESSES.member],
      ["Grace", "Hopper", ADDRESSES.admin],
      ["Zoé", "Nouvelle", ADDRESSES.newcomer],
      ["Mary", "Shelley", ADDRESSES.guarded],
      ["Paul", "Erdős", ADDRESSES.settled],
    ])
      await service.post("/api/auth/register", { prenom, nom, email, password: PASSWORD });
    await service.query("update users set role_id = 1 where email = $1", [ADDRESSES.admin]);
    const id = await fillService(service);
    const client = await fillAccounts(service);
    return await act(service, browser, (template) => template.replace(":id", String(id)).replace(":client", client));
  } finally {
    await browser.close();
    await service.stop();
  }
}
