/** The language and the theme that somebody chose on a page: in two cookies, so that the first paint is right already. */
import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import type { Locale } from "../errors.ts";
import { localeOf } from "../http/locale.ts";

/** The chosen one; else as the browser asks. */
export function preferredLocale(c: Context): Locale {
  const chosen = getCookie(c, "language");
  return chosen === "fr" || chosen === "en" ? chosen : localeOf(c);
}

/** Empty: as the system has it. */
export function preferredTheme(c: Context): "light" | "dark" | "" {
  const chosen = getCookie(c, "theme");
  return chosen === "light" || chosen === "dark" ? chosen : "";
}
