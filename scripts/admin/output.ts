/** Prints answers: as a table for people, or as the service's JSON for programs. */
import { printable } from "../process/terminal.ts";

export type Cell = string | number | boolean | null | undefined;

export interface Output {
  /** The service's answer as it is. */
  json: unknown;
  /** One line each. */
  lines?: string[];
  tables?: [title: string, rows: Record<string, Cell>[]][];
  /** How to see the next page. */
  next?: string | null;
}

export function print({ json, lines = [], tables = [], next }: Output, asJson: boolean): void {
  if (asJson) return console.log(JSON.stringify(json, undefined, 2));
  for (const line of lines) console.log(printable(line));
  for (const [title, rows] of tables) {
    if (title) console.log(`\n${title}`);
    console.log(rows.length === 0 ? "  none" : toTable(rows));
  }
  if (next) console.log(`\nThere are more: --cursor ${next}`);
}

function toTable(rows: Record<string, Cell>[]): string {
  const columns = Object.keys(rows[0]!);
  const lines = [columns, ...rows.map((row) => columns.map((column) => toText(row[column])))];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => [...line[at]!].length)));
  return lines
    .map((line) =>
      line
        .map((cell, at) => cell + " ".repeat(widths[at]! - [...cell].length))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function toText(cell: Cell): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  const text = printable(String(cell));
  // Times as people read them, still sortable.
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) ? text.slice(0, 16).replace("T", " ") : text;
}
