/** A whole export, row by row, into lines of an import. */
import { toLine, type Account, type Settings } from "./account.ts";
import { auth0 } from "./auth0.ts";
import { betterAuth } from "./better-auth.ts";
import { firebase } from "./firebase.ts";
import { recordsOf } from "./records.ts";
import type { Source } from "./source.ts";
import { supabase } from "./supabase.ts";

export const SOURCES: Record<string, Source> = { auth0, firebase, supabase, "better-auth": betterAuth };

export interface Conversion extends Settings {
  source: Source;
  users: AsyncIterable<string>;
  hashes?: AsyncIterable<string> | undefined;
  now: number;
  write: (line: string) => void;
  /** What stays behind: a row, or something of it. */
  note: (row: number, note: string) => void;
}

/** @returns how many rows were read and written, and how often there was each note */
export async function convert({ source, users, hashes, now, write, note, ...settings }: Conversion) {
  const known = hashes ? await source.readHashes!(hashes) : new Map<string, string>();
  const counts = new Map<string, number>();
  const rowsOfAddresses = new Map<string, number>();
  let [row, written] = [0, 0];
  for await (const record of recordsOf(users)) {
    row++;
    const { line, notes } = toLine(readRow(source, record, { hashes: known, now }, row), settings);
    const email = line?.["email"] as string;
    const isTwice = line !== undefined && rowsOfAddresses.has(email);
    const told = isTwice ? ["left out: another row has this address"] : notes.map((text) => toNote(text, line));
    for (const text of told) {
      counts.set(text, (counts.get(text) ?? 0) + 1);
      note(row, isTwice ? `${text}, row ${rowsOfAddresses.get(email)}` : text);
    }
    if (!line || isTwice) continue;
    rowsOfAddresses.set(email, row);
    write(JSON.stringify(line));
    written++;
  }
  return { rows: row, written, counts };
}

const toNote = (text: string, line: unknown) => (line ? `taken, ${text}` : `left out: ${text}`);

/** @throws Error for a row of another shape, such as an export of another system */
function readRow(source: Source, ...[record, aids, row]: [...Parameters<Source["read"]>, row: number]): Account {
  try {
    return source.read(record, aids);
  } catch {
    throw new Error(`row ${row} is not as this system exports it`);
  }
}
