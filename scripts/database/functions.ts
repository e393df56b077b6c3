/**
 * SQL functions and triggers, one per file in drizzle/functions: these files are read, documented and mutated. A
 * migration gets a copy of each that changed since the migration before, whose state is in drizzle/functions/recorded.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { MIGRATIONS_FOLDER } from "./migration-files.ts";

/** The text of each file by its name, which is the function's. */
export type Functions = Record<string, string>;

const BREAKPOINT = "\n--> statement-breakpoint\n";
/** Text after this line in a migration was written by a person, and is kept when the migration is regenerated. */
export const BY_HAND = "-- By hand:";
/** Text after this line in a way down was copied from the previous functions. */
export const COPIED = "-- The functions as they were:";

export function readFunctions(folder: string = MIGRATIONS_FOLDER): Functions {
  const files = readdirSync(path.join(folder, "functions")).filter((file) => file.endsWith(".sql"));
  return Object.fromEntries(
    files
      .toSorted()
      .map((file) => [file.slice(0, -".sql".length), readFileSync(path.join(folder, "functions", file), "utf8")]),
  );
}

const recordFile = (folder: string, number: string) => path.join(folder, "functions", "recorded", `${number}.json`);

/** The functions after the migration `number` (`0001`); none before the first record. */
export function recordedFunctions(folder: string, number: string): Functions {
  const file = recordFile(folder, number);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Functions) : {};
}

export function recordFunctions(folder: string, number: string, functions: Functions): void {
  writeFileSync(recordFile(folder, number), `${JSON.stringify(functions, null, 2)}\n`);
}

/** The statements that change a database from `before` to `after`, ordered by their dependencies. */
export function functionChanges(before: Functions, after: Functions): string[] {
  const gone = Object.keys(before).filter((name) => after[name] === undefined);
  const changed = Object.keys(after).filter((name) => withoutHead(before[name]) !== withoutHead(after[name]));
  return [
    ...gone.flatMap((name) => [...dropTriggers(before[name]!), `DROP FUNCTION ${name};`]),
    ...changed.flatMap((name) => {
      const [old, text] = [before[name], after[name]!];
      const isReplaced = old !== undefined && headOf(old) !== headOf(text);
      return [
        ...(old === undefined ? [] : dropTriggers(old)),
        ...(isReplaced ? [`DROP FUNCTION ${name};`] : []),
        ...text.trim().split(/\n*--> statement-breakpoint\n*/),
      ];
    }),
  ];
}

export const joinStatements = (statements: string[]): string => statements.join(BREAKPOINT);

/** Without the comment that a file begins with: the database never sees it, so a new wording is no migration. */
const withoutHead = (text: string | undefined) => text?.replace(/^(--.*\n)+/, "");

/** Name, arguments and result: `CREATE OR REPLACE` can't change any of them. */
function headOf(text: string): string {
  return (/FUNCTION[^$]*?\bLANGUAGE\b/.exec(text)?.[0] ?? text).replaceAll(/\s+/g, " ");
}

/** Constraint triggers can't be replaced, so every trigger is dropped and created again. */
function dropTriggers(text: string): string[] {
  const triggers = text.matchAll(/^CREATE (?:CONSTRAINT )?TRIGGER (\w+)[^;]*? ON (\w+)/gm);
  // Of a table that a rollback has dropped before, with its triggers.
  return Array.from(triggers, ([, trigger, table]) => `DROP TRIGGER IF EXISTS ${trigger} ON ${table};`);
}
