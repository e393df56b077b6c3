/** A device and a place as people know them. */
import type { Schemas } from "../../client/index.ts";
import { nameCountry } from "../shared/countries.ts";
import { sayOfActivity as say } from "./activity-texts.ts";

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
