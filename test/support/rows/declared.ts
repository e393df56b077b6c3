/**
 * What each `execute<Row>(…)` of src/ declares its rows to be, as the compiler sees it: a row type is erased when the code
 * runs, so nothing else compares it with the columns that PostgreSQL answers.
 */
import { execFileSync } from "node:child_process";
import path from "node:path";

/** A column's type as TypeScript has it: `string`, `number`, `boolean`, `json`, `string[]`, …, several joined by `|`. */
export interface DeclaredColumn {
  type: string;
  nullable: boolean;
}
export type DeclaredRow = Record<string, DeclaredColumn>;

/** One call: where its statement stands in the source, and its row. */
export interface DeclaredStatement {
  /** `src/services/login/password.ts:118` */
  site: string;
  file: string;
  start: number;
  end: number;
  row: DeclaredRow;
}

/** In a process of its own: the compiler finds its program by where its module lies, and Vitest would move that. */
export function declaredStatements(): DeclaredStatement[] {
  const output = execFileSync(process.execPath, [path.join(import.meta.dirname, "compiler.ts")], {
    encoding: "utf8",
    maxBuffer: 16 << 20,
  });
  return JSON.parse(output) as DeclaredStatement[];
}
