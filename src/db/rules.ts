/** The only map from what the database refuses (SQLSTATE, violated constraint) to error codes. */
import type { ErrorCode } from "../errors.ts";
import { databaseFailure } from "./client.ts";

/** The SQLSTATEs that our SQL functions raise (drizzle/functions). */
const RAISED: Record<string, ErrorCode> = {
  AUTH1: "invalid_token",
  AUTH2: "forbidden",
  AUTH3: "reauthentication_required",
  AUTH4: "two_factor_required",
  AUTH5: "not_found",
  AUTH6: "not_grantable",
  AUTH7: "above_you",
  AUTH8: "last_admin",
  /** Nothing of ours changes an audit record. */
  AUTH9: "internal_error",
  AUTHA: "system_role",
  AUTHB: "role_in_use",
  AUTHC: "unknown_role",
  AUTHD: "too_many_attempts",
};

const UNIQUE_VIOLATION = "23505";

/** The error code for each violated unique constraint. */
const TAKEN: Record<string, ErrorCode> = {
  idx_users_email: "email_taken",
  roles_name_unique: "role_name_taken",
};

/**
 * Connection lost or refused, deadlock, out of resources, shutting down: try again. Anything else is our own defect.
 */
const TRANSIENT = /^(08|28|3D|40|53|57|58|XX)/;

/** Undefined for what the database did not refuse, and for what it should not have had to. */
export function refusalOf(error: unknown): ErrorCode | undefined {
  const failure = databaseFailure(error);
  if (!failure) return undefined;
  const { sqlState, constraint } = failure;
  const code = sqlState === UNIQUE_VIOLATION ? TAKEN[constraint ?? ""] : RAISED[sqlState ?? ""];
  return code ?? (!sqlState || TRANSIENT.test(sqlState) ? "service_unavailable" : undefined);
}
