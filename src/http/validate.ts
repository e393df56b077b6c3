/** Validates input against a zod schema before the handler runs; invalid input is a 422 that points at the field. */
import { zValidator } from "@hono/zod-validator";
import type { ValidationTargets } from "hono";
import * as z from "zod/mini";
import type { $ZodIssue, $ZodType } from "zod/v4/core";
import { AppError, type FieldError, type Text } from "../errors.ts";

/** Middleware: `c.req.valid(target)` then returns the schema's output, without unknown keys. */
export function validate<Target extends keyof ValidationTargets, Schema extends $ZodType>(
  target: Target,
  schema: Schema,
) {
  const validator = zValidator(
    target,
    schema,
    (result) => {
      if (!result.success)
        throw new AppError("validation_failed", { errors: result.error.issues.flatMap(toFieldErrors) });
    },
    // With the input included, an issue distinguishes a missing field from one of the wrong type. The cast: Zod's and
    // the validator's types for one result differ in an optional property.
    { validationFunction: (schema, value) => z.safeParseAsync(schema, value, { reportInput: true }) as Promise<never> },
  );
  // On the function itself, for the contract's document (openapi.ts).
  return Object.assign(validator, { input: { target, schema } });
}

/** One entry per issue, except unknown keys: each key gets its own. */
export function toFieldErrors(issue: $ZodIssue): FieldError[] {
  const paths = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
  return paths.map((path) => ({ pointer: toPointer(path), detail: describe(issue) }));
}

function toPointer(path: PropertyKey[]): string {
  return `#${path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")}`;
}

function describe(issue: $ZodIssue): Text {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? { fr: "Champ obligatoire", en: "Required" }
        : { fr: "Type invalide", en: "Wrong type" };
    case "too_small":
      return {
        fr: `Trop court ou trop petit (minimum ${issue.minimum})`,
        en: `Too short or too small (minimum ${issue.minimum})`,
      };
    case "too_big":
      return {
        fr: `Trop long ou trop grand (maximum ${issue.maximum})`,
        en: `Too long or too large (maximum ${issue.maximum})`,
      };
    case "invalid_value":
      return {
        fr: `Valeurs possibles : ${issue.values.join(", ")}`,
        en: `Possible values: ${issue.values.join(", ")}`,
      };
    case "unrecognized_keys":
      return { fr: "Champ inconnu", en: "Unknown field" };
    case "custom":
      return (issue.params?.["text"] as Text | undefined) ?? { fr: "Valeur invalide", en: "Invalid value" };
    default:
      return { fr: "Format invalide", en: "Invalid format" };
  }
}
