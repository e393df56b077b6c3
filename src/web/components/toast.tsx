/** A line that says what has just been done; read out, and gone after a while. */
import { signal } from "@preact/signals";
import { say } from "./texts.ts";

const SHOWN_MILLISECONDS = 6000;
const toasts = signal<{ id: number; text: string; tone: "good" | "bad" }[]>([]);
let last = 0;

export function toast(text: string, tone: "good" | "bad" = "good"): void {
  const id = ++last;
  toasts.value = [...toasts.value, { id, text, tone }];
  setTimeout(() => dismiss(id), SHOWN_MILLISECONDS);
}

const dismiss = (id: number) => (toasts.value = toasts.value.filter((each) => each.id !== id));

/** Once in a page: a live region must be there before its text. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-label={say.notifications}>
      {toasts.value.map(({ id, text, tone }) => (
        <p key={id} class={`toast ${tone}`}>
          <span>{text}</span>
          <button class="plain icon" aria-label={say.close} onClick={() => dismiss(id)}>
            ✕
          </button>
        </p>
      ))}
    </div>
  );
}
