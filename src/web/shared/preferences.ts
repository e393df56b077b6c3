/** Language and theme as the reader chose them, in cookies that the service reads before the first paint. */
import type { Locale } from "../../errors.ts";

export type Theme = "light" | "dark";

const YEAR_SECONDS = 31_536_000;

function keep(name: string, value: string): void {
  document.cookie = `${name}=${value}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax`;
}

/** The document is made again in that language. */
export function chooseLanguage(language: Locale): void {
  keep("language", language);
  location.reload();
}

export function themeNow(): Theme {
  const chosen = chosenTheme();
  if (chosen) return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** The one that the reader chose; undefined: as the device has it. */
export function chosenTheme(): Theme | undefined {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : undefined;
}

/** @param theme empty: as the device has it. */
export function chooseTheme(theme: Theme | ""): void {
  document.documentElement.dataset["theme"] = theme;
  keep("theme", theme);
}
