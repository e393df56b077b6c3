/** A button that opens a few acts: arrows move between them, Escape closes. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";

export interface MenuItem {
  text: string;
  act: () => void;
  danger?: boolean;
}

interface MenuProps {
  /** What the button is called, if its content doesn't say it. */
  label?: string;
  items: MenuItem[];
  /** The button's content. */
  children: ComponentChildren;
  class?: string;
}

export function Menu({ label, items, children, class: look }: MenuProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const entries = () => [...(box.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  useEffect(() => {
    if (!open) return undefined;
    entries()[0]?.focus();
    const outside = (event: Event) => box.current?.contains(event.target as Node) || setOpen(false);
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);

  function onKey(event: KeyboardEvent) {
    if (!open) return;
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Escape") close();
    else if (event.key === "Tab") return setOpen(false);
    else if (to !== undefined) all.at(to % all.length)?.focus();
    else return;
    event.preventDefault();
  }

  return (
    <div ref={box} class="menu" onKeyDown={onKey}>
      <button
        ref={button}
        class={look}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {children}
      </button>
      <div id={id} role="menu" hidden={!open}>
        {items.map(({ text, act, danger }) => (
          <button
            key={text}
            role="menuitem"
            tabIndex={-1}
            class={danger ? "risky" : undefined}
            onClick={() => {
              close();
              act();
            }}
          >
            {text}
          </button>
        ))}
      </div>
    </div>
  );
}
