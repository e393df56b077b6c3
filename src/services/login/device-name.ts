/** Describes a user agent in words that its owner recognises: "Firefox, Linux". */
import { parseUserAgent } from "detect-browser";

export interface DeviceName {
  browser: string | null;
  os: string | null;
  /** `desktop` or `mobile`; null if it is not a browser. */
  type: "desktop" | "mobile" | null;
}

/** Browsers that people know under another name than the library's; other names are capitalised. */
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

/** One line for a mail or a list. Contains no unknown names: a stranger can write the header. */
export function describeDevice(userAgent: string | null): string | null {
  const { browser, os } = nameDevice(userAgent);
  const words = [browser, os].filter((word) => word !== null);
  return words.length > 0 ? words.join(", ") : null;
}
