/** A device and a place as people know them. */
import type { Schemas } from "../../client/index.ts";
import { locale } from "../shared/texts.ts";
import { sayOfActivity as say } from "./activity-texts.ts";

const countries = new Intl.DisplayNames(locale, { type: "region", fallback: "code" });

export function describeDevice({ browser, os }: Schemas["Device"]): string {
  return browser && os ? say.browserOn(browser, os) : (browser ?? os ?? say.unknownDevice);
}

interface Place {
  city: string | null;
  country: string | null;
  ipAddress?: string | null;
}

export function describePlace({ city, country, ipAddress }: Place): string {
  const where = [city, country && nameCountry(country)].filter((part) => !!part).join(", ") || say.unknownPlace;
  return ipAddress ? `${where} (${ipAddress})` : where;
}

/** Networks without a country have codes that are none, such as T1 for Tor. */
function nameCountry(code: string): string {
  try {
    return countries.of(code) ?? code;
  } catch {
    return code;
  }
}
