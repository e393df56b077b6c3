/** Around every page of the sign-in: the name of the service, language and theme, and a coloured field. */
import { common } from "../shared/common.ts";
import { chooseLanguage, chooseTheme, themeNow } from "../shared/preferences.ts";
import type { Service } from "../shared/service.ts";
import { locale } from "../shared/texts.ts";
import { element } from "./element.ts";

export function frame({ product, logo }: Service): HTMLElement[] {
  const brand = element(
    "a",
    { class: "brand", href: "/sign-in" },
    ...(logo
      ? [element("img", { src: logo, alt: product })]
      : [element("span", { class: "mark", "aria-hidden": "true" }, [...product][0]), product]),
  );
  const other = locale === "fr" ? "en" : "fr";
  const language = element(
    "button",
    { class: "plain", lang: other, onclick: () => chooseLanguage(other) },
    common.language,
  );
  const themeText = () => (themeNow() === "dark" ? common.light : common.dark);
  const theme = element(
    "button",
    {
      class: "plain",
      onclick: () => {
        chooseTheme(themeNow() === "dark" ? "light" : "dark");
        theme.textContent = themeText();
      },
    },
    themeText(),
  );
  return [
    element("header", { class: "top" }, brand),
    element("main"),
    element("footer", { class: "bottom" }, element("div", { class: "switches" }, language, theme)),
    element("div", { class: "art", "aria-hidden": "true" }),
  ];
}
