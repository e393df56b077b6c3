/** The files of the built pages (scripts/web/build.ts), which Cloudflare keeps beside the Worker. */
import { configurationError } from "./log.ts";

export interface Assets {
  /** What a bundle of `src/web` loads at once; undefined if it is not in this build. */
  filesOf: (bundle: string) => Promise<{ scripts: string[]; styles: string[] } | undefined>;
  /** The file, or the answer that there is none; `request` may ask whether it has changed. */
  open: (path: string, request: Request) => Promise<Response>;
}

/** @returns null where PAGES is off. */
export function createAssets(binding: Fetcher | undefined, served: boolean): Assets | null {
  if (!served) return null;
  if (!binding) throw configurationError("ASSETS (no such binding)");
  const open = (path: string, init?: RequestInit) => binding.fetch(new URL(path, "https://assets.invalid"), init);
  return {
    async filesOf(bundle) {
      const pages = await (await open("/pages.json")).json<Record<string, { scripts: string[]; styles: string[] }>>();
      return pages[bundle];
    },
    open: (path, { method, headers }) => open(path, { method, headers: conditionsOf(headers) }),
  };
}

function conditionsOf(headers: Headers): Record<string, string> {
  const known = headers.get("If-None-Match");
  return known === null ? {} : { "If-None-Match": known };
}
