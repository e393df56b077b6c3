/** What a call of the SDK threw, in words for the reader. */
import { common } from "./common.ts";

/** As the SDK's AuthError has it; its messages are in the language of the page. */
export interface Refusal {
  code: string;
  /** 0: there was no answer. */
  status: number;
  message: string;
  /** The invalid fields, by JSON pointer. */
  errors: { pointer: string; detail: string }[];
  retryAfterSeconds: number | undefined;
}

export const isRefusal = (error: unknown): error is Refusal =>
  error instanceof Error && typeof (error as unknown as Refusal).code === "string" && "status" in error;

export function describeRefusal(error: unknown): string {
  if (isRefusal(error) && error.code === "passkeys_unavailable") return common.noPasskeys;
  if (isRefusal(error) && error.status > 0 && error.code !== "unexpected_answer") return error.message;
  return navigator.onLine ? common.unreachable : common.offline;
}

/** By field, for those of `names`; empty unless every complaint is about one of them. */
export function fieldErrorsOf(error: unknown, names: string[]): Record<string, string> {
  const errors = isRefusal(error) ? error.errors : [];
  const named = errors.map(({ pointer, detail }) => [pointer.replace(/^#?\//, ""), detail] as const);
  return named.every(([name]) => names.includes(name)) ? Object.fromEntries(named) : {};
}
