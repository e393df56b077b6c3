/** A table that becomes a list of cards where the screen is narrow, and the buttons of its pages. */
import type { ComponentChildren } from "preact";
import { say } from "./texts.ts";

export interface Column<Row> {
  title: string;
  show: (row: Row) => ComponentChildren;
  /** Numbers stand at the right. */
  numeric?: boolean;
  /** The row's name: its first words for a screen reader. */
  heads?: boolean;
  /** Buttons, without a title to be seen. */
  actions?: boolean;
}

interface TableProps<Row> {
  /** What the table is, for a screen reader. */
  caption: string;
  columns: Column<Row>[];
  rows: Row[];
  keyOf: (row: Row) => string | number;
}

export function Table<Row>({ caption, columns, rows, keyOf }: TableProps<Row>) {
  return (
    <table>
      <caption class="for-readers">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ title, numeric, actions }) => (
            <th key={title} scope="col" class={numeric ? "numeric" : undefined}>
              <span class={actions ? "for-readers" : undefined}>{title}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ title, show, numeric, heads, actions }) => {
              const cell = { key: title, class: numeric ? "numeric" : actions ? "row-actions" : undefined };
              const label = heads || actions ? undefined : title;
              return heads ? (
                <th {...cell} scope="row">
                  {show(row)}
                </th>
              ) : (
                <td {...cell} data-label={label}>
                  {show(row)}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface PagerProps {
  /** Null: there is none. */
  previous: (() => void) | null;
  next: (() => void) | null;
  children?: ComponentChildren;
}

export function Pager({ previous, next, children }: PagerProps) {
  return (
    <nav class="pager" aria-label={say.pages}>
      <p class="small soft">{children}</p>
      <button data-reads disabled={!previous} onClick={() => previous?.()}>
        {say.previous}
      </button>
      <button data-reads disabled={!next} onClick={() => next?.()}>
        {say.next}
      </button>
    </nav>
  );
}
