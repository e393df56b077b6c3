/** The only place that turns errors into RFC 9457 answers: no stack, SQL, host or column name leaves. */
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { databaseFailure } from "../db/client.ts";
import { AppError, describeError, type ErrorCode } from "../errors.ts";
import type { AppEnv } from "./context.ts";
import { inLocale, localeOf } from "./locale.ts";
import { logFailure } from "../platform/log.ts";

/** The SQLSTATEs that our SQL functions raise (drizzle/functions). */
const ASSERTIONS: Record<string, ErrorCode> = {
  AUTH1: "invalid_token",
  AUTH2: "forbidden",
  AUTH3: "reauthentication_required",
  AUTH4: "two_factor_required",
  AUTH5: "not_found",
  AUTH6: "not_grantable",
  AUTH7: "above_you",
  AUTH8: "last_admin",
  AUTHA: "system_role",
  AUTHB: "role_in_use",
  AUTHC: "unknown_role",
  AUTHD: "too_many_attempts",
};

/** The error code for each violated unique constraint. */
const TAKEN: Record<string, ErrorCode> = {
  idx_users_email: "email_taken",
  roles_name_unique: "role_name_taken",
};

/**
 * Connection lost or refused, deadlock, out of resources, shutting down: try again. Anything else is our own defect.
 */
const TRANSIENT = /^(08|28|3D|40|53|57|58|XX)/;

export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof HTTPException && error.status === 400) return new AppError("invalid_json", { cause: error });
  const failure = databaseFailure(error);
  if (failure) {
    const { sqlState, constraint } = failure;
    const code = sqlState === "23505" ? TAKEN[constraint ?? ""] : ASSERTIONS[sqlState ?? ""];
    // Acts of one kind are counted over an hour, so in an hour there is certainly room.
    const headers = code === "too_many_attempts" ? { "Retry-After": "3600" } : {};
    if (code) return new AppError(code, { cause: error, headers });
    if (!sqlState || TRANSIENT.test(sqlState)) return new AppError("service_unavailable", { cause: error });
  }
  return new AppError("internal_error", { cause: error });
}

export function problem(error: unknown, c: Context<AppEnv>): Response {
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

/** RFC 6750 §3.1: no error code for a request without credentials. */
function challenge(code: ErrorCode): string {
  return code === "authentication_required" ? "Bearer" : `Bearer error="invalid_token", error_description="${code}"`;
}
