/** A button for an act without a form: busy while it runs, and a refusal is said in a toast. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { describeRefusal, isRefusal } from "../shared/refusal.ts";
import { toast } from "./toast.tsx";

interface ActProps {
  act: () => Promise<unknown>;
  class?: string;
  /** What it is called, where its text says too little outside its place. */
  label?: string;
  children: ComponentChildren;
}

export function Act({ act, class: look = "", label, children }: ActProps) {
  const [busy, setBusy] = useState(false);
  async function run() {
    if (busy) return;
    setBusy(true);
    try {
      await act();
    } catch (error) {
      // Who has closed the question has changed their mind.
      if (!isRefusal(error) || error.code !== "reauthentication_required") toast(describeRefusal(error), "bad");
    } finally {
      setBusy(false);
    }
  }
  return (
    <button
      type="button"
      class={look}
      aria-label={label}
      aria-busy={busy}
      aria-disabled={busy}
      onClick={() => void run()}
    >
      {children}
    </button>
  );
}
