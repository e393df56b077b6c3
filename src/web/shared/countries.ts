/** Countries by their names in the language of the page. */
import { locale } from "./texts.ts";

const countries = new Intl.DisplayNames(locale, { type: "region", fallback: "code" });

/** Networks without a country have codes that are none, such as T1 for Tor. */
export function nameCountry(code: string): string {
  try {
    return countries.of(code) ?? code;
  } catch {
    return code;
  }
}
