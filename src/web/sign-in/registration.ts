/** A new account: signed in at once, or after the link that was mailed. */
import { client } from "../shared/client.ts";
import { service } from "../shared/service.ts";
import { element } from "./element.ts";
import { address, field, form } from "./form.ts";
import { elsewhere, show, type Panel } from "./panel.ts";
import { finish } from "./sign-in.ts";
import { say } from "./texts.ts";

export function registration(): Panel {
  return {
    title: say.register,
    lead: say.registerLead,
    content: [
      form({
        submit: say.create,
        fields: [
          element(
            "div",
            { class: "row" },
            field({ name: "prenom", label: say.firstName, input: { autocomplete: "given-name", maxlength: "100" } }),
            field({ name: "nom", label: say.lastName, input: { autocomplete: "family-name", maxlength: "100" } }),
          ),
          address(),
          field({
            name: "password",
            label: say.password,
            hint: say.passwordHint(service.passwordMinLength),
            input: { type: "password", autocomplete: "new-password", maxlength: "1024" },
          }),
        ],
        send: async ({ prenom = "", nom = "", email = "", password = "" }) => {
          const answer = await client.register({ prenom, nom, email, password });
          if ("token" in answer) return finish();
          show(mailbox(email));
        },
      }),
      elsewhere(say.haveAccount, say.enter, "/sign-in"),
    ],
  };
}

/** The same for every address: whoever asks doesn't learn whether it has an account. */
function mailbox(email: string): Panel {
  return {
    title: say.mailbox,
    lead: say.mailboxLead(email),
    content: [
      element("p", { class: "small soft" }, say.nothingCame),
      element("p", { class: "small" }, element("a", { href: "/resend-verification" }, say.newLink)),
      element("p", { class: "small" }, element("a", { href: "/sign-in" }, say.back)),
    ],
  };
}
