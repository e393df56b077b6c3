/** What stands in the middle of the page: a headline, what it says, and a form. */
import { service } from "../shared/service.ts";
import { element, type Child } from "./element.ts";

export interface Panel {
  title: string;
  lead?: string;
  content: Child[];
}

let shown = 0;

/** Takes the place of the one before, and the focus: to the headline, or to the first field of the first panel. */
export function show({ title, lead, content }: Panel): void {
  const headline = element("h1", { tabindex: "-1" }, title);
  const header = element("header", {}, headline, lead && element("p", { class: "soft" }, lead));
  const panel = element("div", { class: "panel" }, header, ...content);
  document.querySelector("main")!.replaceChildren(panel);
  document.title = `${title} – ${service.product}`;
  if (shown++ > 0) headline.focus();
}

/** A question and the page that answers it. */
export const elsewhere = (question: string, text: string, href: string): HTMLElement =>
  element("p", { class: "small soft" }, `${question} `, element("a", { href: href + location.search }, text));
