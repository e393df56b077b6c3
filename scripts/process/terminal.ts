/** Questions to whoever runs a command, progress of long work, and text that a terminal may show. */
import { createInterface, type Interface } from "node:readline";
import { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";

export interface Prompt {
  /** True if somebody can be asked. */
  readonly isTerminal: boolean;
  /** In a terminal asks, without showing what is typed if `hidden`; elsewhere reads the next line of stdin. @throws Error at its end. */
  ask: (question: string, options?: { hidden?: boolean }) => Promise<string>;
  close: () => void;
}

export function createPrompt({ stdin, stdout, stderr } = process): Prompt {
  const isTerminal = stdin.isTTY && stdout.isTTY;
  let open: Interface | undefined;
  let lines: AsyncIterator<string> | undefined;

  async function askTerminal(question: string, hidden: boolean): Promise<string> {
    const output = hidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : stderr;
    // First, since it keeps the terminal from showing what is typed.
    open = createInterface({ input: stdin, output, terminal: true });
    // On stderr, so that what the command answers may go to a file.
    stderr.write(`${question}: `);
    try {
      return await new Promise<string>((resolve, reject) => {
        open!.once("line", resolve);
        open!.once("SIGINT", () => reject(new Error("stopped")));
        open!.once("close", () => reject(new Error("stopped")));
      });
    } finally {
      open.close();
      if (hidden) stderr.write("\n");
    }
  }

  async function readLine(question: string): Promise<string> {
    open ??= createInterface({ input: stdin });
    lines ??= open[Symbol.asyncIterator]();
    const { value, done } = await lines.next();
    if (done) throw new Error(`"${question}" has no answer: run this in a terminal, or give one line of stdin for it`);
    return value;
  }

  return {
    isTerminal,
    ask: async (question, { hidden = false } = {}) =>
      (isTerminal ? await askTerminal(question, hidden) : await readLine(question)).trim(),
    close: () => open?.close(),
  };
}

/** What others have written, such as a name or a browser's, without what a terminal would obey. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\u2028\u2029]/gu, "\u{FFFD}");
}

const SECONDS_BETWEEN_LINES = 2;

export interface Progress {
  show: (text: string) => void;
  /** Makes room for a line on stdout. */
  clear: () => void;
  /** What stays. */
  end: (text: string) => void;
}

/** One line on stderr that changes; in a log a line every two seconds, so none for what is done sooner. */
export function createProgress(stream = process.stderr): Progress {
  const fresh = stream.isTTY ? "\r\u001B[K" : "";
  let shownAt = performance.now();
  return {
    show(text) {
      const isDue = performance.now() - shownAt >= SECONDS_BETWEEN_LINES * 1000;
      if (stream.isTTY) stream.write(fresh + text);
      else if (isDue) {
        shownAt = performance.now();
        stream.write(`${text}\n`);
      }
    },
    clear: () => void stream.write(fresh),
    end: (text) => void stream.write(`${fresh}${text}\n`),
  };
}
