/**
 * A protected resource says of itself where clients get tokens for it (RFC 9728). That is how MCP clients find the
 * authorization server of a server that they have never seen.
 */
import { refuse, type TokenVerifierBinding } from "../contract.ts";
import { attempt } from "./attempt.ts";
import { metadataAddress, type ResourceOptions } from "./resource.ts";
import { refusalResponse } from "./response.ts";
import { scopesOf, type Demands } from "./scope.ts";

/** The answer to a request for the metadata; undefined to any other. */
export async function answerMetadata(
  request: Request,
  binding: TokenVerifierBinding,
  { resource, scopes, ...demands }: ResourceOptions & Demands,
): Promise<Response | undefined> {
  if (resource === undefined || new URL(request.url).pathname !== metadataAddress(resource).pathname) return undefined;
  // Clients in a browser read it from their own origin.
  const headers = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*" };
  if (request.method === "OPTIONS") return new Response(null, { status: 204, headers });
  if (request.method !== "GET" && request.method !== "HEAD") return undefined;
  const published = await attempt(binding, () => binding.jwks());
  if (!published || !("keys" in published)) return refusalResponse(refuse("service_unavailable"));
  const supported = scopes ?? scopesOf(demands);
  const metadata = {
    resource,
    authorization_servers: [published.issuer],
    bearer_methods_supported: ["header"],
    ...(supported.length > 0 && { scopes_supported: supported }),
  };
  return Response.json(metadata, { headers: { ...headers, "Cache-Control": "public, max-age=600" } });
}
