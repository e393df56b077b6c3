/** How a call can fail: the service's own codes, and those of the way to it. */
import type { FailureCode } from "./api.ts";

/**
 * What never came to the service, or not from it:
 * - `offline`: the device has no network;
 * - `unreachable`: there is a network, but no answer;
 * - `timeout`: no answer within `timeoutMs`;
 * - `aborted`: the caller's `signal` ended it, or the person whom the browser asked for a passkey;
 * - `unexpected_answer`: something between here and the service answered, such as a proxy;
 * - `passkeys_unavailable`: the browser can't do what a passkey needs, or not on this page.
 *
 * A write that failed so may have been carried out: read before you repeat it.
 */
export type NetworkCode =
  | "offline"
  | "unreachable"
  | "timeout"
  | "aborted"
  | "unexpected_answer"
  | "passkeys_unavailable";

/** One field that the service refused: `pointer` is a JSON pointer such as `#/email`, `detail` a text for people. */
export interface FieldFailure {
  pointer: string;
  detail: string;
}

interface Details {
  /** The HTTP status, or 0 without an answer. */
  status?: number;
  message?: string | undefined;
  errors?: FieldFailure[];
  requestId?: string | undefined;
  retryAfterSeconds?: number | undefined;
  cause?: unknown;
}

/**
 * What every call throws. Switch on `code`, which TypeScript knows, and show `message`, which the service has written
 * for people in the language of the call. `AuthError<FailureOf<"POST /api/auth/login">>` names one operation's codes.
 */
export class AuthError<Code extends string = FailureCode | NetworkCode> extends Error {
  declare readonly code: Code;
  /** The HTTP status; 0 if there was no answer. */
  declare readonly status: number;
  /** With `validation_failed`: what is wrong, field by field. */
  declare readonly errors: FieldFailure[];
  /** What to name when you report a failure. */
  declare readonly requestId: string | undefined;
  /** With `rate_limited`, `too_many_attempts` and `service_unavailable`: when to try again, in seconds. */
  declare readonly retryAfterSeconds: number | undefined;

  constructor(code: Code, { message, cause, ...details }: Details = {}) {
    super(message ?? code, { cause });
    Object.assign(this, { name: "AuthError", code, status: 0, errors: [], ...details });
  }
}

/** Whether a call has failed with one of these codes. */
export const hasFailedWith = (error: unknown, ...codes: FailureCode[]): boolean =>
  error instanceof AuthError && codes.includes(error.code);
