/**
 * SQL functions and triggers, one file each in drizzle/functions: what is read, documented and mutated. A migration gets a
 * copy of those that changed since the one before, whose state is kept in drizzle/functions/recorded.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { MIGRATIONS_FOLDER } from "./migration-files.ts";

/** The text of each file by its name, which is the function's. */
export type Functions = Record<string, string>;

const BREAKPOINT = "\n--> statement-breakpoint\n";
/** What follows in a migration was written by a person, and stays when the migration is made anew. */
export const BY_HAND = "-- By hand:";
/** What follows in a way down was copied from the functions as they were. */
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

/** As they stand after the migration `number` (`0001`); none before the first record. */
export function recordedFunctions(folder: string, number: string): Functions {
  const file = recordFile(folder, number);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Functions) : {};
}

export function recordFunctions(folder: string, number: string, functions: Functions): void {
  writeFileSync(recordFile(folder, number), `${JSON.stringify(functions, null, 2)}\n`);
}

/** The statements that bring a database from `before` to `after`, in an order in which each finds what it needs. */
export function functionChanges(before: Functions, after: Functions): string[] {
  const gone = Object.keys(before).filter((name) => after[name] === undefined);
  const changed = Object.keys(after).filter((name) => before[name] !== after[name]);
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

/** Name, arguments and result: `CREATE OR REPLACE` can change none of them. */
function headOf(text: string): string {
  return (/FUNCTION[^$]*?\bLANGUAGE\b/.exec(text)?.[0] ?? text).replaceAll(/\s+/g, " ");
}

/** Constraint triggers can't be replaced, so every trigger goes and comes back. */
function dropTriggers(text: string): string[] {
  const triggers = text.matchAll(/^CREATE (?:CONSTRAINT )?TRIGGER (\w+)[^;]*? ON (\w+)/gm);
  return Array.from(triggers, ([, trigger, table]) => `DROP TRIGGER ${trigger} ON ${table};`);
}
