/** What a `User-Agent` means to a person: the browser and the system. */
import { nameCountry } from "../shared/countries.ts";
import { say } from "./accounts-texts.ts";

/** The first that fits: Edge also calls itself Chrome, and Chrome calls itself Safari. */
const BROWSERS = [
  [/Edg(?:e|A|iOS)?\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\/|FxiOS/, "Firefox"],
  [/Chrome\/|CriOS/, "Chrome"],
  [/Safari\//, "Safari"],
  [/^curl\//, "curl"],
] as const;
const SYSTEMS = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
] as const;

export function describeDevice(userAgent: string | null): string {
  const find = (known: readonly (readonly [RegExp, string])[]) =>
    known.find(([sign]) => sign.test(userAgent ?? ""))?.[1];
  const parts = [find(BROWSERS), find(SYSTEMS)].filter(Boolean);
  return parts.join(", ") || say.unknownDevice;
}

export const describePlace = (place: {
  city: string | null;
  country: string | null;
  ipAddress: string | null;
}): string =>
  [place.city, place.country && nameCountry(place.country)].filter(Boolean).join(", ") || place.ipAddress || "–";
