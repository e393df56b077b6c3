/** A dialog over the page: the browser's own, which keeps the focus inside and gives it back. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Form } from "./form.tsx";
import { say } from "./texts.ts";

interface DialogProps {
  title: string;
  /** Also by Escape and by a click beside it. */
  onClose: () => void;
  children: ComponentChildren;
}

/** Open while it is rendered. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const headline = useRef<HTMLHeadingElement>(null);
  const cross = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    // The browser takes the first control; the cross to close it is not what a dialog is about.
    if (document.activeElement === cross.current) headline.current?.focus();
    return () => before?.focus();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => event.target === dialog.current && onClose()}
    >
      <div class="stack">
        <header class="spread">
          <h2 ref={headline} id={id} tabIndex={-1}>
            {title}
          </h2>
          <button ref={cross} class="plain icon" aria-label={say.close} onClick={onClose}>
            ✕
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  /** The button that does it. */
  act: string;
  danger?: boolean;
  /** Throws what the API refused. */
  confirm: (values: Record<string, string>) => Promise<void>;
  onClose: () => void;
  /** What it means; fields, if it takes any. */
  children?: ComponentChildren;
}

/** Asks before an act. Closes once it is done; a refusal stays in it. */
export function Confirm({ title, act, danger, confirm, onClose, children }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <Form
        submit={act}
        danger={danger ?? false}
        send={confirm}
        done={onClose}
        beside={
          <button type="button" onClick={onClose}>
            {say.cancel}
          </button>
        }
      >
        {children}
      </Form>
    </Dialog>
  );
}
