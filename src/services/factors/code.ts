/** A code that somebody types: of an app, a mail or the list of recovery codes. Spaces and dashes included. */
import * as z from "zod/mini";
import { AppError } from "../../errors.ts";

export const Code = z.string().check(z.trim(), z.minLength(6), z.maxLength(40));

/** The answer of every factor that is answered by one. */
export const codeAnswer = { code: Code };

export interface CodeAnswer {
  code: string;
}

export function incorrectCode(): AppError {
  const detail = { fr: "Code incorrect ou expiré", en: "Incorrect or expired code" };
  return new AppError("incorrect_code", { errors: [{ pointer: "#/code", detail }] });
}

export const wrongCode = { atLogin: "invalid_code", signedIn: incorrectCode } as const;
