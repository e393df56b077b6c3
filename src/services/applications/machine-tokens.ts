/** Tokens that an application gets for itself (RFC 6749 §4.4): nobody has signed in, so its `sub` is its own id. */
import { decodeJwt } from "jose";
import * as z from "zod/mini";
import { signAccessToken } from "../../crypto/access-token.ts";
import type { Platform } from "../../platform/index.ts";
import { hasPermission, type Introspection } from "../../verifier/contract.ts";
import { verifyToken } from "../sessions/token-verification.ts";
import { authenticateClient, type ClientCredentials } from "./client-authentication.ts";
import { OAuthError } from "./oauth-error.ts";

/** RFC 6749 §5.1. */
export interface TokenAnswer {
  access_token: string;
  token_type: "Bearer";
  expires_in: number;
  scope: string;
}

/** Marks name roles too; an application has none. */
const NO_ROLE = 0;

/** One trip. @throws OAuthError invalid_client, invalid_scope, invalid_target */
export async function issueMachineToken(
  platform: Platform,
  credentials: ClientCredentials,
  { scope, resource }: { scope?: string | undefined; resource?: string | undefined },
): Promise<TokenAnswer> {
  const { config, keySet } = platform;
  // Before the trip: a mark of an act that it did not see is later.
  const now = new Date();
  const client = await authenticateClient(platform, credentials);
  const permissions = scope === undefined ? client.permissions : [...new Set(scope.split(" ").filter(Boolean))];
  if (!permissions.every((permission) => hasPermission(client.permissions, permission)))
    throw new OAuthError("invalid_scope", "The client may not have this scope");
  const audience = resource ?? client.audiences[0]!;
  if (!client.audiences.includes(audience)) throw new OAuthError("invalid_target", "No such resource for this client");
  const { token } = await signAccessToken(await keySet(), {
    issuer: config.ISSUER,
    audience,
    subject: client.id,
    sessionId: client.markId,
    role: NO_ROLE,
    permissions,
    amr: [],
    authenticatedAt: now,
    ttlSeconds: config.ACCESS_TOKEN_TTL,
    now,
    application: { client_id: client.id, scope: permissions.join(" ") },
  });
  return {
    access_token: token,
    token_type: "Bearer",
    expires_in: config.ACCESS_TOKEN_TTL,
    scope: permissions.join(" "),
  };
}

/** RFC 7662: one trip. A token for another audience than the caller's says nothing to it. @throws OAuthError invalid_client */
export async function introspectToken(
  platform: Platform,
  credentials: ClientCredentials,
  token: string,
): Promise<Introspection> {
  const { audiences, isGranted } = await authenticateClient(platform, credentials, grantNamedIn(token));
  if (!isGranted) return { active: false };
  for (const audience of audiences) {
    const verdict = await verifyToken(platform, { token, audience });
    if (verdict.ok)
      return { active: true, token_type: "Bearer", scope: verdict.claims.permissions.join(" "), ...verdict.claims };
  }
  return { active: false };
}

/** Before anybody has verified the token: only to look at its grant in the same trip. */
function grantNamedIn(token: string): string | undefined {
  try {
    const { grant_id: id } = decodeJwt<{ grant_id?: unknown }>(token);
    return z.uuid().safeParse(id).data;
  } catch {
    return undefined;
  }
}
