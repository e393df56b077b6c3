/** A body is JSON and at most 64 KiB, or what its path says instead, or it is refused before anything parses it. */
import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { AppError } from "../errors.ts";
import type { AppEnv } from "./context.ts";

interface BodyRule {
  type: string;
  maxBytes: number;
}

const JSON_BODY: BodyRule = { type: "application/json", maxBytes: 64 * 1024 };

/** The paths that take something else. */
const OTHER_BODIES: Record<string, BodyRule> = {
  "/api/admin/users/import": { type: "application/x-ndjson", maxBytes: 1024 * 1024 },
};

const ruleFor = (c: Context) => OTHER_BODIES[c.req.path] ?? JSON_BODY;

export function limitBody(): MiddlewareHandler<AppEnv> {
  return async function limitBody(c, next) {
    const refuse = () => {
      throw new AppError("payload_too_large");
    };
    // A body of unknown length is read here, and kept for whoever asks for it later.
    await readWhole(bodyLimit({ maxSize: ruleFor(c).maxBytes, onError: refuse })(c, async () => {}));
    await next();
  };
}

/** A client that went away in the middle of its body is no fault of ours. @throws AppError incomplete_body */
export async function readWhole<Read>(reading: Promise<Read>): Promise<Read> {
  try {
    return await reading;
  } catch (cause) {
    throw cause instanceof AppError ? cause : new AppError("incomplete_body", { cause });
  }
}

/** A form or a text could be sent by any page without a preflight; these types can't. */
export function requireBodyType(): MiddlewareHandler<AppEnv> {
  return async function requireBodyType(c, next) {
    const { method } = c.req;
    if (method !== "GET" && method !== "HEAD" && method !== "OPTIONS") {
      const { type } = ruleFor(c);
      if (await isEmpty(c)) {
        // No body at all is the empty object: the schema says what is missing, if anything is.
        // The cache holds promises, whatever its type says.
        c.req.bodyCache.text = Promise.resolve("{}") as never;
      } else if (mediaTypeOf(c) !== type) throw new AppError("unsupported_media_type", { headers: { Accept: type } });
    }
    await next();
  };
}

/** Browsers send a POST without a body as one of length 0, and others as chunks of none: only reading tells. */
async function isEmpty(c: Context): Promise<boolean> {
  if (c.req.raw.body === null || c.req.header("Content-Length") === "0") return true;
  return ruleFor(c) === JSON_BODY && (await readWhole(c.req.text())) === "";
}

function mediaTypeOf(c: Context): string | undefined {
  return c.req.header("Content-Type")?.split(";")[0]?.trim().toLowerCase();
}
