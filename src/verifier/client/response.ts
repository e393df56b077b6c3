/** Turns a refusal into a response: RFC 9457 body, RFC 6750 challenge. */
import type { Refusal, VerdictCode } from "../contract.ts";
import { isResource, metadataAddress, type ResourceOptions } from "./resource.ts";
import { scopesOf, type Demands } from "./scope.ts";

const TITLES: Record<number, string> = {
  401: "Unauthorized",
  403: "Forbidden",
  503: "Service Unavailable",
};

/** @param required what the route asked for: the challenge names it. */
export function refusalResponse(
  { code, status }: Refusal<VerdictCode | "token_missing" | "scope_missing">,
  required: Pick<Demands & ResourceOptions, "permission" | "scope" | "resource"> = {},
): Response {
  const title = TITLES[status] ?? "Internal Server Error";
  const headers = new Headers({ "Content-Type": "application/problem+json", "Cache-Control": "no-store" });
  const challenge = challengeOf(code, status, required);
  if (challenge) headers.set("WWW-Authenticate", challenge);
  if (status === 503) headers.set("Retry-After", "5");
  return new Response(JSON.stringify({ type: "about:blank", title, status, code }), { status, headers });
}

/** RFC 6750 §3.1: no error code for a request without credentials. Where there is metadata, every challenge says so (RFC 9728 §5.1). */
function challengeOf(
  code: string,
  status: number,
  required: Parameters<typeof refusalResponse>[1],
): string | undefined {
  const { resource } = required ?? {};
  const scopes = scopesOf(required ?? {});
  const isDescribed = isResource(resource);
  const says = {
    ...(code !== "token_missing" && { error: status === 401 ? "invalid_token" : "insufficient_scope" }),
    ...(status === 401 && code !== "token_missing" && { error_description: code }),
    ...(scopes.length > 0 && (status === 403 || isDescribed) && { scope: scopes.join(" ") }),
    ...(isDescribed && { resource_metadata: metadataAddress(resource).href }),
  };
  if (status !== 401 && status !== 403) return undefined;
  const parameters = Object.entries(says).map(([name, value]) => `${name}="${value}"`);
  return ["Bearer", parameters.join(", ")].filter(Boolean).join(" ");
}
