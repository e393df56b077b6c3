/**
 * Refuses a body before anything parses it unless it is JSON of at most 64 KiB; a few paths have their own type and
 * limit.
 */
import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { AppError } from "../errors.ts";
import type { AppEnv } from "./context.ts";

interface BodyRule {
  type: string;
  maxBytes: number;
}

const JSON_BODY: BodyRule = { type: "application/json", maxBytes: 64 * 1024 };

const FORM_BODY: BodyRule = { type: "application/x-www-form-urlencoded", maxBytes: 64 * 1024 };

/** The paths with another type or limit. */
const OTHER_BODIES: Record<string, BodyRule> = {
  "/oauth/token": FORM_BODY,
  "/oauth/introspect": FORM_BODY,
  "/oauth/revoke": FORM_BODY,
  "/oauth/userinfo": FORM_BODY,
  "/oauth/authorize": FORM_BODY,
  "/oauth/consent": FORM_BODY,
  "/oauth/logout": FORM_BODY,
  "/api/admin/users/import": { type: "application/x-ndjson", maxBytes: 1024 * 1024 },
};

/** Apple's browser comes back with a form. */
const CALLBACK = /^\/api\/auth\/federated\/[^/]+\/callback$/;

const ruleFor = (c: Context) => OTHER_BODIES[c.req.path] ?? (CALLBACK.test(c.req.path) ? FORM_BODY : JSON_BODY);

export function limitBody(): MiddlewareHandler<AppEnv> {
  return async function limitBody(c, next) {
    const refuse = () => {
      throw new AppError("payload_too_large");
    };
    // A body of unknown length is read here and cached for later readers.
    await readWhole(bodyLimit({ maxSize: ruleFor(c).maxBytes, onError: refuse })(c, async () => {}));
    await next();
  };
}

/** A client that disconnects in the middle of its body is not our failure. @throws AppError incomplete_body */
export async function readWhole<Read>(reading: Promise<Read>): Promise<Read> {
  try {
    return await reading;
  } catch (cause) {
    throw cause instanceof AppError ? cause : new AppError("incomplete_body", { cause });
  }
}

/** Any page can send a form or plain text without a preflight, but not these types. */
export function requireBodyType(): MiddlewareHandler<AppEnv> {
  return async function requireBodyType(c, next) {
    const { method } = c.req;
    if (method !== "GET" && method !== "HEAD" && method !== "OPTIONS") {
      const { type } = ruleFor(c);
      if (await isEmpty(c)) {
        // No body counts as the empty object: the schema reports any missing fields. The cache holds promises, whatever
        // its type says.
        c.req.bodyCache.text = Promise.resolve("{}") as never;
      } else if (mediaTypeOf(c) !== type) throw new AppError("unsupported_media_type", { headers: { Accept: type } });
    }
    await next();
  };
}

/** For a POST without a body, browsers send length 0 and others an empty chunked body: only reading it tells. */
async function isEmpty(c: Context): Promise<boolean> {
  if (c.req.raw.body === null || c.req.header("Content-Length") === "0") return true;
  return ruleFor(c) === JSON_BODY && (await readWhole(c.req.text())) === "";
}

function mediaTypeOf(c: Context): string | undefined {
  return c.req.header("Content-Type")?.split(";")[0]?.trim().toLowerCase();
}
