/** Sends the rows of a file, some at a time, and remembers how far it came: an import that stops can go on. */
import type { Schemas } from "../../client/index.ts";
import { freshly } from "../components/reauthentication.tsx";
import { client } from "../shared/client.ts";
import type { Row } from "./import-file.ts";

/** Few enough that progress is seen, and that a lost answer costs little. */
const CHUNK = 200;

export type Outcome = Schemas["ImportOutcome"];

/** What a file's name for the memory is made of: its content, so that a corrected file starts anew. */
export async function fingerprint(bytes: ArrayBuffer): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `import ${Array.from(hash.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** The last line that was sent; 0: none. Nothing of the file itself is kept. */
export const lineReached = (name: string): number => Number(localStorage.getItem(name) ?? 0);

interface Run {
  name: string;
  rows: Row[];
  onOutcomes: (outcomes: Outcome[]) => void;
  /** Asked between two chunks. */
  isStopped: () => boolean;
}

/** Rows that were sent twice, because an answer was lost, come back as accounts that exist. */
export async function sendRows({ name, rows, onOutcomes, isStopped }: Run): Promise<void> {
  for (let at = 0; at < rows.length; at += CHUNK) {
    if (isStopped()) return;
    const chunk = rows.slice(at, at + CHUNK);
    const body = chunk.map(({ json }) => json).join("\n");
    const { data } = await freshly(() => client.admin.post("/users/import", { body, timeoutMs: 60_000 }));
    localStorage.setItem(name, String(chunk.at(-1)!.line));
    // The API counts the lines of the chunk; the reader those of the file.
    onOutcomes(data.map((outcome) => ({ ...outcome, line: chunk[outcome.line - 1]!.line })));
  }
  localStorage.removeItem(name);
}
