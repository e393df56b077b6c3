/** The only place that turns errors into RFC 9457 answers: no stack, SQL, host or column name leaves. */
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { refusalOf } from "../db/rules.ts";
import { AppError, describeError, type ErrorCode } from "../errors.ts";
import { OAuthError } from "../services/applications/oauth-error.ts";
import type { AppEnv } from "./context.ts";
import { inLocale, localeOf } from "./locale.ts";
import { logFailure } from "../platform/log.ts";

export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof HTTPException && error.status === 400) return new AppError("invalid_json", { cause: error });
  const code = refusalOf(error);
  // Acts of one kind are counted over an hour, so in an hour there is certainly room.
  const headers = code === "too_many_attempts" ? { "Retry-After": "3600" } : {};
  if (code) return new AppError(code, { cause: error, headers });
  return new AppError("internal_error", { cause: error });
}

export function problem(error: unknown, c: Context<AppEnv>): Response {
  if (error instanceof OAuthError) return refuseClient(error, c);
  const { code, errors, headers, cause } = toAppError(error);
  const { status, title, detail } = describeError(code);
  const locale = localeOf(c);
  const requestId = c.var.requestId;
  if (status >= 500) logFailure(requestId, code, cause);
  return c.body(
    JSON.stringify({
      type: `${c.var.platform?.config.ISSUER ?? ""}/docs#${code}`,
      title,
      status,
      detail: detail[locale],
      message: detail[locale],
      code,
      ...(errors && { errors: inLocale(errors, locale) }),
      requestId,
    }),
    status,
    {
      "Content-Type": "application/problem+json",
      ...(status === 401 && { "WWW-Authenticate": challenge(code) }),
      ...(status === 503 && { "Retry-After": "5" }),
      ...headers,
    },
  );
}

/** RFC 6749 §5.2: what a client of OAuth reads, and the scheme by which it may authenticate. */
function refuseClient({ code, status, message }: OAuthError, c: Context<AppEnv>): Response {
  const challenge = status === 401 ? { "WWW-Authenticate": "Basic" } : {};
  return c.json({ error: code, error_description: message }, status, challenge);
}

/** RFC 6750 §3.1: no error code for a request without credentials. */
function challenge(code: ErrorCode): string {
  return code === "authentication_required" ? "Bearer" : `Bearer error="invalid_token", error_description="${code}"`;
}
