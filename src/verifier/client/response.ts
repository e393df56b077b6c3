/** Turns a refusal into a response: RFC 9457 body, RFC 6750 challenge. */
import type { Refusal, VerdictCode } from "../contract.ts";

const TITLES: Record<number, string> = {
  401: "Unauthorized",
  403: "Forbidden",
  503: "Service Unavailable",
};

/** @param permission that the route requires: `scope` in the 403's challenge. */
export function refusalResponse(
  { code, status }: Refusal<VerdictCode | "token_missing">,
  { permission }: { permission?: string | undefined } = {},
): Response {
  const title = TITLES[status] ?? "Internal Server Error";
  const headers = new Headers({ "Content-Type": "application/problem+json", "Cache-Control": "no-store" });
  const challenge = challengeOf(code, status, permission);
  if (challenge) headers.set("WWW-Authenticate", challenge);
  if (status === 503) headers.set("Retry-After", "5");
  return new Response(JSON.stringify({ type: "about:blank", title, status, code }), { status, headers });
}

/** RFC 6750 §3.1: no error code for a request without credentials. */
function challengeOf(code: string, status: number, permission = ""): string | undefined {
  if (code === "token_missing") return "Bearer";
  if (status === 401) return `Bearer error="invalid_token", error_description="${code}"`;
  // Anything but a scope-token (§3) could break out of the quotes.
  const scope = /^[\x21\x23-\x5B\x5D-\x7E]+$/.test(permission) ? `, scope="${permission}"` : "";
  return status === 403 ? `Bearer error="insufficient_scope"${scope}` : undefined;
}
