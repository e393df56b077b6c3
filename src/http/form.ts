/** Reads what OAuth clients send, and refuses it in their words. What the RFCs don't name is ignored. */
import type { MiddlewareHandler } from "hono";
import * as z from "zod/mini";
import type { $ZodObject } from "zod/v4/core";
import { OAuthError } from "../services/applications/oauth-error.ts";
import { readWhole } from "./body.ts";
import type { AppEnv } from "./context.ts";

export const FORM = "application/x-www-form-urlencoded";

/**
 * Middleware: `c.req.valid("form")` then returns the schema's output. An empty field counts as missing; one that is
 * there twice is refused (RFC 6749, §3.1).
 */
export function validateForm<Schema extends $ZodObject>(schema: Schema) {
  const middleware: MiddlewareHandler<AppEnv, string, { out: { form: z.output<Schema> } }> =
    async function validateForm(c, next) {
      // Not as text: the runtime warns that this type may not be one.
      const bytes = await readWhole(c.req.arrayBuffer());
      const sent = [...new URLSearchParams(new TextDecoder().decode(bytes))].filter(([, value]) => value !== "");
      const names = sent.map(([name]) => name);
      const known = names.filter((name) => name in schema._zod.def.shape);
      if (new Set(known).size < known.length) throw new OAuthError("invalid_request", "A parameter is there twice");
      const parsed = z.safeParse(schema, Object.fromEntries(sent));
      if (!parsed.success)
        throw new OAuthError("invalid_request", `Missing or invalid: ${parsed.error.issues[0]?.path.join(".")}`);
      c.req.addValidatedData("form", parsed.data);
      await next();
    };
  return Object.assign(middleware, { input: { target: "form", schema, mediaType: FORM } });
}

/** Middleware: `c.req.valid("json")` then returns what the application says of itself (RFC 7591, §3.1). */
export function validateMetadata<Schema extends $ZodObject>(schema: Schema) {
  const middleware: MiddlewareHandler<AppEnv, string, { out: { json: z.output<Schema> } }> =
    async function validateMetadata(c, next) {
      const text = await readWhole(c.req.text());
      const parsed = z.safeParse(schema, readJson(text));
      if (!parsed.success)
        throw new OAuthError(
          "invalid_client_metadata",
          `Missing or invalid: ${parsed.error.issues[0]?.path.join(".") || "JSON"}`,
        );
      c.req.addValidatedData("json", parsed.data);
      await next();
    };
  return Object.assign(middleware, { input: { target: "json", schema } });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
