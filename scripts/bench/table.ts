/** Prints tables that are readable in a terminal and valid Markdown. */

/** Numbers are right-aligned. */
export type Cell = string | number | undefined;

export interface Table {
  title: string;
  /** What was measured, and how to read the table. */
  note?: string;
  columns: string[];
  rows: Cell[][];
}

export function formatTable({ title, note, columns, rows }: Table): string {
  const texts = rows.map((row) => columns.map((_, at) => String(row[at] ?? "")));
  const isNumeric = columns.map(
    (_, at) => rows.some((row) => /^[≤≥<]?\s?[\d.,-]/.test(String(row[at] ?? ""))) && at > 0,
  );
  const widths = columns.map((column, at) => Math.max(3, column.length, ...texts.map((row) => row[at]!.length)));
  const line = (cells: string[]) =>
    `| ${cells.map((cell, at) => (isNumeric[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!))).join(" | ")} |`;
  const rule = `|${widths.map((width, at) => `${"-".repeat(width + 1)}${isNumeric[at] ? ":" : "-"}`).join("|")}|`;
  return [`## ${title}`, "", ...(note ? [note, ""] : []), line(columns), rule, ...texts.map(line), ""].join("\n");
}

export const whole = (value: number) => Math.round(value).toLocaleString("en");
export const decimal = (value: number, digits = 1) => value.toFixed(digits);
export const percent = (share: number) => `${Math.round(share * 100)} %`;
export const times = (ratio: number) => `${ratio.toFixed(2)} ×`;
/** Against a budget. */
export const verdict = (met: boolean) => (met ? "met" : "NOT MET");
