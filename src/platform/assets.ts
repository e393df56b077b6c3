/** The files that Cloudflare keeps beside the Worker (scripts/web/build.ts): the built pages, and what is too large to carry. */
import { configurationError, logEvent } from "./log.ts";

export interface Assets {
  /** What a bundle of `src/web` loads at once; undefined if it is not in this build. */
  filesOf: (bundle: string) => Promise<{ scripts: string[]; styles: string[] } | undefined>;
  /** The file, or the answer that there is none; `request` may ask whether it has changed. */
  open: (path: string, request: Request) => Promise<Response>;
  /** A file that every build has. @throws if it can't be read. */
  read: (path: string) => Promise<Response>;
  /** The same as a text, which the isolate keeps. */
  readText: (path: string) => Promise<string>;
}

/** @param kept the texts read so far. */
export function createAssets(binding: Fetcher | undefined, kept: Map<string, string>): Assets {
  const open = async (path: string, init?: RequestInit) => {
    if (!binding) throw configurationError("ASSETS (no such binding)");
    return binding.fetch(new URL(path, "https://assets.invalid"), init);
  };
  const read = async (path: string, init?: RequestInit) => {
    const file = await open(path, init);
    if (!file.ok) throw new Error(`HTTP ${file.status}`);
    return file;
  };
  return {
    read,
    async readText(path) {
      const text = kept.get(path) ?? (await (await read(path)).text());
      kept.set(path, text);
      return text;
    },
    async filesOf(bundle) {
      const pages = await (await read("/pages.json")).json<Record<string, { scripts: string[]; styles: string[] }>>();
      return pages[bundle];
    },
    open: (path, { method, headers }) => open(path, { method, headers: conditionsOf(headers) }),
  };
}

function conditionsOf(headers: Headers): Record<string, string> {
  const known = headers.get("If-None-Match");
  return known === null ? {} : { "If-None-Match": known };
}

/** A failure must not stop anyone from changing a password: there are no such passwords then, and a line in the log. */
export async function readCommonPasswords(assets: Assets): Promise<string> {
  try {
    return await assets.readText("/common-passwords.txt");
  } catch (error) {
    logEvent("common_list_failed", {}, error);
    return "";
  }
}
