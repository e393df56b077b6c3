/** Tabs of one page: arrows move between them, Tab goes into the one that is open. */
import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";

export interface Tab {
  name: string;
  title: string;
  show: () => ComponentChildren;
}

export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  const [open, setOpen] = useState(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const go = (to: number) => {
    const at = (to + tabs.length) % tabs.length;
    setOpen(at);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[at]?.focus();
  };
  const keys: Record<string, () => void> = {
    ArrowRight: () => go(open + 1),
    ArrowLeft: () => go(open - 1),
    Home: () => go(0),
    End: () => go(tabs.length - 1),
  };
  return (
    <div class="tabs">
      <div
        ref={list}
        role="tablist"
        aria-label={label}
        onKeyDown={(event) => {
          const act = keys[event.key];
          if (!act) return;
          event.preventDefault();
          act();
        }}
      >
        {tabs.map(({ name, title }, at) => (
          <button
            key={name}
            id={`${id}-${name}`}
            role="tab"
            class="tab"
            aria-selected={at === open}
            aria-controls={`${id}-panel`}
            tabIndex={at === open ? 0 : -1}
            onClick={() => setOpen(at)}
          >
            {title}
          </button>
        ))}
      </div>
      <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${tabs[open]!.name}`} tabIndex={0}>
        {tabs[open]!.show()}
      </div>
    </div>
  );
}
