/** A real browser, from npm alone: Chromium, with nothing installed on the machine. */
import sparticuz from "@sparticuz/chromium";
import { chromium, type Browser } from "playwright-core";

/** Without the package's own arguments: they are for one page in a tight place, and switch off what browsers check (CORS). */
export async function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await sparticuz.executablePath(),
    args: ["--no-sandbox", "--disable-gpu"],
    headless: true,
  });
}
