/** The second step: a code from the authenticator, by mail, or one of the recovery codes. */
import type { Schemas } from "../../client/index.ts";
import { client } from "../shared/client.ts";
import { isRefusal } from "../shared/refusal.ts";
import { element } from "./element.ts";
import { field, form } from "./form.ts";
import { show, type Panel } from "./panel.ts";
import { say } from "./texts.ts";

type Challenge = Schemas["Challenge"];
type Method = "totp" | "email" | "recovery_code";

interface Ways {
  finish: () => Promise<void>;
  /** The challenge is over. */
  restart: () => void;
  back: () => void;
}

const METHODS: Record<Method, { label: string; hint: string; choose: string; input: Record<string, string> }> = {
  totp: {
    label: say.totp,
    hint: say.totpHint,
    choose: say.byTotp,
    input: { inputmode: "numeric", autocomplete: "one-time-code", maxlength: "10", class: "code" },
  },
  email: {
    label: say.emailed,
    hint: say.emailedHint,
    choose: say.byEmail,
    input: { inputmode: "numeric", autocomplete: "one-time-code", maxlength: "10", class: "code" },
  },
  recovery_code: {
    label: say.recovery,
    hint: say.recoveryHint,
    choose: say.byRecovery,
    input: { autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: "40" },
  },
};

/** @param method the strongest that the account offers, if none is chosen. */
export function secondStep(challenge: Challenge, ways: Ways, method = challenge.methods[0] as Method): Panel {
  const { twoFactorToken } = challenge;
  const { label, hint, input } = METHODS[method];
  const others = challenge.methods.filter((each): each is Method => each !== method && each in METHODS);
  const outcome = element("p", { class: "small soft", role: "status" });

  async function sendCode(said = ""): Promise<void> {
    try {
      await client.login.sendCode(twoFactorToken);
      outcome.textContent = said;
    } catch (error) {
      if (isRefusal(error) && error.code === "invalid_two_factor_token") return ways.restart();
      outcome.textContent = isRefusal(error) ? error.message : "";
    }
  }

  const choose = (other: Method) => show(secondStep(challenge, ways, other));

  if (method === "email") void sendCode();
  const code = field({ name: "code", label, hint, input });
  return {
    title: say.secondStep,
    content: [
      form({
        submit: say.check,
        fields: [code],
        send: async ({ code = "" }) => {
          try {
            await client.login.secondFactor({ twoFactorToken, method, code: code.trim() });
          } catch (error) {
            if (isRefusal(error) && error.code === "invalid_two_factor_token") return ways.restart();
            throw error;
          }
          await ways.finish();
        },
      }),
      outcome,
      element(
        "div",
        { class: "or" },
        method === "email" &&
          element("button", { class: "plain", onclick: () => void sendCode(say.sentAgain) }, say.again),
        ...others.map((other) =>
          element("button", { class: "plain", onclick: () => choose(other) }, METHODS[other].choose),
        ),
        element("button", { class: "plain", onclick: ways.back }, say.back),
      ),
    ],
  };
}
