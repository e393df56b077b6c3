/** How large each application of `src/web` is, and how large it may be. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { OUTPUT, type BundleFiles } from "./build.ts";

/**
 * KiB gzip, for scripts and styles, those included that only some page loads. The sign-in is measured by what it loads
 * before anybody can sign in: what follows a login can wait.
 */
const BUDGETS: Record<string, number> = { "sign-in": 15, account: 60, admin: 120, docs: 35 };

/** @throws Error that names what is over its budget. */
export async function describeSizes(): Promise<string> {
  const pages = JSON.parse(await readFile(path.join(OUTPUT, "pages.json"), "utf8")) as Record<string, BundleFiles>;
  const sizes = Object.entries(BUDGETS).flatMap(([name, budget]) => {
    const bundle = pages[name];
    return bundle ? [{ name, budget, size: (name === "sign-in" ? bundle.firstBytes : bundle.gzipBytes) / 1024 }] : [];
  });
  const over = sizes.filter(({ size, budget }) => size > budget);
  const written = sizes.map(({ name, size, budget }) => `${name} ${size.toFixed(1)} KiB gzip of ${budget}`).join(", ");
  if (over.length > 0) throw new Error(`the pages are over their budget: ${written}`);
  return written;
}
