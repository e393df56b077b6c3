/** A user agent in words that its owner recognises: "Firefox on Linux". */
import UAParser from "my-ua-parser";

export interface DeviceName {
  browser: string | null;
  os: string | null;
  /** `desktop`, `mobile`, `tablet`, …; null for what is no browser. */
  type: string | null;
}

export function nameDevice(userAgent: string | null): DeviceName {
  const { browser, os, device } = new UAParser(userAgent ?? "").getResult();
  const type = device.type ?? (browser.name && os.name ? "desktop" : null);
  return { browser: browser.name ?? null, os: os.name ?? null, type };
}

/** One line for a mail or a list. Nothing of a name that is not known: the header is a stranger's to write. */
export function describeDevice(userAgent: string | null): string | null {
  const { browser, os } = nameDevice(userAgent);
  const words = [browser, os].filter((word) => word !== null);
  return words.length > 0 ? words.join(" / ") : null;
}
