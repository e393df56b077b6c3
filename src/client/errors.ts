/** How a call can fail: the service's own codes, and those of the way to it. */
import type { FailureCode } from "./api.ts";

/**
 * What never came to the service, or not from it:
 * - `offline`: the device has no network;
 * - `unreachable`: there is a network, but no answer;
 * - `timeout`: no answer within `timeoutMs`;
 * - `aborted`: the caller's `signal` ended it;
 * - `unexpected_answer`: something between here and the service answered, such as a proxy.
 *
 * A write that failed so may have been carried out: read before you repeat it.
 */
export type NetworkCode = "offline" | "unreachable" | "timeout" | "aborted" | "unexpected_answer";

/** One field that the service refused: `pointer` is a JSON pointer such as `#/email`, `detail` a text for people. */
export interface FieldFailure {
  pointer: string;
  detail: string;
}

interface Details {
  /** The HTTP status, or 0 without an answer. */
  status?: number;
  message?: string | undefined;
  errors?: FieldFailure[] | undefined;
  requestId?: string | undefined;
  retryAfterSeconds?: number | undefined;
  cause?: unknown;
}

/**
 * What every call throws. Switch on `code`, which TypeScript knows, and show `message`, which the service has written
 * for people in the language of the call. `AuthError<FailureOf<"POST /api/auth/login">>` names one operation's codes.
 */
export class AuthError<Code extends string = FailureCode | NetworkCode> extends Error {
  override readonly name = "AuthError";
  readonly code: Code;
  /** The HTTP status; 0 if there was no answer. */
  readonly status: number;
  /** With `validation_failed`: what is wrong, field by field. */
  readonly errors: FieldFailure[];
  /** What to name when you report a failure. */
  readonly requestId: string | undefined;
  /** With `rate_limited`, `too_many_attempts` and `service_unavailable`: when to try again, in seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: Code, { status = 0, message, errors = [], requestId, retryAfterSeconds, cause }: Details = {}) {
    super(message ?? code, { cause });
    this.code = code;
    this.status = status;
    this.errors = errors;
    this.requestId = requestId;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
