/** A list of things with what can be done to each: devices, factors, messages. */
import type { ComponentChildren } from "preact";

export function Items({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <ul class="items" aria-label={label}>
      {children}
    </ul>
  );
}

interface ItemProps {
  title: ComponentChildren;
  /** A state, beside the title. */
  badge?: ComponentChildren;
  /** Below the title, in small print. */
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  /** Something waits for the reader. */
  marked?: boolean;
  /** Below all of it. */
  children?: ComponentChildren;
}

export function Item({ title, badge, lead, actions, marked, children }: ItemProps) {
  return (
    <li class={marked ? "item marked" : "item"}>
      <div class="spread">
        <div class="what">
          <h3>
            {title} {badge}
          </h3>
          {lead && <div class="small soft">{lead}</div>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </div>
      {children}
    </li>
  );
}
