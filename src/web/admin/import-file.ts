/** A file of accounts, read in the browser: CSV with a header, or one JSON object per line. */
import { say } from "./import-texts.ts";

export interface Row {
  /** In the file, from 1. */
  line: number;
  email: string;
  name: string;
  /** What is sent; undefined if something is wrong with it. */
  json?: string;
  errors: string[];
}

const REQUIRED = ["email", "prenom", "nom"];
const KNOWN = new Set([...REQUIRED, "passwordHash", "role", "isVerified", "identities"]);

/** @throws Error with a text for people. */
export function readRows(bytes: ArrayBuffer): Row[] {
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error(say.unreadable, { cause });
  }
  const records = text.trimStart().startsWith("{") ? fromJsonLines(text) : fromCsv(text);
  if (records.length === 0) throw new Error(say.noRows);
  const firstLines = new Map<string, number>();
  return records.map(({ line, value }) => {
    if (typeof value === "string") return { line, email: "", name: "", errors: [value] };
    const row = toRow(line, value);
    const first = row.email && firstLines.get(row.email);
    if (first) return { line, email: row.email, name: row.name, errors: [...row.errors, say.twice(first)] };
    firstLines.set(row.email, line);
    return row;
  });
}

interface Read {
  line: number;
  /** The fields, or what is wrong with the line. */
  value: Record<string, unknown> | string;
}

function toRow(line: number, value: Record<string, unknown>): Row {
  const text = (name: string) => (typeof value[name] === "string" ? value[name].trim() : "");
  const email = text("email").toLowerCase();
  const role = value["role"];
  const errors = [
    ...[...REQUIRED, ...(value["identities"] ? [] : ["passwordHash"])].filter((name) => !text(name)).map(say.missing),
    ...Object.keys(value)
      .filter((name) => !KNOWN.has(name))
      .map(say.unknown),
    ...(email && !/^\S+@\S+\.\S+$/.test(email) ? [say.badEmail] : []),
    ...(text("passwordHash") && !/^\$(2[aby]|argon2|scrypt|firebase)/.test(text("passwordHash")) ? [say.badHash] : []),
    ...(role !== undefined && !(Number.isInteger(role) && Number(role) >= 0) ? [say.badRole] : []),
  ];
  const row = { line, email, name: `${text("prenom")} ${text("nom")}`.trim(), errors };
  return errors.length > 0 ? row : { ...row, json: JSON.stringify(value) };
}

function fromJsonLines(text: string): Read[] {
  return text.split("\n").flatMap((json, index): Read[] => {
    if (json.trim() === "") return [];
    const line = index + 1;
    try {
      const value: unknown = JSON.parse(json);
      if (value && typeof value === "object" && !Array.isArray(value))
        return [{ line, value: value as Record<string, unknown> }];
    } catch {
      // Said below.
    }
    return [{ line, value: say.notJson }];
  });
}

function fromCsv(text: string): Read[] {
  const [header, ...records] = splitCsv(text);
  if (!header) return [];
  const names = header.cells.map((cell) => cell.trim());
  return records.map(({ line, cells }) => {
    if (cells.length !== names.length) return { line, value: say.badCsv };
    const value: Record<string, unknown> = Object.fromEntries(names.map((name, at) => [name, cells[at]]));
    if (value["role"] === "") delete value["role"];
    else if ("role" in value) value["role"] = Number(value["role"]);
    if ("isVerified" in value) value["isVerified"] = value["isVerified"] === "true";
    return { line, value };
  });
}

/** RFC 4180, with commas or, as spreadsheets write where the comma is for decimals, semicolons. */
function splitCsv(text: string): { line: number; cells: string[] }[] {
  const separator = /^[^\n,]*;/.test(text) ? ";" : ",";
  const records: { line: number; cells: string[] }[] = [];
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  let line = 1;
  let start = 1;
  const endRecord = () => {
    cells.push(cell);
    if (cells.length > 1 || cell.trim()) records.push({ line: start, cells });
    cells = [];
    cell = "";
    start = line + 1;
  };
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    if (sign === '"' && quoted && text[at + 1] === '"') cell += text[++at];
    else if (sign === '"' && (quoted || cell === "")) quoted = !quoted;
    else if (sign === separator && !quoted) {
      cells.push(cell);
      cell = "";
    } else if (sign === "\n" && !quoted) endRecord();
    else if (sign !== "\r" || quoted) cell += sign;
    if (sign === "\n") line++;
  }
  endRecord();
  return records;
}
