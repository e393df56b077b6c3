/** The second step: a passkey, a code from the authenticator or by mail, or one of the recovery codes. */
import type { Schemas } from "../../client/index.ts";
import { client } from "../shared/client.ts";
import { isRefusal } from "../shared/refusal.ts";
import { element } from "./element.ts";
import { field, form } from "./form.ts";
import { unlessAborted } from "./passkey.ts";
import { show, type Panel } from "./panel.ts";
import { say } from "./texts.ts";

type Challenge = Schemas["Challenge"];
type Method = Challenge["methods"][number];

interface Ways {
  finish: () => Promise<void>;
  /** The challenge is over. */
  restart: () => void;
  back: () => void;
}

type Coded = Exclude<Method, "passkey">;

/** Those that are answered by a code. */
const METHODS: Record<Coded, { label: string; hint: string; choose: string; input: Record<string, string> }> = {
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

/** The service may be newer than the page. */
const isKnown = (method: string): method is Method => method === "passkey" || method in METHODS;
const choiceOf = (method: Method) => (method === "passkey" ? say.byPasskey : METHODS[method].choose);

/** @param method the strongest that the account offers, if none is chosen. */
export function secondStep(
  challenge: Challenge,
  ways: Ways,
  method: Method = challenge.methods.find(isKnown) ?? "recovery_code",
): Panel {
  const known: Method[] = challenge.methods.filter(isKnown);
  const others = known
    .filter((each) => each !== method)
    .map((other) =>
      element("button", { class: "plain", onclick: () => show(secondStep(challenge, ways, other)) }, choiceOf(other)),
    );
  return method === "passkey" ? byPasskey(challenge, ways, others) : byCode(challenge, ways, method, others);
}

/** What the service answers, passed on: a challenge that is over starts the login again. */
async function complete(answer: Parameters<typeof client.login.secondFactor>[0], ways: Ways): Promise<void> {
  try {
    await client.login.secondFactor(answer);
  } catch (error) {
    if (isRefusal(error) && error.code === "invalid_two_factor_token") return ways.restart();
    throw error;
  }
  await ways.finish();
}

function byPasskey({ twoFactorToken, challenges }: Challenge, ways: Ways, others: HTMLElement[]): Panel {
  return {
    title: say.secondStep,
    content: [
      form({
        submit: say.usePasskey,
        fields: [element("p", { class: "soft" }, say.passkeyHint)],
        send: async () => {
          const credential = await unlessAborted(client.passkeys.answer(challenges!.passkey!));
          if (credential) await complete({ twoFactorToken, method: "passkey", credential }, ways);
        },
      }),
      element("div", { class: "or" }, ...others, element("button", { class: "plain", onclick: ways.back }, say.back)),
    ],
  };
}

function byCode({ twoFactorToken }: Challenge, ways: Ways, method: Coded, others: HTMLElement[]): Panel {
  const { label, hint, input } = METHODS[method];
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

  if (method === "email") void sendCode();
  const code = field({ name: "code", label, hint, input });
  return {
    title: say.secondStep,
    content: [
      form({
        submit: say.check,
        fields: [code],
        send: ({ code = "" }) => complete({ twoFactorToken, method, code: code.trim() }, ways),
      }),
      outcome,
      element(
        "div",
        { class: "or" },
        method === "email" &&
          element("button", { class: "plain", onclick: () => void sendCode(say.sentAgain) }, say.again),
        ...others,
        element("button", { class: "plain", onclick: ways.back }, say.back),
      ),
    ],
  };
}
