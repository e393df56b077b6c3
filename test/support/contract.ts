/** The published shapes, for `toEqual` on whole bodies. */
import { expect } from "vitest";
import { describeError, type ErrorCode, type Locale } from "../../src/errors.ts";
import { ISSUER } from "./bindings.ts";
import type { Answer } from "./service.ts";

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export const aTime = () => expect.stringMatching(ISO_TIME);
export const aToken = () => expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/);
export const aRefreshToken = () => expect.stringMatching(/^art_[\w-]{71}$/);
export const aRequestId = () => expect.stringMatching(/^[\w-]{8,64}$/);

/** An account with the role `user`, as the service returns it. */
export function userShape(fields: Record<string, unknown>) {
  return {
    id: expect.stringMatching(/^\d+$/),
    role: 0,
    createdAt: aTime(),
    updatedAt: aTime(),
    telephone: null,
    isVerified: false,
    twoFactorEnabled: false,
    permissions: [],
    locale: "fr",
    ...fields,
  };
}

/**
 * The complete RFC 9457 answer for `code`; the texts come from the catalogue, and the published ones have a test of
 * their own.
 */
export function problemShape(code: ErrorCode, locale: Locale = "fr", errors?: unknown[]) {
  const { status, title, detail } = describeError(code);
  return {
    type: `${ISSUER}/docs#${code}`,
    title,
    status,
    detail: detail[locale],
    message: detail[locale],
    code,
    ...(errors && { errors }),
    requestId: aRequestId(),
  };
}

export function expectProblem(answer: Answer, code: ErrorCode, errors?: unknown[]): void {
  expect(answer.body).toEqual(problemShape(code, "fr", errors));
  expect(answer.status).toBe(describeError(code).status);
  expect(answer.headers.get("Content-Type")).toBe("application/problem+json");
}

/** Everything that a caller can use to tell answers apart, except what differs in every answer. */
export function fingerprint({ status, headers, text, body }: Answer): string {
  const perRequest = new Set(["x-request-id", "server-timing", "date", "ratelimit"]);
  const lines = [...headers].filter(([name]) => !perRequest.has(name)).map(([name, value]) => `${name}: ${value}`);
  return [status, ...lines, text.replaceAll(body?.requestId ?? "\0", "REQUEST-ID")].join("\n");
}
