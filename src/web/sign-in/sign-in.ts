/** The password or a passkey, and where the account asks for it the second step. */
import type { Schemas } from "../../client/index.ts";
import { client } from "../shared/client.ts";
import { isRefusal } from "../shared/refusal.ts";
import { noteSession } from "../shared/known.ts";
import { returnAddress } from "../shared/return-to.ts";
import { service } from "../shared/service.ts";
import { element } from "./element.ts";
import { address, field, form } from "./form.ts";
import { askForCode } from "./mailed-code.ts";
import { elsewhere, show, type Panel } from "./panel.ts";
import { fillInPasskeys, passkeyButton } from "./passkey.ts";
import { secondStep } from "./second-step.ts";
import { say } from "./texts.ts";

/** @param notice why the reader is here again. */
export function signIn(notice?: string): Panel {
  const waiting = new AbortController();
  const others = element(
    "div",
    { class: "others" },
    service.emailCode && element("button", { onclick: () => show(askForCode(ways, emailTyped())) }, say.byMailedCode),
    ...service.providers.map(providerLink),
  );
  void passkeyButton(finish).then((button) => button && others.prepend(button));
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
          address(new URLSearchParams(location.search).get("login_hint") ?? ""),
          field({
            name: "password",
            label: say.password,
            input: { type: "password", autocomplete: "current-password", maxlength: "1024" },
          }),
        ],
        send: async ({ email = "", password = "" }) => {
          const answer = await client.login({ email, password });
          waiting.abort();
          await goOn(answer, finishOrOffer);
        },
      }),
      others,
      forgotten,
      elsewhere(say.noAccount, say.createOne, "/register"),
    ],
  };
}

/** To the other service, and back here to go on. */
function providerLink({ id, name }: { id: string; name: string }): HTMLElement {
  const address = client.login.addressOf(id, { returnTo: `${location.origin}/sign-in${location.search}` });
  return element("a", { class: "button", href: address }, say.byProvider(name));
}

/** After another service: goes on where it left off. Undefined where nobody comes from one. */
export function comeBack(): Panel | undefined {
  const { challenge, error, signedIn } = client.login.returned(location.hash) ?? {};
  if (!challenge && !error && !signedIn) return undefined;
  history.replaceState(null, "", location.pathname + location.search);
  if (signedIn) void finish();
  return challenge ? secondStep(challenge, stepWays()) : signIn(error && say.providerErrors(error));
}

/** What was typed into the panel that is left. */
const emailTyped = () => document.querySelector<HTMLInputElement>("#email")?.value;

/** To the end, or to the second step. */
async function goOn(answer: Schemas["LoginAnswer"], last = finish): Promise<void> {
  if (!("twoFactorRequired" in answer)) return last();
  show(secondStep(answer, stepWays(last)));
}

const stepWays = (last = finish) => ({
  finish: last,
  restart: () => show(signIn(say.expired)),
  back: () => show(signIn()),
});

export const ways = { goOn: (answer: Schemas["LoginAnswer"]) => goOn(answer), back: () => show(signIn()) };

async function finishOrOffer(): Promise<void> {
  const found = await import("./offer.ts").catch(() => undefined);
  if (!(await found?.offerPasskey(finish))) await finish();
}

/** The page stays as it is until the next one is there. */
export function finish(): Promise<void> {
  noteSession(true);
  location.assign(returnAddress());
  return new Promise(() => {});
}

export const isOver = (error: unknown) => isRefusal(error) && error.code === "invalid_two_factor_token";
