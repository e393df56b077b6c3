/**
 * A real browser: Chromium from npm, without installing anything on the machine; where Chromium doesn't run, the
 * machine's own Chrome.
 */
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { chromium, type Browser, type LaunchOptions } from "playwright-core";

const OPTIONS: LaunchOptions = { args: ["--no-sandbox", "--disable-gpu"], headless: true };

export async function startBrowser(): Promise<Browser> {
  if (process.platform !== "linux" || process.arch !== "x64") return chromium.launch({ ...OPTIONS, channel: "chrome" });
  const folder = await mkdtemp(join(tmpdir(), "auth-api-browser-"));
  const browser = await chromium.launch({ ...OPTIONS, executablePath: await unpackBrowser(folder) });
  browser.once("disconnected", () => void rm(folder, { recursive: true, force: true }));
  return browser;
}

/**
 * The package itself unpacks into one folder for the whole machine, where a second test file would start an executable
 * that the first is still writing; its default arguments are for a single page in little memory, and disable checks of
 * the browser (CORS).
 */
export async function unpackBrowser(folder: string): Promise<string> {
  const main = createRequire(import.meta.url).resolve("@sparticuz/chromium");
  const program = join(folder, "chromium");
  await pipeline(
    createReadStream(join(main, "../../bin/chromium.br")),
    createBrotliDecompress(),
    createWriteStream(program, { mode: 0o700 }),
  );
  return program;
}
