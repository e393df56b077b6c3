/** Pages of the application in a real browser: opened as somebody has set theirs up, and looked at. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, BrowserContext, Page } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const WIDTHS = [360, 1280] as const;
export const THEMES = ["light", "dark"] as const;
/** Every width with every theme. */
export const LOOKS = WIDTHS.flatMap((width) => THEMES.map((theme) => ({ width, theme })));

export interface Reader {
  width?: number;
  theme?: (typeof THEMES)[number];
  locale?: string;
}

export interface OpenPage {
  page: Page;
  context: BrowserContext;
  /** What the browser complained of, refused requests apart: a script that the policy stopped, a missing file, an exception. */
  complaints: string[];
}

export async function openPage(browser: Browser, url: string, reader: Reader = {}): Promise<OpenPage> {
  const { width = 1280, theme = "light", locale = "fr-FR" } = reader;
  const context = await browser.newContext({
    locale,
    viewport: { width, height: 800 },
    colorScheme: theme,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    const text = message.text();
    // Every browser writes a line for an answer of 400 and more.
    if (["error", "warning"].includes(message.type()) && !text.startsWith("Failed to load resource"))
      complaints.push(text);
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url, { waitUntil: "networkidle" });
  return { page, context, complaints };
}

/** What axe finds wrong with the page as it stands: the rule, and the elements. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate<{ id: string; nodes: { target: string[] }[] }[]>(
    "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
  );
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}

/** What Tab reaches from the top of the page, in order: what each is called, or its text. */
export async function tabOrder(page: Page): Promise<string[]> {
  await page.evaluate(`(() => {
    const top = document.createElement("span");
    top.tabIndex = -1;
    document.body.prepend(top);
    top.focus();
    top.remove();
  })()`);
  const reached: string[] = [];
  for (;;) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate<string | null>(`(() => {
      const at = document.activeElement;
      if (!at || at === document.body || at.dataset.reached) return null;
      at.dataset.reached = "yes";
      const words = at.cloneNode(true);
      words.querySelectorAll("[aria-hidden]").forEach((hidden) => hidden.remove());
      return at.name || at.getAttribute("aria-label") || words.textContent.trim();
    })()`);
    if (name === null) break;
    reached.push(name);
  }
  await page.evaluate("document.querySelectorAll('[data-reached]').forEach((each) => delete each.dataset.reached)");
  return reached;
}

/** Whether the page is wider than the window: then it scrolls sideways, which nobody expects. */
export const isTooWide = (page: Page): Promise<boolean> =>
  page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth");
