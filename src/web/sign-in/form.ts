/** Forms of the sign-in: fields with hint and error, one button, and what was refused where the reader is looking. */
import { common } from "../shared/common.ts";
import { describeRefusal, fieldErrorsOf, isRefusal } from "../shared/refusal.ts";
import { showWait } from "../shared/texts.ts";
import { element, type Child } from "./element.ts";
import { say } from "./texts.ts";

interface FieldOptions {
  name: string;
  label: string;
  hint?: string;
  /** Beside the label. */
  beside?: Child;
  input?: Record<string, string | boolean | undefined>;
}

export function field({ name, label, hint, beside, input = {} }: FieldOptions): HTMLElement {
  const described = [hint && `${name}-hint`, `${name}-error`].filter(Boolean).join(" ");
  const control = element("input", { id: name, name, required: true, "aria-describedby": described, ...input });
  const title = element("label", { for: name }, label);
  return element(
    "div",
    { class: "field" },
    beside ? element("div", { class: "beside" }, title, beside) : title,
    input["type"] === "password" ? reveal(control) : control,
    hint && element("p", { class: "hint", id: `${name}-hint` }, hint),
    element("p", { class: "error", id: `${name}-error`, hidden: true }),
  );
}

/** A password that its owner may look at. */
function reveal(control: HTMLInputElement): HTMLElement {
  const button = element(
    "button",
    {
      type: "button",
      class: "plain",
      "aria-label": common.showPassword,
      "aria-pressed": "false",
      onclick: () => {
        const shown = control.type === "password";
        control.type = shown ? "text" : "password";
        button.setAttribute("aria-pressed", String(shown));
        button.textContent = shown ? common.hide : common.show;
      },
    },
    common.show,
  );
  return element("div", { class: "reveal" }, control, button);
}

export const address = (value = "") =>
  field({
    name: "email",
    label: say.email,
    input: {
      type: "email",
      value,
      // Where a browser offers its passkeys, too.
      autocomplete: "username webauthn",
      autocapitalize: "none",
      spellcheck: "false",
      maxlength: "254",
    },
  });

interface FormOptions {
  submit: string;
  /** Another way than the one that the page is for. */
  secondary?: boolean;
  fields: Child[];
  /** Throws what the API refused. */
  send: (values: Record<string, string>) => Promise<void>;
}

export function form({ submit, secondary, fields, send }: FormOptions): HTMLFormElement {
  const live = element("div", { role: "alert" });
  const button = element("button", { class: secondary ? "" : "primary" }, submit);
  let waiting: ReturnType<typeof setInterval> | undefined;

  const made = element(
    "form",
    {
      onsubmit: (event: Event) => {
        event.preventDefault();
        if (button.getAttribute("aria-disabled") !== "true") void run();
      },
    },
    ...fields,
    live,
    button,
  );

  const controls = () => [...made.querySelectorAll("input")];
  const setBusy = (busy: boolean, disabled = busy) => {
    button.setAttribute("aria-busy", String(busy));
    button.setAttribute("aria-disabled", String(disabled));
  };

  function showErrors(errors: Record<string, string>): void {
    for (const control of controls()) {
      const line = made.querySelector<HTMLElement>(`#${control.id}-error`);
      const error = errors[control.name];
      if (line) {
        line.textContent = error ?? "";
        line.hidden = !error;
      }
      if (error) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    }
    made.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }

  const tell = (text: string, tone = "bad") =>
    live.replaceChildren(...(text ? [element("p", { class: `message ${tone}` }, text)] : []));

  /** Read out once; then only shown, as it counts down. */
  function waitFor(seconds: number): void {
    const end = Date.now() + seconds * 1000;
    const count = () => {
      const left = Math.ceil((end - Date.now()) / 1000);
      if (left > 0 && made.isConnected) {
        live.firstChild!.textContent = say.wait(showWait(left));
        return;
      }
      clearInterval(waiting);
      tell("");
      setBusy(false);
    };
    tell(say.wait(showWait(seconds)), "warn");
    live.firstElementChild!.setAttribute("aria-live", "off");
    waiting = setInterval(count, 1000);
    setBusy(false, true);
  }

  async function run(): Promise<void> {
    setBusy(true);
    tell("");
    showErrors({});
    try {
      await send(Object.fromEntries(controls().map(({ name, value }) => [name, value])));
      setBusy(false);
    } catch (error) {
      setBusy(false);
      if (isRefusal(error) && error.status === 429 && error.retryAfterSeconds) return waitFor(error.retryAfterSeconds);
      const named = fieldErrorsOf(
        error,
        controls().map(({ name }) => name),
      );
      showErrors(named);
      if (Object.keys(named).length === 0) {
        tell(describeRefusal(error));
        // What was typed is probably wrong: the last field is the secret one.
        if (isRefusal(error) && error.status === 401) controls().at(-1)?.select();
      }
    }
  }

  return made;
}
