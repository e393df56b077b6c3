/** Pages of the application in a real browser: opened as somebody has set theirs up, and looked at. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, BrowserContext, Page, Request } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const WIDTHS = [360, 1280] as const;
export const THEMES = ["light", "dark"] as const;
/** Every width with every theme. */
export const LOOKS = WIDTHS.flatMap((width) => THEMES.map((theme) => ({ width, theme })));

export interface Reader {
  width?: number;
  theme?: (typeof THEMES)[number];
  locale?: string;
  /** Whether its browser runs any. */
  scripts?: boolean;
}

export interface OpenPage {
  page: Page;
  context: BrowserContext;
  /** What the browser complained of, refused requests apart: a script that the policy stopped, a missing file, an exception. */
  complaints: string[];
  /** All that it has asked for. */
  requests: Request[];
  /** Forgets what was stored, and keeps the page for the next one who opens one of this kind. */
  close: () => Promise<void>;
}

/** By kind of browser. A process of its own is most of what a page costs. */
const kept = new Map<string, Page[]>();
const opened = new Set<OpenPage>();

/** What a test has left open. */
export async function closePages(): Promise<void> {
  for (const each of opened) await each.close();
}

export async function openPage(browser: Browser, url: string, reader: Reader = {}): Promise<OpenPage> {
  const { width = 1280, theme = "light", locale = "fr-FR", scripts = true } = reader;
  const kind = `${locale} ${scripts}`;
  const make = async () => (await browser.newContext({ locale, javaScriptEnabled: scripts })).newPage();
  const page = kept.get(kind)?.pop() ?? (await make());
  const context = page.context();
  await page.setViewportSize({ width, height: 800 });
  await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
  const complaints: string[] = [];
  const requests: Request[] = [];
  page.on("request", (request) => requests.push(request));
  page.on("console", (message) => {
    const text = message.text();
    // Every browser writes a line for an answer of 400 and more.
    if (["error", "warning"].includes(message.type()) && !text.startsWith("Failed to load resource"))
      complaints.push(text);
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  const open = {
    page,
    context,
    complaints,
    requests,
    async close() {
      opened.delete(open);
      if (page.isClosed()) return;
      for (const event of ["console", "pageerror", "request"] as const) page.removeAllListeners(event);
      await page.unrouteAll({ behavior: "ignoreErrors" });
      await context.setOffline(false);
      const { origin } = new URL(url);
      // No script there writes anything after it was cleared; another origin would be another process.
      await page.goto(`${origin}/health`);
      await context.clearCookies();
      const session = await context.newCDPSession(page);
      await session.send("Storage.clearDataForOrigin", { origin, storageTypes: "all" });
      await session.detach();
      kept.set(kind, [...(kept.get(kind) ?? []), page]);
    },
  };
  opened.add(open);
  await page.goto(url, { waitUntil: "networkidle" });
  return open;
}

/** What axe finds wrong with the page as it stands: the rule, and the elements. */
export async function findBarriers(page: Page): Promise<string[]> {
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(AXE);
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
