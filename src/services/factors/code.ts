/** A code that somebody types: of an app, a mail or the list of recovery codes. Spaces and dashes included. */
import * as z from "zod/mini";

export const Code = z.string().check(z.trim(), z.minLength(6), z.maxLength(40));

/** The answer of every factor that is answered by one. */
export const codeAnswer = { code: Code };

export interface CodeAnswer {
  code: string;
}
