/** Compares the columns that PostgreSQL returned with the row that the code declares. */
import type { AnsweredColumn } from "../../../scripts/neon/rows.ts";
import type { DeclaredColumn, DeclaredRow } from "./declared.ts";

/** The JavaScript type that the driver makes of each PostgreSQL type (src/db/client.ts), by OID. */
const TYPES: Record<number, string> = {
  16: "boolean",
  20: "string", // bigint
  21: "number",
  23: "number",
  25: "string",
  114: "json",
  700: "number",
  701: "number",
  1005: "number[]",
  1007: "number[]",
  1009: "string[]",
  1015: "string[]",
  1016: "string[]",
  1043: "string",
  1082: "string",
  1114: "string",
  1184: "string",
  1185: "string[]",
  1700: "string",
  2950: "string",
  2951: "string[]",
  3802: "json",
};

/** One line per difference, starting with the statement's place. */
export function disagreements(site: string, answered: AnsweredColumn[], declared: DeclaredRow): string[] {
  const names = new Set([...answered.map(({ name }) => name), ...Object.keys(declared)]);
  return [...names].flatMap((name) => {
    const column = answered.find((each) => each.name === name);
    const wanted = declared[name];
    const fault =
      column === undefined
        ? "is declared, but not answered"
        : wanted === undefined
          ? "is answered, but not declared"
          : faultOf(column, wanted);
    return fault === undefined ? [] : [`${site}: ${name} ${fault}`];
  });
}

function faultOf({ type, holdsNull }: AnsweredColumn, wanted: DeclaredColumn): string | undefined {
  const made = TYPES[type];
  if (made === undefined) return `is of the type ${type}, which test/support/rows/compare.ts doesn't know`;
  // JSON may contain anything that the row declares; its contents are not checked here.
  if (made !== "json" && wanted.type !== "unknown" && made !== wanted.type)
    return `is ${made}, declared as ${wanted.type}`;
  if (holdsNull && !wanted.nullable) return "was null, which the row doesn't allow";
  return undefined;
}
