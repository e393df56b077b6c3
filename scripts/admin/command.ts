/** What a command of `npm run admin` is, and the shapes that many of them share. */
import type { OperationName } from "../../src/client/index.ts";
import type { Output } from "./output.ts";
import { freshly, type Context } from "./session.ts";
import { rowsOf } from "./tables.ts";

export type Values = Record<string, string | boolean | undefined>;

export interface Command {
  /** Its words, then its arguments; one in brackets may be left out. */
  usage: string;
  summary: string;
  /** Options with a value. */
  options?: string[];
  /** Asks first, since it can't be undone or hits somebody at once. */
  confirms?: boolean;
  /** Works without a session. */
  open?: boolean;
  run: (context: Context, args: string[], values: Values) => Promise<Output>;
}

/** The client's types are by operation; a table of commands has them by name. */
export function call(context: Context, name: OperationName, input: object = {}): Promise<any> {
  return freshly(context, () => context.auth.request(name, input as never) as Promise<any>);
}

const PAGES = ["limit", "cursor"];

/** A list, in pages. */
export function list(usage: string, summary: string, name: OperationName, options: string[] = []): Command {
  return {
    usage,
    summary,
    options: [...options, ...PAGES],
    async run(context, _args, values) {
      const answer = await call(context, name, { query: pick(values, [...options, ...PAGES]) });
      return { json: answer, tables: [["", rowsOf(name, answer.data)]], next: answer.pagination?.nextCursor };
    },
  };
}

/** An act on one account, by its id. */
export function act(words: string, summary: string, name: OperationName, body?: object): Command {
  return {
    usage: `${words} <id>`,
    summary,
    confirms: true,
    run: async (context, [id]) => said(await call(context, name, { path: { id }, body })),
  };
}

export const said = (answer: { message: string }): Output => ({ json: answer, lines: [answer.message] });

/** JSON booleans, numbers and lists from an option. */
export const pick = (values: Values, names: string[]) =>
  Object.fromEntries(names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])));

/** Of a comma-separated option; absent if it was not given, empty for "". */
export function listed(values: Values, name: string): string[] | undefined {
  const value = values[name];
  return value === undefined ? undefined : String(value).split(",").filter(Boolean);
}
