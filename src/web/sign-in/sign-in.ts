/** The password or a passkey, and where the account asks for it the second step. */
import { client } from "../shared/client.ts";
import { isRefusal } from "../shared/refusal.ts";
import { returnAddress } from "../shared/return-to.ts";
import { element } from "./element.ts";
import { address, field, form } from "./form.ts";
import { elsewhere, show, type Panel } from "./panel.ts";
import { fillInPasskeys, passkeyButton } from "./passkey.ts";
import { secondStep } from "./second-step.ts";
import { say } from "./texts.ts";

/** @param notice why the reader is here again. */
export function signIn(notice?: string): Panel {
  const waiting = new AbortController();
  const others = element("div", { class: "others" });
  void passkeyButton(finish).then((button) => button && others.append(button));
  void fillInPasskeys(waiting.signal, { finish, refused: (why) => show(signIn(why)) });
  const forgotten = element("a", { class: "small", href: "/forgot-password" }, say.forgotten);
  return {
    title: say.signIn,
    lead: say.signInLead,
    content: [
      notice && element("p", { class: "message warn", role: "status" }, notice),
      form({
        submit: say.enter,
        fields: [
          address(),
          field({
            name: "password",
            label: say.password,
            input: { type: "password", autocomplete: "current-password", maxlength: "1024" },
          }),
        ],
        send: async ({ email = "", password = "" }) => {
          const answer = await client.login({ email, password });
          waiting.abort();
          if (!("twoFactorRequired" in answer)) return finish();
          show(secondStep(answer, { finish, restart: () => show(signIn(say.expired)), back: () => show(signIn()) }));
        },
      }),
      others,
      forgotten,
      elsewhere(say.noAccount, say.createOne, "/register"),
    ],
  };
}

/** The page stays as it is until the next one is there. */
export function finish(): Promise<void> {
  location.assign(returnAddress());
  return new Promise(() => {});
}

export const isOver = (error: unknown) => isRefusal(error) && error.code === "invalid_two_factor_token";
