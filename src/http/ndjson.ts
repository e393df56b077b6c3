/** NDJSON: one JSON value per line, each validated on its own. */
import type { MiddlewareHandler } from "hono";
import * as z from "zod/mini";
import type { $ZodType } from "zod/v4/core";
import { AppError, invalidField, type FieldError } from "../errors.ts";
import { readWhole } from "./body.ts";
import type { AppEnv } from "./context.ts";
import { toFieldErrors } from "./validate.ts";

export type NdjsonLine<Value> = { line: number; value: Value } | { line: number; errors: FieldError[] };

/** Middleware: `c.req.valid("json")` then returns the lines. */
export function validateLines<Schema extends $ZodType>(schema: Schema, { maxLines }: { maxLines: number }) {
  type Lines = { in: { json: unknown }; out: { json: NdjsonLine<z.infer<Schema>>[] } };
  const validator: MiddlewareHandler<AppEnv, string, Lines> = async function validateLines(c, next) {
    c.req.addValidatedData("json", parseNdjson(await readWhole(c.req.arrayBuffer()), schema, { maxLines }));
    await next();
  };
  // On the function itself, for the contract's document (openapi.ts).
  return Object.assign(validator, { input: { target: "json", schema, mediaType: "application/x-ndjson" } });
}

/**
 * The non-blank lines, numbered from 1 as in the file. @throws AppError invalid_json if it is not UTF-8;
 * validation_failed for no lines, or too many.
 */
function parseNdjson<Schema extends $ZodType>(
  body: ArrayBuffer,
  schema: Schema,
  { maxLines }: { maxLines: number },
): NdjsonLine<z.infer<Schema>>[] {
  const lines = decode(body)
    .split("\n")
    .flatMap((json, index) => (json.trim() === "" ? [] : [{ json, line: index + 1 }]));
  if (lines.length === 0) throw new AppError("validation_failed");
  if (lines.length > maxLines)
    throw invalidField("#", { fr: `Au plus ${maxLines} lignes`, en: `At most ${maxLines} lines` });
  return lines.map(({ json, line }) => {
    const parsed = z.safeParse(schema, parseOrUndefined(json));
    return parsed.success ? { line, value: parsed.data } : { line, errors: parsed.error.issues.flatMap(toFieldErrors) };
  });
}

/** Decoded by hand: the runtime warns when `text()` is called on a type it doesn't know as text. */
function decode(body: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body);
  } catch (cause) {
    throw new AppError("invalid_json", { cause });
  }
}

function parseOrUndefined(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
