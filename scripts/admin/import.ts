/** Imports a file of accounts in chunks: says how far it is, writes what failed, and goes on where it was stopped. */
import { createReadStream, existsSync, readFileSync, rmSync, statSync, writeFileSync, appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { AuthError, type Schemas } from "../../src/client/index.ts";
import type { Progress } from "../process/terminal.ts";
import type { Output } from "./output.ts";

/** Below the service's limits of 1,000 lines and 1 MiB. */
const CHUNK_LINES = 500;
const CHUNK_BYTES = 900_000;
const TRIES = 6;
const LONGEST_WAIT_SECONDS = 60;

type Outcome = Schemas["ImportOutcome"];

interface State {
  /** A file of another size is another file. */
  bytes: number;
  /** The last line that is done. */
  line: number;
  created: number;
  exists: number;
  failed: number;
}

export interface ImportOptions {
  file: string;
  restart: boolean;
  progress: Progress;
  /** Sends lines of JSON. */
  send: (body: string) => Promise<{ data: Outcome[] }>;
}

interface Line {
  line: number;
  text: string;
}

export async function importFile({ file, restart, progress, send }: ImportOptions): Promise<Output> {
  const places = { state: `${file}.progress`, failed: `${file}.failed.ndjson`, reasons: `${file}.failed.log` };
  const bytes = statSync(file).size;
  if (restart) for (const place of Object.values(places)) rmSync(place, { force: true });
  const state = readState(places.state, bytes) ?? { bytes, line: 0, created: 0, exists: 0, failed: 0 };
  if (state.line > 0) progress.end(`Going on after line ${state.line}.`);

  const describe = () =>
    `line ${state.line}: ${state.created} created, ${state.exists} existed, ${state.failed} failed`;
  let passed = 0;
  for await (const { lines, bytesRead } of chunksOf(file, state.line)) {
    passed = bytesRead;
    const outcomes = await sendChunk(lines, send, (why) => progress.show(`${describe()}; ${why}`)).catch(
      (error: unknown) => {
        progress.end(describe());
        const { message } = error as Error;
        throw new Error(`stopped after line ${state.line}: ${message} (run it again to go on there)`, { cause: error });
      },
    );
    for (const [at, { status, errors = [] }] of outcomes.entries()) {
      const { line, text } = lines[at]!;
      if (status === "created" || status === "exists") state[status]++;
      else {
        state.failed++;
        appendFileSync(places.failed, `${text}\n`, { mode: 0o600 });
        const reasons = errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join("; ");
        appendFileSync(places.reasons, `line ${line}: ${status}${reasons ? ` ${reasons}` : ""}\n`, { mode: 0o600 });
      }
    }
    state.line = lines.at(-1)!.line;
    writeFileSync(places.state, JSON.stringify(state), { mode: 0o600 });
    progress.show(`${Math.floor((100 * passed) / Math.max(bytes, 1))} %, ${describe()}`);
  }
  progress.end(`100 %, ${describe()}`);
  const { line: _line, bytes: _bytes, ...counts } = state;
  const lines = [`${state.created} accounts created, ${state.exists} existed, ${state.failed} failed.`];
  if (state.failed > 0) lines.push(`What failed is in ${places.failed}, and why in ${places.reasons}.`);
  return { json: { ...counts, ...(state.failed > 0 && { failedFile: places.failed }) }, lines };
}

function readState(place: string, bytes: number): State | undefined {
  if (!existsSync(place)) return undefined;
  const state = JSON.parse(readFileSync(place, "utf8")) as State;
  return state.bytes === bytes ? state : undefined;
}

async function* chunksOf(file: string, after: number): AsyncGenerator<{ lines: Line[]; bytesRead: number }> {
  let lines: Line[] = [];
  let size = 0;
  let bytesRead = 0;
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    line++;
    const bytes = Buffer.byteLength(text) + 1;
    const isBlank = text.trim() === "";
    if (line > after && !isBlank) {
      if (lines.length === CHUNK_LINES || (size + bytes > CHUNK_BYTES && lines.length > 0)) {
        yield { lines, bytesRead };
        [lines, size] = [[], 0];
      }
      lines.push({ line, text });
      size += bytes;
    }
    bytesRead += bytes;
  }
  if (lines.length > 0) yield { lines, bytesRead };
}

/** A chunk may be sent twice: the accounts of the first time then exist. */
async function sendChunk(
  lines: Line[],
  send: ImportOptions["send"],
  wait: (why: string) => void,
): Promise<Pick<Outcome, "status" | "errors">[]> {
  const body = lines.map(({ text }) => text).join("\n");
  if (Buffer.byteLength(body) > CHUNK_BYTES) return lines.map(() => ({ status: "invalid", errors: [TOO_LONG] }));
  for (let attempt = 1; ; attempt++) {
    try {
      return (await send(body)).data;
    } catch (error) {
      const seconds = error instanceof AuthError ? secondsToWait(error, attempt) : undefined;
      if (seconds === undefined || attempt === TRIES) throw error;
      wait(`${(error as AuthError).code}, next try in ${seconds} s`);
      await sleep(seconds * 1000);
    }
  }
}

const TOO_LONG = { pointer: "#", detail: "The line is longer than an import takes" };

function secondsToWait({ code, retryAfterSeconds }: AuthError, attempt: number): number | undefined {
  if (!["rate_limited", "service_unavailable", "timeout", "unreachable", "offline"].includes(code)) return undefined;
  return Math.min(retryAfterSeconds ?? 2 ** (attempt - 1), LONGEST_WAIT_SECONDS);
}
