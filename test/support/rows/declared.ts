/**
 * The row that each `execute<Row>(…)` of src/ declares, according to the compiler: row types are erased at run time, so
 * nothing else compares them with the columns that PostgreSQL returns.
 */
import { execFileSync } from "node:child_process";
import path from "node:path";

/** A column's type in TypeScript: `string`, `number`, `boolean`, `json`, `string[]`, …, several joined by `|`. */
export interface DeclaredColumn {
  type: string;
  nullable: boolean;
}
export type DeclaredRow = Record<string, DeclaredColumn>;

/** One call: the place of its statement in the source, and its row. */
export interface DeclaredStatement {
  /** `src/services/login/password.ts:118` */
  site: string;
  file: string;
  start: number;
  end: number;
  row: DeclaredRow;
}

/** Here and not in this module, of which Vitest's configuration and its set-up have a copy each. */
const known = process as typeof process & { declaredStatements?: DeclaredStatement[] };

/** In a separate process: the compiler finds its program relative to its module, which Vitest would move. */
export function declaredStatements(): DeclaredStatement[] {
  return (known.declaredStatements ??= askCompiler());
}

function askCompiler(): DeclaredStatement[] {
  const output = execFileSync(process.execPath, [path.join(import.meta.dirname, "compiler.ts")], {
    encoding: "utf8",
    maxBuffer: 16 << 20,
  });
  return JSON.parse(output) as DeclaredStatement[];
}
