/**
 * Texts in the language of the document, by the same catalogue as the service's own: each is written in every language
 * side by side, and one that lacks a language doesn't compile.
 */
import type { Locale, Text } from "../../errors.ts";

export const locale: Locale = document.documentElement.lang === "en" ? "en" : "fr";

/** A text, or one that is made of what it is about. */
type Entry = Text | Record<Locale, (...about: never[]) => string>;
export type Texts = Record<string, Entry>;

/** `const say = inLanguage({ hello: { fr: "Bonjour", en: "Hello" } })`, then `say.hello`. */
export function inLanguage<T extends Texts>(texts: T): { [Name in keyof T]: T[Name]["en"] } {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text[locale]])) as never;
}

/** "one" or "other", as the language counts. */
const plural = new Intl.PluralRules(locale);
export const isOne = (count: number): boolean => plural.select(count) === "one";

/** As the reader's country writes dates, where the page is in its language. */
const region = navigator.language.startsWith(locale) ? navigator.language : locale;
const dates = new Intl.DateTimeFormat(region, { dateStyle: "medium", timeStyle: "short" });
const days = new Intl.DateTimeFormat(region, { dateStyle: "long" });
const numbers = new Intl.NumberFormat(locale);
export const showTime = (time: string | Date): string => dates.format(new Date(time));
export const showDay = (time: string | Date): string => days.format(new Date(time));
export const showNumber = (count: number): string => numbers.format(count);

/** "45 seconds", "3 minutes". */
export function showWait(seconds: number): string {
  const [unit, length] = seconds < 90 ? ["second", 1] : seconds < 5400 ? ["minute", 60] : ["hour", 3600];
  const show = new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" });
  return show.format(Math.ceil(seconds / length));
}
