/** Signing in with a code by mail: asking for it, typing it, and the page that its link opens. */
import type { Schemas } from "../../client/index.ts";
import { client } from "../shared/client.ts";
import { isRefusal } from "../shared/refusal.ts";
import { element } from "./element.ts";
import { address, field, form } from "./form.ts";
import { show, type Panel } from "./panel.ts";
import { say } from "./texts.ts";

export interface Ways {
  /** With what the service answers to the code. */
  goOn: (answer: Schemas["LoginAnswer"]) => Promise<void>;
  back: () => void;
}

const backTo = ({ back }: Ways) => element("button", { class: "plain", onclick: back }, say.back);

export function askForCode(ways: Ways, typed = ""): Panel {
  return {
    title: say.askForCode,
    lead: say.askForCodeLead,
    content: [
      form({
        submit: say.sendCode,
        fields: [address(typed)],
        send: async ({ email = "" }) => {
          await client.login.requestCode({ email });
          show(typeCode(ways, email));
        },
      }),
      element("div", { class: "or" }, backTo(ways)),
    ],
  };
}

function typeCode(ways: Ways, email: string): Panel {
  const code = field({
    name: "code",
    label: say.emailed,
    input: { inputmode: "numeric", autocomplete: "one-time-code", maxlength: "10", class: "code" },
  });
  const again = element("button", { class: "plain", onclick: () => show(askForCode(ways, email)) }, say.again);
  return {
    title: say.mailbox,
    lead: say.codeSentLead(email),
    content: [
      form({
        submit: say.enter,
        fields: [code],
        send: async ({ code = "" }) => ways.goOn(await client.login.withCode(code.trim())),
      }),
      element("div", { class: "or" }, again, backTo(ways)),
    ],
  };
}

/**
 * Signs in if this is the browser that asked. In any other, a scanner's or that of somebody the mail was forwarded to,
 * the link shows the code and does nothing. Undefined without a code.
 */
export function openMailedCode(ways: Ways): Panel | undefined {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  // Not for the history, and not for whoever looks at the screen later.
  history.replaceState(null, "", location.pathname);
  if (!code || !/^\d{6}$/.test(code)) return undefined;
  void client.login
    .withCode(code)
    .then(ways.goOn)
    .catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
    });
  return {
    title: say.mailedCode,
    lead: say.mailedCodeLead,
    content: [element("p", { class: "mailed-code" }, code), element("div", { class: "or" }, backTo(ways))],
  };
}
