/**
 * A form that sends itself once, shows what was refused at the field it is about, and moves the focus there. What is
 * about no field stands above the buttons, and is read out.
 */
import { createContext, type ComponentChildren } from "preact";
import { useContext, useRef, useState } from "preact/hooks";
import { describeRefusal, fieldErrorsOf } from "../shared/refusal.ts";

const FieldErrors = createContext<Record<string, string>>({});
export const useFieldError = (name: string): string | undefined => useContext(FieldErrors)[name];

interface FormProps {
  /** The button's text. */
  submit: string;
  /** Throws what the API refused. */
  send: (values: Record<string, string>, form: HTMLFormElement) => Promise<void>;
  /** After `send`. */
  done?: () => void;
  /** Beside the button. */
  beside?: ComponentChildren;
  danger?: boolean;
  children?: ComponentChildren;
}

export function Form({ submit, send, done, beside, danger, children }: FormProps) {
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [refusal, setRefusal] = useState("");
  const form = useRef<HTMLFormElement>(null);

  async function run(event: Event) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setErrors({});
    setRefusal("");
    try {
      await send(valuesOf(form.current!), form.current!);
      done?.();
    } catch (error) {
      const named = fieldErrorsOf(
        error,
        [...form.current!.elements].map((control) => (control as HTMLInputElement).name),
      );
      setErrors(named);
      if (Object.keys(named).length === 0) setRefusal(describeRefusal(error));
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
    } finally {
      setBusy(false);
    }
  }

  return (
    <FieldErrors.Provider value={errors}>
      <form ref={form} onSubmit={(event) => void run(event)}>
        {children}
        <div class="live" role="alert">
          {refusal && <p class="message bad">{refusal}</p>}
        </div>
        <div class="actions">
          <button class={danger ? "danger" : "primary"} aria-busy={busy} aria-disabled={busy}>
            {submit}
          </button>
          {beside}
        </div>
      </form>
    </FieldErrors.Provider>
  );
}

/** By name; a box that isn't ticked is missing. */
function valuesOf(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries(
    [...new FormData(form)].filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
