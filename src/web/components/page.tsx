/** One page of an application, and the parts of it. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { service } from "../shared/service.ts";

let pagesShown = 0;

interface PageProps {
  title: string;
  /** One sentence below the title. */
  lead?: string;
  /** Buttons beside the title. */
  actions?: ComponentChildren;
  children: ComponentChildren;
}

/** Names the document, and moves the focus to its headline when the reader has come from another page. */
export function Page({ title, lead, actions, children }: PageProps) {
  const headline = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (pagesShown++ > 0) headline.current?.focus();
  }, []);
  useEffect(() => {
    document.title = `${title} – ${service.product}`;
  }, [title]);
  return (
    <div class="page">
      <header class="spread">
        <div>
          <h1 ref={headline} tabIndex={-1}>
            {title}
          </h1>
          {lead && <p class="soft">{lead}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

interface CardProps {
  title: string;
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  children?: ComponentChildren;
}

export function Card({ title, lead, actions, children }: CardProps) {
  const id = useId();
  return (
    <section class="card" aria-labelledby={id}>
      <header class="spread">
        <div>
          <h2 id={id}>{title}</h2>
          {lead && <p class="soft small">{lead}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}

/** Names and values, one below the other. */
export function Facts({ facts }: { facts: [name: string, value: ComponentChildren][] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export type Tone = "good" | "warn" | "bad" | "quiet";

export function Badge({ tone = "quiet", children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export function Message({ tone = "quiet", children }: { tone?: Tone; children: ComponentChildren }) {
  return <p class={`message ${tone}`}>{children}</p>;
}
