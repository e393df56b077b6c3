/** A user agent in words that its owner recognises: "Firefox, Linux". */
import { parseUserAgent } from "detect-browser";

export interface DeviceName {
  browser: string | null;
  os: string | null;
  /** `desktop` or `mobile`; null for what is no browser. */
  type: "desktop" | "mobile" | null;
}

/** Where the library's name is not the one that people know; another is capitalised. */
const BROWSERS: Record<string, string> = {
  "edge-chromium": "Edge",
  "edge-ios": "Edge",
  edge: "Edge",
  crios: "Chrome",
  fxios: "Firefox",
  ios: "Safari",
  "ios-webview": "Safari",
  "chromium-webview": "Android WebView",
  "opera-mini": "Opera Mini",
  samsung: "Samsung Internet",
  yandexbrowser: "Yandex",
};
const SYSTEMS: Record<string, string> = { "Android OS": "Android", "Mac OS": "macOS" };
const MOBILE = /^(iOS|Android OS|Windows Mobile|BlackBerry OS)$/;

export function nameDevice(userAgent: string | null): DeviceName {
  const parsed = userAgent ? parseUserAgent(userAgent) : null;
  if (!parsed?.name) return { browser: null, os: null, type: null };
  const { name, os } = parsed;
  return {
    browser: BROWSERS[name] ?? name[0]!.toUpperCase() + name.slice(1),
    os: os && (SYSTEMS[os] ?? os),
    type: parsed.type !== "browser" || os === null ? null : MOBILE.test(os) ? "mobile" : "desktop",
  };
}

/** One line for a mail or a list. Nothing of a name that is not known: the header is a stranger's to write. */
export function describeDevice(userAgent: string | null): string | null {
  const { browser, os } = nameDevice(userAgent);
  const words = [browser, os].filter((word) => word !== null);
  return words.length > 0 ? words.join(", ") : null;
}
