/** A body is JSON and at most 64 KiB, or it is refused before anything parses it. */
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { AppError } from "../errors.ts";
import type { AppEnv } from "./context.ts";

const MAX_BODY_BYTES = 64 * 1024;
const JSON_TYPE = /^application\/json\s*(;|$)/i;

export function limitBody(): MiddlewareHandler<AppEnv> {
  return bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: () => {
      throw new AppError("payload_too_large");
    },
  });
}

/** A form or a text could be sent by any page without a preflight; JSON can't. */
export function requireJson(): MiddlewareHandler<AppEnv> {
  return async function requireJson(c, next) {
    const { method } = c.req;
    if (method !== "GET" && method !== "HEAD" && method !== "OPTIONS") {
      // No body at all is the empty object: the schema says what is missing, if anything is.
      if (c.req.raw.body === null) c.req.bodyCache.text = "{}";
      else if (!JSON_TYPE.test(c.req.header("Content-Type") ?? "")) throw new AppError("unsupported_media_type");
    }
    await next();
  };
}
